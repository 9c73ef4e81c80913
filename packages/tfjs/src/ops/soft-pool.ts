/** The ops of soft pooling, in the words of `tf.avgPool`. */
import * as tf from '@tensorflow/tfjs-core';
import type { Gradient, PadMode, PerAxis, Weights } from 'softpool';
import { checkKeys, checkOneOf, rangeError, typeError } from 'softpool/internal';
import { withCountedZeros } from './counted-zeros.ts';
import { type PoolOptions, runSoftPool } from './kernel.ts';
import { tensorOfLists } from './lists.ts';
import { withoutMasked } from './mask.ts';
import { softPoolByBeta } from './trainable-beta.ts';
import { type DataFormat, type Dims, layoutOf, type Pad, problemOf, type RoundingMode, windowOptions } from './windows.ts';

/** The operator: the options that every op has. */
export interface SoftPoolOperator<Axes extends Dims = Dims> {
  /**
   * Sharpness β ≥ 0: 0 is average pooling, large values approach max pooling. Default 1. A
   * float32 tensor with one number, or one per channel, gets a gradient too, the true derivative.
   * Values below 1e-6 in it count as 1e-6, those above 1e7 as 1e7. A window whose output is
   * infinite adds nothing to the gradient of β. With a tensor, outputs may be off by 1e-31 / β if
   * the largest number of x is above 1e-15, and GPUs may take numbers below 1.2e-38 for 0.
   */
  readonly beta?: number | tf.Tensor | undefined;
  /**
   * `'perChannel'` (default): w_i ∝ exp(β x_i), the paper's formula (section 3.1). `'shared'`:
   * w_i ∝ Σ_c exp(β x_ci), one weight for all channels of a position.
   */
  readonly weights?: Weights | undefined;
  /**
   * `'weights'` (default): the paper's gradient (section 3.2). Every finite input of a window gets
   * a gradient with the sign of the output's. Choose it to train as the paper did. `'exact'`: the
   * true derivative. Choose it if the gradient must match finite differences.
   */
  readonly gradient?: Gradient | undefined;
  /**
   * `'NWC'`, `'NHWC'` or `'NDHWC'`, channels last (default); or `'NCW'`, `'NCHW'` or `'NCDHW'`,
   * channels first.
   */
  readonly dataFormat?: DataFormat<Axes> | undefined;
}

/** The options of {@link softPool1d}, {@link softPool2d} and {@link softPool3d}. */
export interface SoftPoolOptions<Axes extends Dims = Dims> extends SoftPoolOperator<Axes> {
  /** The distance between a window's elements, one number or one per axis. Default 1. */
  readonly dilations?: PerAxis<Axes> | undefined;
  /** How the output size is rounded if `pad` is given in numbers. Default `'floor'`. */
  readonly dimRoundingMode?: RoundingMode | undefined;
  /**
   * `'ignore'` (default): padding has no weight. `'zeros'`: padding counts as zeros, as if they
   * were part of the input.
   */
  readonly padMode?: PadMode | undefined;
}

/** The options of {@link globalSoftPool}. */
export interface GlobalSoftPoolOptions extends SoftPoolOperator {
  /**
   * Whether to keep the spatial axes, with size 1. Default `false`, as in `tf.mean`; `true` in
   * `softpool`.
   */
  readonly keepDims?: boolean | undefined;
  /**
   * The elements that count, for examples of different lengths in one batch: 1 or `true` for those
   * that do, in the shape of x without its channels. Any number but 0 counts, NaN too (`softpool`
   * takes only 0 and 1). The others have no weight, whatever they hold, and a gradient of 0. An
   * example of which nothing counts gives NaN (`softpool` throws). Default: all count.
   */
  readonly mask?: tf.Tensor | tf.TensorLike | undefined;
}

/**
 * Soft pooling over 1 spatial axis, in the words of `tf.avgPool`. Each output is the
 * softmax-weighted mean of its window (paper, section 3.1). Padding has no weight, unless
 * `padMode` is `'zeros'`.
 *
 * @param x - `[batch, width, channels]`, or without the batch, of float32.
 * @param filterSize - The size of the window.
 * @param strides - The step between windows.
 * @param pad - `'valid'`, `'same'`, a number, or `[before, after]` for each of the three axes.
 * @param options - The operator, data format, dilation and rounding.
 * @returns float32 of `[batch, width′, channels]`, or without the batch.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received;
 * Error if the backend has no kernel, with the import to add.
 * @example
 * ```ts
 * const x = tf.tensor2d([0, 1, 2, 3], [4, 1]);
 * softPool1d(x, 2, 2, 'valid').dataSync(); // ≈ [0.731, 2.731]
 * ```
 */
export function softPool1d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  filterSize: number | readonly [number],
  strides: number | readonly [number],
  pad: Pad,
  options: SoftPoolOptions<1> = {},
): T {
  return pool('softPool1d', 1, x, filterSize, strides, pad, options);
}

/**
 * Soft pooling over 2 spatial axes, in the words of `tf.avgPool`. Each output is the
 * softmax-weighted mean of its window (paper, section 3.1). Padding has no weight, unless
 * `padMode` is `'zeros'`.
 *
 * @param x - `[batch, height, width, channels]`, or without the batch, of
 * float32.
 * @param filterSize - The size of the window, `[height, width]` or one number for both.
 * @param strides - The step between windows, likewise.
 * @param pad - `'valid'`, `'same'`, a number, or `[before, after]` for each of the four axes.
 * @param options - The operator, data format, dilations and rounding.
 * @returns float32 of `[batch, height′, width′, channels]`, or without the batch.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received;
 * Error if the backend has no kernel, with the import to add.
 * @example
 * ```ts
 * const x = tf.tensor3d([0, 1, 2, 3], [2, 2, 1]);
 * softPool2d(x, 2, 2, 'valid').dataSync(); // ≈ [2.493]
 * ```
 */
export function softPool2d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  filterSize: number | readonly [number, number],
  strides: number | readonly [number, number],
  pad: Pad,
  options: SoftPoolOptions<2> = {},
): T {
  return pool('softPool2d', 2, x, filterSize, strides, pad, options);
}

/**
 * Soft pooling over 3 spatial axes, for video or volumes, in the words of `tf.avgPool3d`. Each
 * output is the softmax-weighted mean of its window (paper, section 3.1). Padding has no weight,
 * unless `padMode` is `'zeros'`.
 *
 * @param x - `[batch, depth, height, width, channels]`, or without the batch, of
 * float32.
 * @param filterSize - The size of the window, `[depth, height, width]` or one number for all.
 * @param strides - The step between windows, likewise.
 * @param pad - `'valid'`, `'same'`, a number, or `[before, after]` for each of the five axes.
 * @param options - The operator, data format, dilations and rounding.
 * @returns float32 of `[batch, depth′, height′, width′, channels]`, or without the batch.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received;
 * Error if the backend has no kernel, with the import to add.
 * @example
 * ```ts
 * const x = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2, 1]);
 * softPool3d(x, 2, 2, 'valid').dataSync(); // ≈ [6.421]
 * ```
 */
export function softPool3d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  filterSize: number | readonly [number, number, number],
  strides: number | readonly [number, number, number],
  pad: Pad,
  options: SoftPoolOptions<3> = {},
): T {
  return pool('softPool3d', 3, x, filterSize, strides, pad, options);
}

/**
 * Global soft pooling: one window per channel, the whole extent.
 *
 * @param x - `[batch, ...spatial, channels]`, of rank 3 to 5.
 * @param options - The operator, data format, whether the spatial axes are kept, and a mask.
 * @returns float32 of `[batch, channels]`, or with `keepDims` a tensor of the same rank as x.
 * @throws As {@link softPool2d}.
 * @example
 * ```ts
 * const x = tf.tensor4d([0, 1, 2, 3], [1, 2, 2, 1]);
 * globalSoftPool(x).shape; // [1, 1]
 * globalSoftPool(x, { mask: [[[1, 1], [0, 0]]] }).dataSync(); // ≈ [0.731]
 * ```
 */
export function globalSoftPool(x: tf.Tensor | tf.TensorLike, options: GlobalSoftPoolOptions = {}): tf.Tensor {
  const call = 'globalSoftPool';
  return tf.tidy(() => {
    checkKeys(call, options, [...OPERATOR_KEYS, 'keepDims', 'mask']);
    const { dataFormat, keepDims = false, mask } = options;
    checkOneOf(call, 'options.keepDims', keepDims, [false, true]);
    const input = tensorOf(call, x);
    const dims = input.rank - 2;
    if (dims !== 1 && dims !== 2 && dims !== 3) {
      throw rangeError(call, 'x.shape', 'of 3, 4 or 5 axes, batch and channels included', input.shape);
    }
    const layout = layoutOf(call, dims, dataFormat);
    const channelAxis = layout === 'channelsLast' ? dims + 1 : 1;
    const counted = mask === undefined ? input : withoutMasked(call, input, mask, channelAxis);
    const y = apply(call, dims, counted, { layout, outputSize: 1 }, options);
    return keepDims ? y : reshaped(y, [input.shape[0] as number, input.shape[channelAxis] as number]);
  });
}

/**
 * Soft pooling to a given output size over 1 spatial axis. Window i covers ⌊i·in/out⌋ to
 * ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[batch, width, channels]`, or without the batch.
 * @param outputSize - The size of the output.
 * @param options - The operator and data format.
 * @returns float32 of `[batch, outputSize, channels]`, or without the batch.
 * @throws As {@link softPool1d}.
 * @example
 * ```ts
 * adaptiveSoftPool1d(tf.ones([1, 6, 2]), 4).shape; // [1, 4, 2]
 * ```
 */
export function adaptiveSoftPool1d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  outputSize: number | readonly [number],
  options: SoftPoolOperator<1> = {},
): T {
  return adaptive('adaptiveSoftPool1d', 1, x, outputSize, options);
}

/**
 * Soft pooling to a given output size over 2 spatial axes. Window i of an axis covers ⌊i·in/out⌋
 * to ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[batch, height, width, channels]`, or without the batch.
 * @param outputSize - The size of the output, `[height, width]` or one number for both.
 * @param options - The operator and data format.
 * @returns float32 of `[batch, ...outputSize, channels]`, or without the batch.
 * @throws As {@link softPool2d}.
 * @example
 * ```ts
 * adaptiveSoftPool2d(tf.ones([1, 6, 9, 2]), [4, 3]).shape; // [1, 4, 3, 2]
 * ```
 */
export function adaptiveSoftPool2d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  outputSize: number | readonly [number, number],
  options: SoftPoolOperator<2> = {},
): T {
  return adaptive('adaptiveSoftPool2d', 2, x, outputSize, options);
}

/**
 * Soft pooling to a given output size over 3 spatial axes. Window i of an axis covers ⌊i·in/out⌋
 * to ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[batch, depth, height, width, channels]`, or without the batch.
 * @param outputSize - The size of the output, `[depth, height, width]` or one number for all.
 * @param options - The operator and data format.
 * @returns float32 of `[batch, ...outputSize, channels]`, or without the batch.
 * @throws As {@link softPool3d}.
 * @example
 * ```ts
 * adaptiveSoftPool3d(tf.ones([1, 4, 6, 9, 2]), [2, 4, 3]).shape; // [1, 2, 4, 3, 2]
 * ```
 */
export function adaptiveSoftPool3d<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  outputSize: number | readonly [number, number, number],
  options: SoftPoolOperator<3> = {},
): T {
  return adaptive('adaptiveSoftPool3d', 3, x, outputSize, options);
}

function pool<T extends tf.Tensor>(
  call: string,
  dims: Dims,
  x: T | tf.TensorLike,
  filterSize: number | readonly number[],
  strides: number | readonly number[],
  pad: Pad,
  options: SoftPoolOptions,
): T {
  return tf.tidy(() => {
    checkKeys(call, options, [...OPERATOR_KEYS, 'dilations', 'dimRoundingMode', 'padMode']);
    const input = tensorOf(call, x);
    const { dataFormat, dilations, dimRoundingMode, padMode = 'ignore' } = options;
    checkOneOf(call, 'options.padMode', padMode, ['ignore', 'zeros']);
    const given = { filterSize, strides, pad, dimRoundingMode, dataFormat, dilations };
    const windows = windowOptions(call, dims, input.shape, given);
    if (padMode === 'ignore') return apply(call, dims, input, windows, options) as T;
    // Rounding up reaches over the zeros: what is missing there has no weight.
    const unrounded = windowOptions(call, dims, input.shape, { ...given, dimRoundingMode: undefined });
    const ceilMode = dimRoundingMode === 'ceil' || dimRoundingMode === 'round';
    const { geometry } = problemOf(call, input.shape, { spatialDims: dims, ...unrounded, padMode, ceilMode } as PoolOptions);
    const padded = withCountedZeros(input, geometry);
    return apply(call, dims, padded, windowOptions(call, dims, padded.shape, { ...given, pad: 0 }), options) as T;
  });
}

function adaptive<T extends tf.Tensor>(
  call: string,
  dims: Dims,
  x: T | tf.TensorLike,
  outputSize: number | readonly number[],
  operator: SoftPoolOperator,
): T {
  return tf.tidy(() => {
    checkKeys(call, operator, OPERATOR_KEYS);
    const layout = layoutOf(call, dims, operator.dataFormat);
    return apply(call, dims, tensorOf(call, x), { layout, outputSize }, operator) as T;
  });
}

const OPERATOR_KEYS = ['beta', 'weights', 'gradient', 'dataFormat'];

/** The windows of a call, without its operator. */
type Windows = Pick<PoolOptions, 'layout'> &
  (Omit<ReturnType<typeof windowOptions>, 'layout'> | { readonly outputSize: number | readonly number[] });

function apply(call: string, dims: Dims, x: tf.Tensor, windows: Windows, operator: SoftPoolOperator): tf.Tensor {
  const { beta = 1, weights = 'perChannel', gradient = 'weights' } = operator;
  const isTrainable = beta instanceof tf.Tensor;
  const options = { spatialDims: dims, ...windows, weights, gradient, beta: isTrainable ? 1 : beta } as PoolOptions;
  const problem = problemOf(call, x.shape, options);
  return isTrainable ? softPoolByBeta(call, x, beta, problem) : runSoftPool(call, x, problem);
}

function tensorOf(call: string, x: tf.Tensor | tf.TensorLike): tf.Tensor {
  const tensor = x instanceof tf.Tensor ? x : listed(call, x);
  if (tensor.dtype === 'float32') return tensor;
  throw typeError(call, 'x', "a tensor of 'float32', as in tf.avgPool", tensor.dtype, ": use tf.cast(x, 'float32')");
}

/** A tensor in another shape, with a gradient of its own: tfjs-core registers none by itself. */
function reshaped(x: tf.Tensor, shape: number[]): tf.Tensor {
  const reshape = tf.customGrad((input) => ({
    value: tf.reshape(input as tf.Tensor, shape),
    gradFunc: (dy: tf.Tensor) => tf.reshape(dy, x.shape),
  }));
  return reshape(x);
}

/** Lists of numbers or booleans as a tensor. */
function listed(call: string, x: tf.TensorLike): tf.Tensor {
  const tensor = tensorOfLists(call, 'x', 'a tensor, or nested arrays of numbers', x);
  return tensor.dtype === 'bool' ? tf.cast(tensor, 'float32') : tensor;
}
