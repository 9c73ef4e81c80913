/** The options of every call. */
import { checkOneOf, rangeError } from './errors.ts';
import type { Signal } from './global-types.ts';

/**
 * Where the channels are: before the spatial axes (`[N, C, H, W]`, PyTorch and ONNX) or after them
 * (`[N, H, W, C]`, TensorFlow).
 */
export type Layout = 'channelsFirst' | 'channelsLast';

/**
 * `perChannel`: each channel has its own weights. `shared`: one weight per window position, for all
 * channels.
 */
export type Weights = 'perChannel' | 'shared';

/**
 * `weights`: the paper's gradient, dL/dx_i = Σ w_i g. `exact`: the true derivative of the output.
 */
export type Gradient = 'weights' | 'exact';

/** One value for each of so many spatial axes; for `number`, for any number of them. */
type Each<Value, Dims extends number = number> = Dims extends 1
  ? readonly [Value]
  : Dims extends 2
    ? readonly [Value, Value]
    : Dims extends 3
      ? readonly [Value, Value, Value]
      : readonly Value[];

/** One number for all spatial axes, or one number for each. */
export type PerAxis<Dims extends number = number> = number | Each<number, Dims>;

/**
 * `'valid'`: none. `'same'`: TensorFlow's rule. Otherwise elements added before and after each
 * axis: a number, one per axis, or `[before, after]` per axis.
 */
export type Padding<Dims extends number = number> =
  | 'valid'
  | 'same'
  | number
  | Each<number | readonly [before: number, after: number], Dims>;

/** What padding is: positions without weight, or zeros that count. */
export type PadMode = 'ignore' | 'zeros';

/** Options of the operator that all calls share. */
export interface OperatorOptions {
  /** Where the channels are. Default `'channelsFirst'`. */
  readonly layout?: Layout | undefined;
  /**
   * `'perChannel'` (default): w_i ∝ exp(β x_i), the paper's formula (section 3.1). `'shared'`: w_i
   * ∝ Σ_c exp(β x_ci), one weight for all channels of a position, as in the paper's PyTorch code;
   * it keeps an image's colors from shifting.
   */
  readonly weights?: Weights | undefined;
  /**
   * Sharpness β, finite and ≥ 0. 0 is average pooling, large values approach max pooling. Default
   * 1.
   */
  readonly beta?: number | undefined;
}

/** The options of `softPool1d`, `softPool2d` and `softPool3d`, which have 1, 2 and 3 axes. */
export interface PoolOptions<Dims extends number = number> extends OperatorOptions {
  /**
   * The window's size in elements, one for all spatial axes or one for each
   * (`[depth, height, width]`).
   */
  readonly kernelSize: PerAxis<Dims>;
  /** The step between windows. Default: `kernelSize`. */
  readonly stride?: PerAxis<Dims> | undefined;
  /**
   * Elements added around the input. Default `'valid'`: none. With `'same'` the output has ⌈input /
   * stride⌉ elements. Padding has no weight, unless `padMode` says so: it never changes a value.
   */
  readonly padding?: Padding<Dims> | undefined;
  /**
   * `'ignore'` (default): padding has no weight. `'zeros'`: padding counts as zeros, as if they
   * were part of the input.
   */
  readonly padMode?: PadMode | undefined;
  /** The distance between a window's elements. Default 1. */
  readonly dilation?: PerAxis<Dims> | undefined;
  /**
   * Round the output size up, so that the input's last elements get a window even if it reaches
   * past the end. Default `false`.
   */
  readonly ceilMode?: boolean | undefined;
}

/** The options of the adaptive calls: the output's size determines the windows. */
export interface AdaptivePoolOptions<Dims extends number = number> extends OperatorOptions {
  /**
   * The output's size, one for all spatial axes or one for each. Window i covers ⌊i·in/out⌋ to
   * ⌈(i+1)·in/out⌉, as in PyTorch.
   */
  readonly outputSize: PerAxis<Dims>;
}

/** The options of `globalSoftPool`: one window, the whole extent. */
export interface GlobalPoolOptions extends OperatorOptions {
  /**
   * The number of spatial axes. Default: all but batch and channels (rank − 2); 1 for a `[C, L]`
   * tensor.
   */
  readonly spatialDims?: 1 | 2 | 3 | undefined;
  /** Keep the spatial axes, with size 1. Default `true`. */
  readonly keepDims?: boolean | undefined;
}

/** Which elements of each example count: 1 or `true` for those that do, 0 or `false` for others. */
export type Mask = {
  /** As many elements as the shape says; `BigInt64Array` is fine, as in an attention mask. */
  readonly data: ArrayLike<number | bigint | boolean>;
} & (
  | {
      /** The shape of x without its channels: `[N, ...spatial]`, or without the batch. */
      readonly shape: readonly number[];
    }
  | {
      /** The same, in tensors that call it so, such as those of ONNX Runtime. */
      readonly dims: readonly number[];
    }
);

/** The mask of `globalSoftPool`, for examples of different lengths in one batch. */
export interface MaskOptions {
  /**
   * Pools only the elements that count. The others have no weight, whatever they hold, and a
   * gradient of 0. Each example needs at least one element that counts. Default: all count.
   */
  readonly mask?: Mask | undefined;
}

/** Where a call puts its result. */
export interface ResultOptions<Result> {
  /**
   * A tensor for the result, with its shape and x's type, in memory that no input uses. The call
   * overwrites it and returns it, so that a stream of frames needs no new memory. Default: a new
   * tensor.
   */
  readonly into?: Result | undefined;
}

/** How to stop a call that waits. */
export interface SignalOptions {
  /** An `AbortSignal`: once it is aborted, the call rejects with its reason. */
  readonly signal?: Signal | undefined;
}

/** Options of the `…Grad` calls. */
export interface GradientOptions {
  /**
   * `'weights'` (default): the paper's (section 3.2). Every finite input of a window gets one with
   * the sign of g, the output's. Choose it to train as the paper did. `'exact'`: the true
   * derivative, w_i (1 + β (x_i − y)) g. Choose it when the gradient must match finite differences.
   */
  readonly gradient?: Gradient | undefined;
}

/** The checked operator options, apart from the windows. */
export interface Operator {
  readonly beta: number;
  readonly weights: Weights;
  readonly gradient: Gradient;
}

/** Checks `beta`, `weights` and `gradient`, and fills in their defaults. */
export function checkOperator(call: string, options: OperatorOptions & GradientOptions): Operator {
  const { beta = 1, weights = 'perChannel', gradient = 'weights' } = options;
  if (typeof beta !== 'number' || !Number.isFinite(beta) || beta < 0) {
    throw rangeError(call, 'options.beta', 'a finite number ≥ 0', beta);
  }
  checkOneOf(call, 'options.weights', weights, ['perChannel', 'shared']);
  checkOneOf(call, 'options.gradient', gradient, ['weights', 'exact']);
  return { beta, weights, gradient };
}
