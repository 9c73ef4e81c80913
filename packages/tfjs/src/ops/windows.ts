/** Windows in the words of `tf.avgPool` and its like → the options of `softpool`. */
import { poolGeometry } from 'softpool';
import type { PoolOptions } from './kernel.ts';

/** Where the channels are, for each number of spatial axes. */
export type DataFormat = 'NWC' | 'NCW' | 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW';

/** Padding of each axis of the tensor, batch and channels included, as TensorFlow.js has it. */
export type ExplicitPadding = readonly (readonly [before: number, after: number])[];

/** The padding of a pooling op. */
export type Pad = 'valid' | 'same' | number | ExplicitPadding;

/** How the output's size is rounded where the windows do not fit evenly. */
export type RoundingMode = 'floor' | 'round' | 'ceil';

/** A number of spatial axes. */
export type Dims = 1 | 2 | 3;

/** The windows of an op, and where they are. */
export interface WindowArguments {
  readonly filterSize: number | readonly number[];
  readonly strides: number | readonly number[];
  readonly pad: Pad;
  readonly dimRoundingMode: RoundingMode | undefined;
  readonly dataFormat: DataFormat | undefined;
  readonly dilations: number | readonly number[] | undefined;
}

/** The formats of each number of spatial axes; the first is the default. */
const DATA_FORMATS: Readonly<Record<Dims, readonly [last: DataFormat, first: DataFormat]>> = {
  1: ['NWC', 'NCW'],
  2: ['NHWC', 'NCHW'],
  3: ['NDHWC', 'NCDHW'],
};

/** What `softpool` calls an argument of an op. */
const WORDS: readonly [RegExp, string][] = [
  [/options\.kernelSize/g, 'filterSize'],
  [/options\.stride\b/g, 'strides'],
  [/options\.padding/g, 'pad'],
  [/options\.dilation\b/g, 'options.dilations'],
  [/options\.outputSize/g, 'outputSize'],
  [/: shape/g, ': x.shape'],
];

/** The layout that a data format means. Throws a TypeError if it is none of this op's. */
export function layoutOf(call: string, dims: Dims, dataFormat: DataFormat | undefined): 'channelsLast' | 'channelsFirst' {
  const [last, first] = DATA_FORMATS[dims];
  if (dataFormat !== undefined && dataFormat !== last && dataFormat !== first) {
    throw new TypeError(`${call}: options.dataFormat must be '${last}' or '${first}', received ${shown(dataFormat)}`);
  }
  return dataFormat === first ? 'channelsFirst' : 'channelsLast';
}

/** The windows of an op as options of `softpool`, checked against a shape only by {@link checked}. */
export function windowOptions(call: string, dims: Dims, shape: readonly number[], given: WindowArguments) {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat, dilations = 1 } = given;
  const layout = layoutOf(call, dims, dataFormat);
  checkPad(call, dims, layout, pad, dimRoundingMode);
  const axes = spatialAxes(dims, shape, layout);
  const options = { layout, kernelSize: filterSize, stride: strides, dilation: dilations };
  if (pad === 'valid' || pad === 'same') return { ...options, padding: pad };
  const around = Array.from({ length: dims }, (_, axis) => paddingOf(pad, axis, layout));
  if (dimRoundingMode === undefined || dimRoundingMode === 'floor') return { ...options, padding: around };
  // Padding after the last window decides how many windows there are.
  const padding = around.map(([before, after], axis): [number, number] => {
    const reach = (at(filterSize, axis) - 1) * at(dilations, axis) + 1;
    const room = ((axes[axis] as number) + before + after - reach) / at(strides, axis);
    const steps = dimRoundingMode === 'ceil' ? Math.ceil(room) : Math.round(room);
    const needed = steps * at(strides, axis) + reach - before - (axes[axis] as number);
    return [before, Number.isFinite(needed) ? Math.max(0, needed) : after]; // what is wrong with the others is told by `checked`
  });
  return { ...options, padding };
}

/** The options again, once they are known to make sense for a tensor of this shape; errors are in the op's words. */
export function checked(call: string, shape: readonly number[], options: PoolOptions): PoolOptions {
  const { gradient = 'weights', ...rest } = options;
  if (gradient !== 'weights' && gradient !== 'exact') {
    throw new TypeError(`${call}: options.gradient must be 'weights' or 'exact', received ${shown(gradient)}`);
  }
  try {
    poolGeometry(shape, rest);
  } catch (error) {
    if (error instanceof Error) {
      error.message = WORDS.reduce((message, [word, ours]) => message.replace(word, ours), error.message.replace('poolGeometry', call));
    }
    throw error;
  }
  return options;
}

function checkPad(call: string, dims: Dims, layout: string, pad: Pad, dimRoundingMode: RoundingMode | undefined): void {
  if (dimRoundingMode !== undefined) {
    if (!['floor', 'round', 'ceil'].includes(dimRoundingMode)) {
      throw new TypeError(`${call}: options.dimRoundingMode must be 'floor', 'round' or 'ceil', received ${shown(dimRoundingMode)}`);
    }
    if (typeof pad === 'string') {
      throw new TypeError(`${call}: pad must be given in numbers when options.dimRoundingMode is, received '${pad}'`);
    }
  }
  if (typeof pad === 'number' || pad === 'valid' || pad === 'same') return;
  const what = `'valid', 'same', a number, or [before, after] for each of the ${dims + 2} axes`;
  const isPairs =
    Array.isArray(pad) &&
    pad.length === dims + 2 &&
    pad.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger));
  if (!isPairs) throw new TypeError(`${call}: pad must be ${what}, received ${shown(pad)}`);
  const idle = layout === 'channelsLast' ? [0, dims + 1] : [0, 1];
  for (const axis of idle) {
    const [before, after] = pad[axis] as readonly [number, number];
    if (before !== 0 || after !== 0) {
      throw new RangeError(`${call}: pad[${axis}] must be [0, 0], since batch and channels are not padded, received [${before}, ${after}]`);
    }
  }
}

function paddingOf(pad: number | ExplicitPadding, axis: number, layout: string): [number, number] {
  if (typeof pad === 'number') return [pad, pad];
  const [before, after] = pad[axis + (layout === 'channelsLast' ? 1 : 2)] as readonly [number, number];
  return [before, after];
}

/** The sizes of the spatial axes; what there is of them, if the rank is wrong, which is told by `checked`. */
function spatialAxes(dims: Dims, shape: readonly number[], layout: string): readonly number[] {
  return layout === 'channelsLast' ? shape.slice(-1 - dims, -1) : shape.slice(-dims);
}

function at(value: number | readonly number[], axis: number): number {
  return typeof value === 'number' ? value : (value[axis] ?? Number.NaN);
}

/** A value for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? 'an object') : String(value);
}
