/** Global soft pooling layers, like `tf.layers.globalAveragePooling2d`. */
import * as tf from '@tensorflow/tfjs-core';
import { checkOneOf } from 'softpool/internal';
import { globalSoftPool, type SoftPoolOperator } from '../ops/soft-pool.ts';
import type { Dims } from '../ops/windows.ts';
import { NO_MASK } from './masks.ts';
import { oneShape, type Shape } from './shape.ts';
import { SoftPoolingLayer, type SoftPoolingOperatorArgs } from './soft-pooling.ts';

abstract class GlobalPooling extends SoftPoolingLayer {
  constructor(dims: Dims, args: SoftPoolingOperatorArgs = {}) {
    super(dims, args, ['keepdims']);
    // Keras saves it with its own global layers.
    const { keepdims = false } = args as { readonly keepdims?: boolean };
    checkOneOf(this.getClassName(), 'keepdims', keepdims, [false]);
    this.supportsMasking = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = oneShape(inputShape);
    return [shape[0] as number | null, shape[this.channelAxis()] as number | null];
  }

  /** None: the axes of the mask are gone. */
  override computeMask(): tf.Tensor {
    return NO_MASK;
  }

  protected override pool(x: tf.Tensor, operator: SoftPoolOperator, mask: tf.Tensor | undefined): tf.Tensor {
    return globalSoftPool(x, { ...operator, mask });
  }
}

class GlobalSoftPooling1D extends GlobalPooling {
  static override readonly className = 'GlobalSoftPooling1D';
  constructor(args?: SoftPoolingOperatorArgs) {
    super(1, args);
  }
}

class GlobalSoftPooling2D extends GlobalPooling {
  static override readonly className = 'GlobalSoftPooling2D';
  constructor(args?: SoftPoolingOperatorArgs) {
    super(2, args);
  }
}

class GlobalSoftPooling3D extends GlobalPooling {
  static override readonly className = 'GlobalSoftPooling3D';
  constructor(args?: SoftPoolingOperatorArgs) {
    super(3, args);
  }
}

for (const layer of [GlobalSoftPooling1D, GlobalSoftPooling2D, GlobalSoftPooling3D]) tf.serialization.registerClass(layer);

/**
 * A global soft pooling layer: from `[batch, steps, channels]` to `[batch, channels]`. Steps that a
 * mask leaves out, as after `tf.layers.masking`, have no weight.
 *
 * @param args - The operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * globalSoftPooling1d().apply(tf.ones([1, 8, 3])); // of shape [1, 3]
 * ```
 */
export function globalSoftPooling1d(args: SoftPoolingOperatorArgs = {}): SoftPoolingLayer {
  return new GlobalSoftPooling1D(args);
}

/**
 * A global soft pooling layer: from `[batch, height, width, channels]` to `[batch, channels]`.
 * Positions that a mask of `[batch, height, width]` leaves out have no weight.
 *
 * @param args - The operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * globalSoftPooling2d({ beta: 2 }).apply(tf.ones([1, 8, 8, 3])); // of shape [1, 3]
 * ```
 */
export function globalSoftPooling2d(args: SoftPoolingOperatorArgs = {}): SoftPoolingLayer {
  return new GlobalSoftPooling2D(args);
}

/**
 * A global soft pooling layer: from `[batch, depth, height, width, channels]` to `[batch,
 * channels]`. Positions that a mask of `[batch, depth, height, width]` leaves out have no weight.
 *
 * @param args - The operator.
 * @throws RangeError or TypeError that names the argument, what was expected and what was received.
 * @example
 * ```ts
 * globalSoftPooling3d().apply(tf.ones([1, 4, 8, 8, 3])); // of shape [1, 3]
 * ```
 */
export function globalSoftPooling3d(args: SoftPoolingOperatorArgs = {}): SoftPoolingLayer {
  return new GlobalSoftPooling3D(args);
}
