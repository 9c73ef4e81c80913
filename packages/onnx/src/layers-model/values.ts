/**
 * The values between layers. TensorFlow.js keeps channels last, ONNX's operators take them first. A value therefore remembers in which order its axes are
 * stored, layers take whatever order suits them, and axes are moved only where one needs another order: in a network of pictures, once, at its input.
 */

/** A shape as TensorFlow.js has it; `null` is a size that is not known before the model runs. */
export type Shape = readonly (number | null)[];

/** Which axis of the layers model is stored at each position: `[0, 3, 1, 2]` is a picture with its channels first. */
export type AxisOrder = readonly number[];

/** A value of the graph. */
export interface Value {
  /** What the graph calls it. */
  readonly name: string;
  /** Its shape in the layers model. */
  readonly shape: Shape;
  /** How its axes are stored in the graph. */
  readonly order: AxisOrder;
}

/** Where the channels are in a layers model. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

/** The order of the layers model. */
export function layersOrder(rank: number): AxisOrder {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The order in which a layer's channels, wherever it has them, stand behind the batch, as ONNX wants them, and the other axes as they were. */
export function imageOrder(rank: number, dataFormat: DataFormat = 'channelsLast'): AxisOrder {
  if (rank <= 2) return layersOrder(rank);
  const channels = dataFormat === 'channelsFirst' ? 1 : rank - 1;
  return [0, channels, ...layersOrder(rank).filter((axis) => axis !== 0 && axis !== channels)];
}

/** Whether two orders are the same. */
export function isSameOrder(one: AxisOrder, other: AxisOrder): boolean {
  return one.length === other.length && one.every((axis, position) => axis === other[position]);
}

/** Where an axis of the layers model is stored; a negative one counts from the end. */
export function storedAxis({ order }: Pick<Value, 'order'>, axis: number): number {
  return order.indexOf(axis < 0 ? axis + order.length : axis);
}

/** A number for each axis of the layers model, in the order in which they are stored. */
export function stored<T>({ order }: Pick<Value, 'order'>, perAxis: readonly T[]): T[] {
  return order.map((axis) => perAxis[axis] as T);
}

/** The sizes of the axes behind batch and channels, as they are stored. */
export function spatialSizes(value: Value): (number | null)[] {
  return stored(value, value.shape).slice(2);
}
