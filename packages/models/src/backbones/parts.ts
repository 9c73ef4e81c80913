/**
 * Building blocks of the networks, for pictures and clips: convolution with symmetric zero padding,
 * normalization, ReLU, head. Layers with weights have the paths of torchvision's modules as names.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { product, rangeError } from 'softpool/internal';
import { type Distribution, type Fans, initializerOf, type Scheme, seedOf } from './initialization.ts';
import { batchNormalization } from './layers/batch-normalization.ts';
import { dropout } from './layers/dropout.ts';
import { groupedConvolution2d } from './layers/grouped-convolution.ts';
import type { Initializer } from './layers/layer.ts';
import { zeroPadding3d } from './layers/zero-padding-3d.ts';

/** A symbolic tensor [batch, …spatial, channels]. */
export type Features = tfl.SymbolicTensor;

/** One number for all spatial axes, or one per axis. */
export type PerAxis = number | readonly number[];

/** A convolution without a bias, because normalization follows. */
export interface Convolution {
  readonly filters: number;
  readonly kernel: PerAxis;
  /** Default 1. */
  readonly stride?: PerAxis | undefined;
  /** Zeros before and after each axis. Default 0. */
  readonly padding?: PerAxis | undefined;
  /** Default 1. */
  readonly groups?: number | undefined;
}

/** Settings shared by all layers of a network. */
export interface Style {
  /** The public call, for messages. */
  readonly call: string;
  /** The network's name, for messages. */
  readonly network: string;
  readonly inputShape: readonly number[];
  readonly scheme: Scheme;
  /** ε of batch normalization. */
  readonly epsilon: number;
  readonly seed: number;
  /** Initial weights: from {@link scheme}, zeros, or none: disposed as soon as a layer is built. */
  readonly initialization: 'random' | 'zeros' | 'none';
}

/** Creates the layers of a network. */
export interface Parts {
  readonly style: Style;
  /** Number of spatial axes: 2 for pictures, 3 for clips. */
  readonly dims: 2 | 3;
  /** The layers so far. */
  readonly layers: readonly tfl.layers.Layer[];
  convolution(name: string, x: Features, convolution: Convolution): Features;
  normalization(name: string, x: Features): Features;
  relu(name: string, x: Features): Features;
  /** Adds a block and its shortcut. */
  add(name: string, x: Features, shortcut: Features): Features;
  concatenation(name: string, branches: readonly Features[]): Features;
  zeros(name: string, x: Features, padding: readonly number[]): Features;
  dropout(name: string, x: Features, rate: number): Features;
  /** A dense layer with a bias. */
  dense(name: string, x: Features, units: number, distribution?: Distribution): Features;
  /** Applies a layer. */
  apply(layer: tfl.layers.Layer, x: Features | Features[]): Features;
  /** Throws if a window does not fit into the features. */
  checkFit(name: string, x: Features, window: PerAxis, padding: PerAxis): void;
}

/** Share of the moving statistics that a step keeps; PyTorch's momentum of 0.1. */
const MOMENTUM = 0.9;

/** Returns the layer factory of a network. */
export function partsOf(style: Style): Parts {
  const dims = (style.inputShape.length - 1) as 2 | 3;
  const layers: tfl.layers.Layer[] = [];

  const apply: Parts['apply'] = (layer, x) => {
    layers.push(layer);
    const output = layer.apply(x) as Features;
    if (style.initialization === 'none') for (const weight of layer.weights) weight.dispose();
    return output;
  };

  const start = (weight: string, fans: Fans, distribution: (fans: Fans) => Distribution): Initializer =>
    initializerOf(style.initialization === 'random' ? distribution(fans) : 'zeros', style.seed, weight);

  const zeros: Parts['zeros'] = (name, x, padding) => {
    if (dims === 3) return apply(zeroPadding3d({ name, padding: [at(padding, 0), at(padding, 1), at(padding, 2)] }), x);
    const around = padding.map((size): [number, number] => [size, size]) as [[number, number], [number, number]];
    return apply(tfl.layers.zeroPadding2d({ name, padding: around }), x);
  };

  const checkFit: Parts['checkFit'] = (name, x, window, padding) => {
    const left = spatialOf(x);
    if (left.every((size, axis) => size + 2 * at(padding, axis) >= at(window, axis))) return;
    const needed = Array.from(left, (_, axis) => at(window, axis)).join(' × ');
    const hint = `: ${name} gets ${left.join(' × ')}, smaller than its window of ${needed}`;
    throw rangeError(style.call, 'options.inputShape', `large enough for ${style.network}`, style.inputShape, hint);
  };

  return {
    style,
    dims,
    layers,
    apply,
    zeros,
    checkFit,
    convolution(name, x, { filters, kernel, stride = 1, padding = 0, groups = 1 }) {
      checkFit(name, x, kernel, padding);
      const kernelSize = everyAxis(kernel, dims);
      const strides = everyAxis(stride, dims);
      const around = everyAxis(padding, dims);
      // With strides, where TensorFlow's 'same' pads depends on the input's size.
      const isSame = strides.every((step) => step === 1) && around.every((size, axis) => 2 * size + 1 === kernelSize[axis]);
      const isValid = around.every((size) => size === 0);
      const padded = isSame || isValid ? x : zeros(`${name}.pad`, x, around);
      const taps = product(kernelSize);
      const fans = { in: (channelsOf(x) / groups) * taps, out: filters * taps };
      const kernelInitializer = start(`${name}/kernel`, fans, style.scheme.convolution);
      const mode = isSame ? 'same' : 'valid';
      if (groups > 1) {
        const own = { kernelSize: at(kernel, 0), strides: at(stride, 0) };
        return apply(groupedConvolution2d({ name, filters, groups, ...own, padding: mode, kernelInitializer }), padded);
      }
      const args = { name, filters, kernelSize, strides, padding: mode, useBias: false, kernelInitializer } as const;
      return apply(dims === 2 ? tfl.layers.conv2d(args as never) : tfl.layers.conv3d(args as never), padded);
    },
    normalization: (name, x) => apply(batchNormalization({ name, epsilon: style.epsilon, momentum: MOMENTUM }), x),
    relu: (name, x) => apply(tfl.layers.reLU({ name }), x),
    add: (name, x, shortcut) => apply(tfl.layers.add({ name }), [x, shortcut]),
    concatenation: (name, branches) => apply(tfl.layers.concatenate({ name, axis: -1 }), [...branches]),
    dropout: (name, x, rate) => apply(dropout({ name, rate, seed: seedOf(style.seed, name) }), x),
    dense(name, x, units, distribution) {
      const fans = { in: channelsOf(x), out: units };
      const kernelInitializer = start(`${name}/kernel`, fans, distribution === undefined ? style.scheme.dense : () => distribution);
      const biasInitializer = start(`${name}/bias`, fans, style.scheme.bias);
      return apply(tfl.layers.dense({ name, units, kernelInitializer, biasInitializer }), x);
    },
  };
}

/** Convolution, normalization and ReLU, in layers with these names. */
export function unit(
  parts: Parts,
  names: { readonly convolution: string; readonly normalization: string; readonly relu: string },
  x: Features,
  convolution: Convolution,
): Features {
  return parts.relu(names.relu, parts.normalization(names.normalization, parts.convolution(names.convolution, x, convolution)));
}

/** The number of channels. */
export function channelsOf(x: Features): number {
  return x.shape.at(-1) as number;
}

/** The sizes of the spatial axes. */
export function spatialOf(x: Features): number[] {
  return x.shape.slice(1, -1) as number[];
}

/** The value for an axis. */
export function at(value: PerAxis, axis: number): number {
  return typeof value === 'number' ? value : (value[axis] as number);
}

/** The values for all axes. */
export function everyAxis(value: PerAxis, dims: number): number[] {
  return Array.from({ length: dims }, (_, axis) => at(value, axis));
}
