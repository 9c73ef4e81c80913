/**
 * SoftPool, exponentially weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), on the CPU: WebAssembly SIMD, synchronous. Each
 * output is the softmax-weighted sum of its window, y = Σ w_i x_i with w_i = exp(β x_i) / Σ_j exp(β x_j).
 *
 * @module
 */
import { adaptiveJob, globalJob, poolJob } from './calls.ts';
import { runOnThisThread } from './cpu/engine.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from './options.ts';
import type { FloatArray, Tensor } from './tensor.ts';

export { type ArrayOf, createThreadedSoftPool, type ThreadedSoftPool, type ThreadedSoftPoolOptions } from './cpu/threads.ts';
export { type AxisWindows, type PoolGeometry, type PoolGeometryOptions, poolGeometry } from './geometry.ts';
export type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  Gradient,
  GradientOptions,
  Layout,
  OperatorOptions,
  Padding,
  PerAxis,
  PoolOptions,
  Weights,
} from './options.ts';
export type { DType, FloatArray, Tensor } from './tensor.ts';

/**
 * SoftPool over 1 spatial axis: a signal. Paper, section 3.1.
 *
 * @param x - `[N, C, L]`, or without the batch `[C, L]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The windows, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type, `[N, C, L′]`.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 4] };
 * softPool1d(x, { kernelSize: 2 }).data; // ≈ [0.731, 2.731]
 * ```
 */
export function softPool1d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool1d', 1, x, options));
}

/**
 * The gradient of {@link softPool1d}: dL/dx from dL/dy. Paper, section 3.2.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's, or `'exact'`.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 4] };
 * const y = softPool1d(x, { kernelSize: 2 });
 * const dy = { data: new Float32Array(y.data.length).fill(1), shape: y.shape };
 * const dx = softPool1dGrad(x, dy, { kernelSize: 2, gradient: 'exact' });
 * ```
 */
export function softPool1dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool1dGrad', 1, x, options, dy));
}

/**
 * SoftPool over 2 spatial axes: an image or a feature map. Paper, section 3.1.
 *
 * @param x - `[N, C, H, W]`, or without the batch `[C, H, W]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The windows, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type, `[N, C, H′, W′]`.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
 * softPool2d(x, { kernelSize: 2 }).data; // ≈ [2.493]
 * ```
 */
export function softPool2d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool2d', 2, x, options));
}

/**
 * The gradient of {@link softPool2d}: dL/dx from dL/dy. Paper, section 3.2.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's, or `'exact'`.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
 * const y = softPool2d(x, { kernelSize: 2 });
 * const dy = { data: new Float32Array(y.data.length).fill(1), shape: y.shape };
 * const dx = softPool2dGrad(x, dy, { kernelSize: 2, gradient: 'exact' });
 * ```
 */
export function softPool2dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool2dGrad', 2, x, options, dy));
}

/**
 * SoftPool over 3 spatial axes: video or a volume: depth is time. Paper, section 3.1.
 *
 * @param x - `[N, C, D, H, W]`, or without the batch `[C, D, H, W]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The windows, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type, `[N, C, D′, H′, W′]`.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), shape: [1, 2, 2, 2] };
 * softPool3d(x, { kernelSize: 2 }).data; // ≈ [6.421]
 * ```
 */
export function softPool3d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool3d', 3, x, options));
}

/**
 * The gradient of {@link softPool3d}: dL/dx from dL/dy. Paper, section 3.2.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's, or `'exact'`.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), shape: [1, 2, 2, 2] };
 * const y = softPool3d(x, { kernelSize: 2 });
 * const dy = { data: new Float32Array(y.data.length).fill(1), shape: y.shape };
 * const dx = softPool3dGrad(x, dy, { kernelSize: 2, gradient: 'exact' });
 * ```
 */
export function softPool3dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runOnThisThread(poolJob('softPool3dGrad', 3, x, options, dy));
}

/**
 * SoftPool of everything: one window, the whole extent, for each channel.
 *
 * @param x - `[N, C, ...spatial]`, or, with `spatialDims` given, without `N`.
 * @param options - The operator's weights, sharpness and layout; how many axes are spatial; whether they are kept, with size 1.
 * @returns A new tensor of x's type, `[N, C, 1, …]`, or `[N, C]` with `keepDims: false`.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
 * globalSoftPool(x, { keepDims: false }); // { data: ≈ [2.493], shape: [1, 1] }
 * ```
 */
export function globalSoftPool<D extends FloatArray>(x: Tensor<D>, options: GlobalPoolOptions = {}): Tensor<D> {
  return runOnThisThread(globalJob('globalSoftPool', x, options));
}

/**
 * The gradient of {@link globalSoftPool}: dL/dx from dL/dy.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
 * globalSoftPoolGrad(x, { data: Float32Array.of(1), shape: [1, 1, 1, 1] }).data; // the softmax of x
 * ```
 */
export function globalSoftPoolGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: GlobalPoolOptions & GradientOptions = {},
): Tensor<D> {
  return runOnThisThread(globalJob('globalSoftPoolGrad', x, options, dy));
}

/**
 * SoftPool to a given output size over 1 spatial axis. Window i of an axis covers ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[N, C, L]`, or without the batch `[C, L]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The output's size, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: new Float32Array(6).fill(1), shape: [1, 1, 6] };
 * adaptiveSoftPool1d(x, { outputSize: 4 }).shape; // [1, 1, 4]
 * ```
 */
export function adaptiveSoftPool1d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool1d', 1, x, options));
}

/**
 * The gradient of {@link adaptiveSoftPool1d}: dL/dx from dL/dy.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: new Float32Array(6).fill(1), shape: [1, 1, 6] };
 * const dy = { data: new Float32Array(4).fill(1), shape: [1, 1, 4] };
 * adaptiveSoftPool1dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6]
 * ```
 */
export function adaptiveSoftPool1dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool1dGrad', 1, x, options, dy));
}

/**
 * SoftPool to a given output size over 2 spatial axes. Window i of an axis covers ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[N, C, H, W]`, or without the batch `[C, H, W]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The output's size, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: new Float32Array(36).fill(1), shape: [1, 1, 6, 6] };
 * adaptiveSoftPool2d(x, { outputSize: 4 }).shape; // [1, 1, 4, 4]
 * ```
 */
export function adaptiveSoftPool2d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool2d', 2, x, options));
}

/**
 * The gradient of {@link adaptiveSoftPool2d}: dL/dx from dL/dy.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: new Float32Array(36).fill(1), shape: [1, 1, 6, 6] };
 * const dy = { data: new Float32Array(16).fill(1), shape: [1, 1, 4, 4] };
 * adaptiveSoftPool2dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6, 6]
 * ```
 */
export function adaptiveSoftPool2dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool2dGrad', 2, x, options, dy));
}

/**
 * SoftPool to a given output size over 3 spatial axes. Window i of an axis covers ⌊i·in/out⌋ to ⌈(i+1)·in/out⌉, as in PyTorch.
 *
 * @param x - `[N, C, D, H, W]`, or without the batch `[C, D, H, W]`; with `layout: 'channelsLast'` the channels come last.
 * @param options - The output's size, and the operator's weights, sharpness and layout.
 * @returns A new tensor of x's type.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const x = { data: new Float32Array(216).fill(1), shape: [1, 1, 6, 6, 6] };
 * adaptiveSoftPool3d(x, { outputSize: 4 }).shape; // [1, 1, 4, 4, 4]
 * ```
 */
export function adaptiveSoftPool3d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool3d', 3, x, options));
}

/**
 * The gradient of {@link adaptiveSoftPool3d}: dL/dx from dL/dy.
 *
 * @param x - The input of the forward call.
 * @param dy - The gradient of its output, of the output's shape and x's type.
 * @param options - The options of the forward call, and which gradient.
 * @returns A new tensor of x's shape and type.
 * @throws As the forward call, and if `dy` does not fit.
 * @example
 * ```ts
 * const x = { data: new Float32Array(216).fill(1), shape: [1, 1, 6, 6, 6] };
 * const dy = { data: new Float32Array(64).fill(1), shape: [1, 1, 4, 4, 4] };
 * adaptiveSoftPool3dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6, 6, 6]
 * ```
 */
export function adaptiveSoftPool3dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runOnThisThread(adaptiveJob('adaptiveSoftPool3dGrad', 3, x, options, dy));
}
