/** The fourteen calls, declared and documented once for all backends. */
import type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  GradientOptions,
  MaskOptions,
  PoolOptions,
  ResultOptions,
  SignalOptions,
} from './options.ts';
import type { FloatArray, Tensor, TensorLike } from './tensor.ts';

/** The tensors a call takes. */
type Input<Kind, D extends FloatArray> = Kind extends 'sync' | 'async' ? TensorLike<D> : Kind;

/** The result of a call. */
type Result<Kind, D extends FloatArray> = Kind extends 'sync' ? Tensor<D> : Kind extends 'async' ? Promise<Tensor<D>> : Kind;

/** The options of a call besides its windows and its operator. */
type CallOptions<Kind, D extends FloatArray> = ResultOptions<Kind extends 'sync' | 'async' ? Tensor<D> : Kind> &
  (Kind extends 'async' ? SignalOptions : unknown);

/** The options of a global call: only calls that give their result at once take a mask. */
type GlobalOptions<Kind, D extends FloatArray> = GlobalPoolOptions & CallOptions<Kind, D> & (Kind extends 'sync' ? MaskOptions : unknown);

/**
 * The calls of `softpool` on tensors in JavaScript's memory, `'sync'` or `'async'`, or on tensors
 * of another type, such as those of a GPU.
 */
export interface SoftPoolCalls<Kind = 'sync'> {
  /**
   * SoftPool over 1 spatial axis: a signal. Paper, section 3.1.
   *
   * @param x - `[N, C, L]`, or without the batch `[C, L]`; with `layout: 'channelsLast'` the
   * channels come last.
   * @param options - The windows, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type, `[N, C, L′]`.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 4] };
   * softPool1d(x, { kernelSize: 2 }).data; // ≈ [0.731, 2.731]
   * ```
   */
  softPool1d<D extends FloatArray>(x: Input<Kind, D>, options: PoolOptions<1> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.softPool1d}: dL/dx from dL/dy. Paper, section 3.2.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
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
  softPool1dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: PoolOptions<1> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;

  /**
   * SoftPool over 2 spatial axes: an image or a feature map. Paper, section 3.1.
   *
   * @param x - `[N, C, H, W]`, or without the batch `[C, H, W]`; with `layout: 'channelsLast'` the
   * channels come last.
   * @param options - The windows, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type, `[N, C, H′, W′]`.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
   * softPool2d(x, { kernelSize: 2 }).data; // ≈ [2.493]
   * ```
   */
  softPool2d<D extends FloatArray>(x: Input<Kind, D>, options: PoolOptions<2> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.softPool2d}: dL/dx from dL/dy. Paper, section 3.2.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
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
  softPool2dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: PoolOptions<2> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;

  /**
   * SoftPool over 3 spatial axes: a video, whose depth is time, or a volume. Paper, section 3.1.
   *
   * @param x - `[N, C, D, H, W]`, or without the batch `[C, D, H, W]`; with
   * `layout: 'channelsLast'` the channels come last.
   * @param options - The windows, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type, `[N, C, D′, H′, W′]`.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), shape: [1, 2, 2, 2] };
   * softPool3d(x, { kernelSize: 2 }).data; // ≈ [6.421]
   * ```
   */
  softPool3d<D extends FloatArray>(x: Input<Kind, D>, options: PoolOptions<3> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.softPool3d}: dL/dx from dL/dy. Paper, section 3.2.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
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
  softPool3dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: PoolOptions<3> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;

  /**
   * SoftPool of everything: one window, the whole extent, for each channel.
   *
   * @param x - `[N, C, ...spatial]`. Without `N`, give `spatialDims`; `[C, L]` needs none.
   * @param options - The operator's weights, sharpness and layout; the number of spatial axes;
   * whether they are kept, with size 1; a mask of the elements that count.
   * @returns A new tensor of x's type, `[N, C, 1, …]`, or `[N, C]` with `keepDims: false`.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
   * globalSoftPool(x, { keepDims: false }); // { data: ≈ [2.493], shape: [1, 1] }
   * const mask = { data: [1, 1, 0, 0], shape: [1, 2, 2] };
   * globalSoftPool(x, { mask, keepDims: false }); // { data: ≈ [0.731], shape: [1, 1] }
   * ```
   */
  globalSoftPool<D extends FloatArray>(x: Input<Kind, D>, options?: GlobalOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.globalSoftPool}: dL/dx from dL/dy.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
   * @returns A new tensor of x's shape and type.
   * @throws As the forward call, and if `dy` does not fit.
   * @example
   * ```ts
   * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 1, 2, 2] };
   * globalSoftPoolGrad(x, { data: Float32Array.of(1), shape: [1, 1, 1, 1] }).data; // the softmax of x
   * ```
   */
  globalSoftPoolGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options?: GlobalOptions<Kind, D> & GradientOptions,
  ): Result<Kind, D>;

  /**
   * SoftPool to a given output size over 1 spatial axis. Window i of an axis covers ⌊i·in/out⌋ to
   * ⌈(i+1)·in/out⌉, as in PyTorch.
   *
   * @param x - `[N, C, L]`, or without the batch `[C, L]`; with `layout: 'channelsLast'` the
   * channels come last.
   * @param options - The output's size, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: new Float32Array(6).fill(1), shape: [1, 1, 6] };
   * adaptiveSoftPool1d(x, { outputSize: 4 }).shape; // [1, 1, 4]
   * ```
   */
  adaptiveSoftPool1d<D extends FloatArray>(x: Input<Kind, D>, options: AdaptivePoolOptions<1> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.adaptiveSoftPool1d}: dL/dx from dL/dy.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
   * @returns A new tensor of x's shape and type.
   * @throws As the forward call, and if `dy` does not fit.
   * @example
   * ```ts
   * const x = { data: new Float32Array(6).fill(1), shape: [1, 1, 6] };
   * const dy = { data: new Float32Array(4).fill(1), shape: [1, 1, 4] };
   * adaptiveSoftPool1dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6]
   * ```
   */
  adaptiveSoftPool1dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: AdaptivePoolOptions<1> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;

  /**
   * SoftPool to a given output size over 2 spatial axes. Window i of an axis covers ⌊i·in/out⌋ to
   * ⌈(i+1)·in/out⌉, as in PyTorch.
   *
   * @param x - `[N, C, H, W]`, or without the batch `[C, H, W]`; with `layout: 'channelsLast'` the
   * channels come last.
   * @param options - The output's size, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: new Float32Array(36).fill(1), shape: [1, 1, 6, 6] };
   * adaptiveSoftPool2d(x, { outputSize: 4 }).shape; // [1, 1, 4, 4]
   * ```
   */
  adaptiveSoftPool2d<D extends FloatArray>(x: Input<Kind, D>, options: AdaptivePoolOptions<2> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.adaptiveSoftPool2d}: dL/dx from dL/dy.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
   * @returns A new tensor of x's shape and type.
   * @throws As the forward call, and if `dy` does not fit.
   * @example
   * ```ts
   * const x = { data: new Float32Array(36).fill(1), shape: [1, 1, 6, 6] };
   * const dy = { data: new Float32Array(16).fill(1), shape: [1, 1, 4, 4] };
   * adaptiveSoftPool2dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6, 6]
   * ```
   */
  adaptiveSoftPool2dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: AdaptivePoolOptions<2> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;

  /**
   * SoftPool to a given output size over 3 spatial axes. Window i of an axis covers ⌊i·in/out⌋ to
   * ⌈(i+1)·in/out⌉, as in PyTorch.
   *
   * @param x - `[N, C, D, H, W]`, or without the batch `[C, D, H, W]`; with
   * `layout: 'channelsLast'` the channels come last.
   * @param options - The output's size, and the operator's weights, sharpness and layout.
   * @returns A new tensor of x's type.
   * @throws RangeError or TypeError that names the option, what was expected and what was received.
   * @example
   * ```ts
   * const x = { data: new Float32Array(216).fill(1), shape: [1, 1, 6, 6, 6] };
   * adaptiveSoftPool3d(x, { outputSize: 4 }).shape; // [1, 1, 4, 4, 4]
   * ```
   */
  adaptiveSoftPool3d<D extends FloatArray>(x: Input<Kind, D>, options: AdaptivePoolOptions<3> & CallOptions<Kind, D>): Result<Kind, D>;

  /**
   * The gradient of {@link SoftPoolCalls.adaptiveSoftPool3d}: dL/dx from dL/dy.
   *
   * @param x - The input of the forward call.
   * @param dy - The gradient of its output, with the output's shape and x's type.
   * @param options - The options of the forward call, and which gradient: `'weights'`, the paper's,
   * or `'exact'`.
   * @returns A new tensor of x's shape and type.
   * @throws As the forward call, and if `dy` does not fit.
   * @example
   * ```ts
   * const x = { data: new Float32Array(216).fill(1), shape: [1, 1, 6, 6, 6] };
   * const dy = { data: new Float32Array(64).fill(1), shape: [1, 1, 4, 4, 4] };
   * adaptiveSoftPool3dGrad(x, dy, { outputSize: 4 }).shape; // [1, 1, 6, 6, 6]
   * ```
   */
  adaptiveSoftPool3dGrad<D extends FloatArray>(
    x: Input<Kind, D>,
    dy: Input<Kind, D>,
    options: AdaptivePoolOptions<3> & GradientOptions & CallOptions<Kind, D>,
  ): Result<Kind, D>;
}

/** The same calls, for backends that take and give one type of tensor each. */
export interface SoftPoolCallsOn<Given, Result = Given> {
  readonly softPool1d: Forward<Given, Result, PoolOptions<1>>;
  readonly softPool2d: Forward<Given, Result, PoolOptions<2>>;
  readonly softPool3d: Forward<Given, Result, PoolOptions<3>>;
  readonly softPool1dGrad: Backward<Given, Result, PoolOptions<1>>;
  readonly softPool2dGrad: Backward<Given, Result, PoolOptions<2>>;
  readonly softPool3dGrad: Backward<Given, Result, PoolOptions<3>>;
  readonly globalSoftPool: (x: Given, options?: GlobalPoolOptions & AnyOptions<Given>) => Result;
  readonly globalSoftPoolGrad: (x: Given, dy: Given, options?: GlobalPoolOptions & GradientOptions & AnyOptions<Given>) => Result;
  readonly adaptiveSoftPool1d: Forward<Given, Result, AdaptivePoolOptions<1>>;
  readonly adaptiveSoftPool2d: Forward<Given, Result, AdaptivePoolOptions<2>>;
  readonly adaptiveSoftPool3d: Forward<Given, Result, AdaptivePoolOptions<3>>;
  readonly adaptiveSoftPool1dGrad: Backward<Given, Result, AdaptivePoolOptions<1>>;
  readonly adaptiveSoftPool2dGrad: Backward<Given, Result, AdaptivePoolOptions<2>>;
  readonly adaptiveSoftPool3dGrad: Backward<Given, Result, AdaptivePoolOptions<3>>;
}

type AnyOptions<Given> = ResultOptions<Given> & SignalOptions;
type Forward<Given, Result, Options> = (x: Given, options: Options & AnyOptions<Given>) => Result;
type Backward<Given, Result, Options> = (x: Given, dy: Given, options: Options & GradientOptions & AnyOptions<Given>) => Result;
