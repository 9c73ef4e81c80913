/**
 * Windows laid side by side: a copy of the input in which no two windows share an element. So each
 * element can be seen from its own window.
 *
 * Only ops that move whole rows are used, or whose arithmetic has vectors: on wasm, tf.gather,
 * tf.tile and tf.where look up the place of every element and take ten times as long.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PoolGeometry } from 'softpool';
import { product } from 'softpool/internal';
import type { PoolProblem } from './kernel.ts';
import { problemOf } from './windows.ts';

/** The windows of one problem, side by side. */
export interface WindowsApart {
  /** The windows as a problem over the copy: each beside the next, without padding. */
  readonly problem: PoolProblem;
  /** The copy of an input. A window with fewer elements than others is filled up with −∞. */
  readonly elements: (x: tf.Tensor) => tf.Tensor;
  /** An op on each element of a copy and the number of its window in an output. */
  readonly withWindows: (op: typeof tf.sub | typeof tf.mul, elements: tf.Tensor, output: tf.Tensor) => tf.Tensor;
}

type Axis = PoolGeometry['axes'][number];

/** The windows of a problem side by side. */
export function windowsApart(call: string, { options, geometry }: PoolProblem): WindowsApart {
  const { spatialDims, layout, axes, inputShape, outputShape } = geometry;
  const first = inputShape.length - spatialDims - (layout === 'channelsLast' ? 1 : 0);
  const sizes = axes.map(({ kernelSize }) => kernelSize);
  const shape = [...outputShape];
  sizes.forEach((size, axis) => {
    shape[first + axis] = size * (outputShape[first + axis] as number);
  });
  const { weights, beta } = options;
  const problem = problemOf(call, shape, {
    spatialDims,
    layout,
    kernelSize: sizes,
    stride: sizes,
    weights,
    beta,
  } as PoolProblem['options']);
  /** `[outer, axis, inner]`: TensorFlow.js's GPU backends lack many ops for five axes. */
  const lines = (x: tf.Tensor, axis: number): tf.Tensor3D => {
    const at = first + axis;
    return tf.reshape(x, [product(x.shape.slice(0, at)), x.shape[at] as number, product(x.shape.slice(at + 1))]);
  };
  const withAxis = (x: tf.Tensor, axis: number, size: number): number[] => x.shape.map((length, i) => (i === first + axis ? size : length));
  return {
    problem,
    elements: (x) =>
      axes.reduce((copy, windows, axis) => {
        const laid = apart(lines(copy, axis), windows);
        return tf.reshape(laid, withAxis(copy, axis, laid.shape[1]));
      }, x),
    withWindows(op, elements, output) {
      // Spread along all axes but the last, along which the op spreads it.
      const last = spatialDims - 1;
      const wide = axes.slice(0, last).reduce((copy, { outputSize }, axis) => {
        const [outer, , inner] = lines(copy, axis).shape;
        const size = sizes[axis] as number;
        const spread = tf.add(tf.reshape(copy, [outer, outputSize, 1, inner]), tf.zeros([outer, 1, size, inner]));
        return tf.reshape(spread, withAxis(copy, axis, outputSize * size));
      }, output);
      const { outputSize } = axes[last] as Axis;
      const [outer, , inner] = lines(wide, last).shape;
      const windows = tf.reshape(elements, [outer, outputSize, sizes[last] as number, inner]);
      return tf.reshape(op(windows, tf.reshape(wide, [outer, outputSize, 1, inner])), elements.shape);
    },
  };
}

/** `[outer, input, inner]` as `[outer, windows × size, inner]`. */
function apart(lines: tf.Tensor3D, { inputSize, outputSize, start, count, dilation, stride, padding, kernelSize }: Axis): tf.Tensor3D {
  const [outer, , inner] = lines.shape;
  const filled = (length: number): tf.Tensor3D[] => (length > 0 ? [tf.fill([outer, length, inner], Number.NEGATIVE_INFINITY)] : []);
  if (stride === 0) {
    // Of unequal size: one after the other.
    const windows = Array.from(start).flatMap((from, i) => {
      const taps = count[i] as number;
      return [tf.slice(lines, [0, from, 0], [outer, taps, inner]), ...filled(kernelSize - taps)];
    });
    return tf.concat(windows, 1);
  }
  const [before] = padding;
  if (before === 0 && dilation === 1 && stride === kernelSize && inputSize === outputSize * stride) return lines;
  // Tap t of all windows: elements from t·dilation on, in steps of the stride.
  const reach = (kernelSize - 1) * dilation + outputSize * stride;
  const padded = tf.concat([...filled(before), lines, ...filled(reach - before - inputSize)], 1);
  const taps = Array.from({ length: kernelSize }, (_, tap) => {
    const from = tf.slice(padded, [0, tap * dilation, 0], [outer, outputSize * stride, inner]);
    return tf.slice(tf.reshape(from, [outer, outputSize, stride, inner]), [0, 0, 0, 0], [outer, outputSize, 1, inner]);
  });
  return tf.reshape(tf.concat(taps, 2), [outer, outputSize * kernelSize, inner]);
}
