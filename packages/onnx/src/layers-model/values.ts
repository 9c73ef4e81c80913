/**
 * The values between layers. TensorFlow.js has channels last, and ONNX's operators have them first.
 * So a value knows in which order its axes are stored, layers take any order that suits them, and
 * axes move only where a layer needs another order. In a network for images that is once, at its
 * input.
 */
import type { Layout } from 'softpool';

/** A shape in TensorFlow.js; `null` is a size that is not fixed. */
export type Shape = readonly (number | null)[];

/**
 * Which axis of the layers model is stored at each position. `[0, 3, 1, 2]` is an image with
 * channels first.
 */
export type AxisOrder = readonly number[];

/** A value of the graph. */
export interface Value {
  /** Its name in the graph. */
  readonly name: string;
  /** Its shape in the layers model. */
  readonly shape: Shape;
  /** The order in which the graph stores its axes. */
  readonly order: AxisOrder;
}

/** The order of the layers model. */
export function layersOrder(rank: number): AxisOrder {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The order that ONNX needs: batch, channels, then the other axes in their order. */
export function imageOrder(rank: number, dataFormat: Layout = 'channelsLast'): AxisOrder {
  if (rank <= 2) return layersOrder(rank);
  const channels = dataFormat === 'channelsFirst' ? 1 : rank - 1;
  return [0, channels, ...layersOrder(rank).filter((axis) => axis !== 0 && axis !== channels)];
}

/** Whether two orders are the same. */
export function isSameOrder(one: AxisOrder, other: AxisOrder): boolean {
  return one.length === other.length && one.every((axis, position) => axis === other[position]);
}

/**
 * The position at which an axis of the layers model is stored. Negative axes count from the end.
 */
export function storedAxis({ order }: Pick<Value, 'order'>, axis: number): number {
  return order.indexOf(axis < 0 ? axis + order.length : axis);
}

/** Numbers for the axes of the layers model, in the order in which these are stored. */
export function stored<T>({ order }: Pick<Value, 'order'>, perAxis: readonly T[]): T[] {
  return order.map((axis) => perAxis[axis] as T);
}

/** The sizes of the axes after batch and channels, as stored. */
export function spatialSizes(value: Value): (number | null)[] {
  return stored(value, value.shape).slice(2);
}
