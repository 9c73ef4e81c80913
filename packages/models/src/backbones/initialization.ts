/** What weights begin with: the schemes of torchvision, each layer with random numbers of its own. */
import * as tfl from '@tensorflow/tfjs-layers';
import { randomOf } from '../random/random.ts';
import type { Initializer } from './layers/layer.ts';

/** How many inputs an output depends on, and how many outputs an input has an effect on. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** A distribution with mean 0. */
export type Distribution = { readonly normal: number } | { readonly truncatedNormal: number } | { readonly uniform: number } | 'zeros';

/** What a network's weights begin with. */
export interface Scheme {
  convolution(fans: Fans): Distribution;
  dense(fans: Fans): Distribution;
  bias(fans: Fans): Distribution;
}

/** PyTorch's default for dense layers: uniform within ±1 / √inputs. */
const byInputs = (fans: Fans): Distribution => ({ uniform: 1 / Math.sqrt(fans.in) });
const zeros = (): Distribution => 'zeros';

/** He, Zhang, Ren, Sun 2015, by outputs: what torchvision's ResNets begin with. */
export const HE_BY_OUTPUTS: Scheme = { convolution: (fans) => ({ normal: Math.sqrt(2 / fans.out) }), dense: byInputs, bias: byInputs };

/** The same by inputs: DenseNets. */
export const HE_BY_INPUTS: Scheme = { convolution: (fans) => ({ normal: Math.sqrt(2 / fans.in) }), dense: byInputs, bias: zeros };

/** Video ResNets. */
export const HE_VIDEO: Scheme = { ...HE_BY_OUTPUTS, dense: () => ({ normal: 0.01 }), bias: zeros };

/** One deviation for all, cut off at two: GoogLeNet and Inception-v3. */
export function truncatedNormal(deviation: number): Scheme {
  const distribution = (): Distribution => ({ truncatedNormal: deviation });
  return { convolution: distribution, dense: distribution, bias: byInputs };
}

/** The initializer of a weight; its random numbers are those of the seed and of the weight's name, whatever other layers a network has. */
export function initializerOf(distribution: Distribution, seed: number, weight: string): Initializer {
  if (distribution === 'zeros') return tfl.initializers.zeros();
  const own = seedOf(seed, weight);
  if ('normal' in distribution) return tfl.initializers.randomNormal({ mean: 0, stddev: distribution.normal, seed: own });
  if ('uniform' in distribution) {
    return tfl.initializers.randomUniform({ minval: -distribution.uniform, maxval: distribution.uniform, seed: own });
  }
  return tfl.initializers.truncatedNormal({ mean: 0, stddev: distribution.truncatedNormal, seed: own });
}

/** A seed for one purpose; never 0, for which TensorFlow.js takes one by chance. */
export function seedOf(seed: number, purpose: string): number {
  return 1 + randomOf(seed, ...Array.from(purpose, (character) => character.codePointAt(0) ?? 0)).integer(0x7fffffff);
}
