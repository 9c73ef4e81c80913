/**
 * Windows laid side by side: a copy of the input in which no two windows share an element. So each
 * element can have what belongs to its window, such as the window's mean.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PoolGeometry } from 'softpool';
import type { PoolProblem } from './kernel.ts';
import { problemOf } from './windows.ts';

/** The windows of one problem, side by side. */
export interface WindowsApart {
  /** The windows as a problem over the copy: each beside the next, without padding. */
  readonly problem: PoolProblem;
  /** The copy of an input. A window with fewer elements than others is filled up with −∞. */
  readonly elements: (x: tf.Tensor) => tf.Tensor;
  /** Each window's number of an output, at all elements of the window. */
  readonly spread: (y: tf.Tensor) => tf.Tensor;
}

type Axis = PoolGeometry['axes'][number];

/** The windows of a problem side by side. */
export function windowsApart(call: string, { options, geometry }: PoolProblem): WindowsApart {
  const { spatialDims, layout, axes, inputShape, outputShape } = geometry;
  const first = inputShape.length - spatialDims - (layout === 'channelsLast' ? 1 : 0);
  const sizes = axes.map(({ count }) => count.reduce((most, taps) => Math.max(most, taps), 1));
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
  /** Changes one spatial axis after the other: at most four axes are there at once. */
  const along = (x: tf.Tensor, change: (lines: tf.Tensor, axis: number) => tf.Tensor): tf.Tensor =>
    axes.reduce((result, _, axis) => {
      const { shape } = result;
      const at = first + axis;
      const outer = product(shape.slice(0, at));
      const inner = product(shape.slice(at + 1));
      const changed = change(tf.reshape(result, [outer, shape[at] as number, inner]), axis);
      return tf.reshape(changed, [...shape.slice(0, at), changed.size / outer / inner, ...shape.slice(at + 1)]);
    }, x);
  return {
    problem,
    elements: (x) => along(x, (lines, axis) => gathered(lines, axes[axis] as Axis, sizes[axis] as number)),
    spread: (y) => along(y, (lines, axis) => tf.tile(tf.expandDims(lines, 2), [1, 1, sizes[axis] as number, 1])),
  };
}

/** `[outer, input, inner]` as `[outer, windows × size, inner]`. */
function gathered(lines: tf.Tensor, { inputSize, outputSize, start, count, step }: Axis, size: number): tf.Tensor {
  const from = Int32Array.from({ length: outputSize * size }, (_, i) => {
    const window = Math.floor(i / size);
    const tap = i % size;
    return tap < (count[window] as number) ? (start[window] as number) + tap * step : inputSize;
  });
  if (from.length === inputSize && from.every((element, i) => element === i)) return lines;
  const [outer = 1, , inner = 1] = lines.shape;
  const isFilled = from.includes(inputSize);
  const source = isFilled ? tf.concat([lines, tf.fill([outer, 1, inner], Number.NEGATIVE_INFINITY)], 1) : lines;
  return tf.gather(source, tf.tensor1d(from, 'int32'), 1);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((size, length) => size * length, 1);
}
