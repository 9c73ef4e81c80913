/**
 * Soft pooling layers with the windows of `tf.layers.maxPooling1d`, `maxPooling2d` and
 * `maxPooling3d`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PadMode, PerAxis } from 'softpool';
import { checkOneOf, describe, rangeError } from 'softpool/internal';
import { isNotZero, whereCounted } from '../ops/mask.ts';
import { type SoftPoolOperator, softPool1d, softPool2d, softPool3d } from '../ops/soft-pool.ts';
import type { Dims } from '../ops/windows.ts';
import { NO_MASK, oneMask } from './masks.ts';
import { oneShape, type Shape } from './shape.ts';
import { SoftPoolingLayer, type SoftPoolingOperatorArgs } from './soft-pooling.ts';

/** The arguments of {@link softPooling1d}, {@link softPooling2d} and {@link softPooling3d}. */
export interface SoftPoolingArgs<Axes extends number = number> extends SoftPoolingOperatorArgs {
  /** The size of the window, one number or one per axis. Default 2. */
  readonly poolSize?: PerAxis<Axes> | undefined;
  /** The step between windows, one number or one per axis. Default: `poolSize`. */
  readonly strides?: PerAxis<Axes> | null | undefined;
  /**
   * `'valid'` (default): no padding. `'same'`: enough for ⌈input / stride⌉ windows. Padding has no
   * weight, unless `padMode` says so.
   */
  readonly padding?: 'valid' | 'same' | undefined;
  /** `'ignore'` (default): padding has no weight. `'zeros'`: padding counts as zeros. */
  readonly padMode?: PadMode | undefined;
}

const OPS = { 1: softPool1d, 2: softPool2d, 3: softPool3d } as const;

abstract class WindowPooling extends SoftPoolingLayer {
  protected readonly poolSize: number[];
  protected readonly strides: number[];
  protected readonly padding: 'valid' | 'same';
  private readonly padMode: PadMode;

  constructor(dims: Dims, args: SoftPoolingArgs = {}) {
    super(dims, args, ['poolSize', 'strides', 'padding', 'padMode']);
    const { poolSize = 2, strides, padding = 'valid', padMode = 'ignore' } = args;
    const call = this.getClassName();
    checkOneOf(call, 'padding', padding, ['valid', 'same']);
    checkOneOf(call, 'padMode', padMode, ['ignore', 'zeros']);
    this.poolSize = perAxis(call, 'poolSize', poolSize, dims);
    this.strides = perAxis(call, 'strides', strides ?? poolSize, dims);
    this.padding = padding;
    this.padMode = padMode;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = [...oneShape(inputShape)];
    const first = this.dataFormat === 'channelsLast' ? 1 : 2;
    this.poolSize.forEach((size, axis) => {
      const input = shape[first + axis];
      const stride = this.strides[axis] as number;
      if (typeof input !== 'number') return;
      const output = this.padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - size) / stride) + 1;
      if (output < 1) {
        throw rangeError(this.name, `poolSize[${axis}]`, `at most the input's ${input}`, size);
      }
      shape[first + axis] = output;
    });
    return shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { poolSize, strides, padding, padMode } = this;
    // Only if it is not the default, so that configurations of before stay as they are.
    return { ...super.getConfig(), poolSize, strides, padding, ...(padMode === 'zeros' && { padMode }) };
  }

  protected override pool(x: tf.Tensor, operator: SoftPoolOperator): tf.Tensor {
    return OPS[this.dims](x, this.poolSize as never, this.strides as never, this.padding, { ...operator, padMode: this.padMode } as never);
  }
}

class SoftPooling1D extends WindowPooling {
  static override readonly className = 'SoftPooling1D';
  constructor(args?: SoftPoolingArgs) {
    super(1, args);
    this.supportsMasking = true;
  }

  /** A step of the output counts if one of its window does. */
  override computeMask(inputs: tf.Tensor | tf.Tensor[], given?: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const mask = oneMask(given, inputs);
      return mask === undefined ? NO_MASK : this.windowsOf(mask);
    });
  }

  protected override pool(x: tf.Tensor, operator: SoftPoolOperator, mask?: tf.Tensor): tf.Tensor {
    if (mask === undefined) return super.pool(x, operator);
    const steps = x.shape.filter((_, axis) => axis !== this.channelAxis());
    if (String(mask.shape) !== String(steps)) {
      throw rangeError(this.name, 'mask', `of shape ${describe(steps)}, that of the input without its channels`, mask.shape);
    }
    const along = (counts: tf.Tensor): tf.Tensor => tf.expandDims(counts, this.channelAxis());
    const pooled = super.pool(whereCounted(x, along(isNotZero(mask)), Number.NEGATIVE_INFINITY), operator);
    return whereCounted(pooled, along(this.windowsOf(mask)), 0);
  }

  /** Which windows hold a step that counts. */
  private windowsOf(mask: tf.Tensor): tf.Tensor {
    const [batch = 0, steps = 0] = mask.shape;
    const [size = 1] = this.poolSize;
    const [stride = 1] = this.strides;
    const counts = tf.reshape(tf.cast(isNotZero(mask), 'float32'), [batch, steps, 1, 1]) as tf.Tensor4D;
    const counted = tf.maxPool(counts, [size, 1], [stride, 1], this.padding);
    return tf.greater(tf.squeeze(counted, [2, 3]), 0);
  }
}

class SoftPooling2D extends WindowPooling {
  static override readonly className = 'SoftPooling2D';
  constructor(args?: SoftPoolingArgs) {
    super(2, args);
  }
}

class SoftPooling3D extends WindowPooling {
  static override readonly className = 'SoftPooling3D';
  constructor(args?: SoftPoolingArgs) {
    super(3, args);
  }
}

for (const layer of [SoftPooling1D, SoftPooling2D, SoftPooling3D]) tf.serialization.registerClass(layer);

/**
 * A soft pooling layer over 1 spatial axis: `[batch, steps, channels]`. Steps that a mask leaves
 * out, as after `tf.layers.masking`, have no weight. A step of the output counts if one of its
 * window does, and is 0 otherwise.
 *
 * @param args - Those of `tf.layers.maxPooling1d`, and the operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * softPooling1d({ poolSize: 2 }).apply(tf.ones([1, 8, 3])); // of shape [1, 4, 3]
 * ```
 */
export function softPooling1d(args: SoftPoolingArgs<1> = {}): SoftPoolingLayer {
  return new SoftPooling1D(args);
}

/**
 * A soft pooling layer over 2 spatial axes: `[batch, height, width, channels]`.
 *
 * @param args - Those of `tf.layers.maxPooling2d`, and the operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * softPooling2d({ poolSize: 2, trainableBeta: 'perChannel' }).apply(tf.ones([1, 8, 8, 3])); // of shape [1, 4, 4, 3]
 * ```
 */
export function softPooling2d(args: SoftPoolingArgs<2> = {}): SoftPoolingLayer {
  return new SoftPooling2D(args);
}

/**
 * A soft pooling layer over 3 spatial axes: `[batch, depth, height, width, channels]`.
 *
 * @param args - Those of `tf.layers.maxPooling3d`, and the operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * softPooling3d({ poolSize: [1, 2, 2] }).apply(tf.ones([1, 4, 8, 8, 3])); // of shape [1, 4, 4, 4, 3]
 * ```
 */
export function softPooling3d(args: SoftPoolingArgs<3> = {}): SoftPoolingLayer {
  return new SoftPooling3D(args);
}

function perAxis(call: string, name: string, value: number | readonly number[], dims: Dims): number[] {
  const sizes = typeof value === 'number' ? Array.from({ length: dims }, () => value) : value;
  if (!Array.isArray(sizes) || sizes.length !== dims || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw rangeError(call, name, `a positive integer, or ${dims} of them`, value);
  }
  return [...sizes];
}
