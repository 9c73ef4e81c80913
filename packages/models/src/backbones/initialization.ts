/** Initial weights: torchvision's schemes, with independent random numbers for each layer. */
import * as tfl from '@tensorflow/tfjs-layers';
import { seedFrom } from '../random/random.ts';
import type { Initializer } from './layers/layer.ts';

/** Fan-in and fan-out: inputs per output and outputs per input. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** A distribution with mean 0. */
export type Distribution = { readonly normal: number } | { readonly uniform: number } | 'zeros';

/** Initial distributions of a network's weights. */
export interface Scheme {
  convolution(fans: Fans): Distribution;
  dense(fans: Fans): Distribution;
  bias(fans: Fans): Distribution;
}

/** PyTorch's default for dense layers: uniform within ±1 / √inputs. */
const byInputs = (fans: Fans): Distribution => ({ uniform: 1 / Math.sqrt(fans.in) });
const zeros = (): Distribution => 'zeros';

/** He, Zhang, Ren, Sun 2015, by fan-out: torchvision's ResNets. */
export const HE_BY_OUTPUTS: Scheme = { convolution: (fans) => ({ normal: Math.sqrt(2 / fans.out) }), dense: byInputs, bias: byInputs };

/** The same by fan-in: DenseNets. */
export const HE_BY_INPUTS: Scheme = { convolution: (fans) => ({ normal: Math.sqrt(2 / fans.in) }), dense: byInputs, bias: zeros };

/** Video ResNets. */
export const HE_VIDEO: Scheme = { ...HE_BY_OUTPUTS, dense: () => ({ normal: 0.01 }), bias: zeros };

/**
 * One standard deviation for all: GoogLeNet and Inception-v3. (torchvision cuts these distributions
 * at ±2, which is 20 deviations and more.)
 */
export function normal(deviation: number): Scheme {
  const distribution = (): Distribution => ({ normal: deviation });
  return { convolution: distribution, dense: distribution, bias: byInputs };
}

/**
 * The initializer of a weight. It depends on the seed and the weight's name, not on other layers.
 */
export function initializerOf(distribution: Distribution, seed: number, weight: string): Initializer {
  if (distribution === 'zeros') return tfl.initializers.zeros();
  const own = seedOf(seed, weight);
  if ('normal' in distribution) return tfl.initializers.randomNormal({ mean: 0, stddev: distribution.normal, seed: own });
  return tfl.initializers.randomUniform({ minval: -distribution.uniform, maxval: distribution.uniform, seed: own });
}

/** A seed for a purpose in words. */
export function seedOf(seed: number, purpose: string): number {
  return seedFrom(seed, ...Array.from(purpose, (character) => character.codePointAt(0) ?? 0));
}
