/**
 * From windows in the words of `tf.avgPool` to the options of `softpool`, and from its errors back
 * to those words.
 */
import { poolGeometry } from 'softpool';
import { checkInteger, checkOneOf, checkOperator, isArgumentError, rangeError, typeError } from 'softpool/internal';
import type { PoolOptions, PoolProblem } from './kernel.ts';

/** The position of the channels, for a number of spatial axes. */
export type DataFormat<Axes extends Dims = Dims> = Axes extends 1 ? 'NWC' | 'NCW' : Axes extends 2 ? 'NHWC' | 'NCHW' : 'NDHWC' | 'NCDHW';

/** Padding of each axis of the tensor, batch and channels included, as in TensorFlow.js. */
export type ExplicitPadding = readonly (readonly [before: number, after: number])[];

/** The padding of a pooling op. */
export type Pad = 'valid' | 'same' | number | ExplicitPadding;

/** How the output size is rounded where the windows do not fit evenly. */
export type RoundingMode = 'floor' | 'round' | 'ceil';

/** A number of spatial axes. */
export type Dims = 1 | 2 | 3;

/** The arguments of an op that describe its windows. */
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

/** What an op calls an option of `softpool`. */
const OP_WORDS: Readonly<Record<string, string>> = {
  'options.kernelSize': 'filterSize',
  'options.stride': 'strides',
  'options.padding': 'pad',
  'options.dilation': 'options.dilations',
  'options.outputSize': 'outputSize',
  shape: 'x.shape',
};

/** The layout of a data format. Throws a TypeError if it is not one of this op's. */
export function layoutOf(call: string, dims: Dims, dataFormat: DataFormat | undefined): 'channelsLast' | 'channelsFirst' {
  const [last, first] = DATA_FORMATS[dims];
  checkOneOf(call, 'options.dataFormat', dataFormat ?? last, [last, first]);
  return dataFormat === first ? 'channelsFirst' : 'channelsLast';
}

/**
 * The windows of an op as options of `softpool`. They are not checked against the shape: {@link
 * problemOf} does that.
 */
export function windowOptions(call: string, dims: Dims, shape: readonly number[], given: WindowArguments) {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat, dilations = 1 } = given;
  const layout = layoutOf(call, dims, dataFormat);
  if (strides === undefined) throw rangeError(call, 'strides', 'a positive integer', strides);
  checkPad(call, dims, layout, pad, dimRoundingMode);
  const axes = spatialAxes(dims, shape, layout);
  const options = { layout, kernelSize: filterSize, stride: strides, dilation: dilations };
  if (pad === 'valid' || pad === 'same') return { ...options, padding: pad };
  const around = Array.from({ length: dims }, (_, axis) => paddingOf(pad, axis, layout));
  if (dimRoundingMode === undefined || dimRoundingMode === 'floor') return { ...options, padding: around };
  // The number of windows follows from the padding after the last one.
  const padding = around.map(([before, after], axis): [number, number] => {
    const reach = (at(filterSize, axis) - 1) * at(dilations, axis) + 1;
    const room = ((axes[axis] as number) + before + after - reach) / at(strides, axis);
    const steps = dimRoundingMode === 'ceil' ? Math.ceil(room) : Math.round(room);
    const needed = steps * at(strides, axis) + reach - before - (axes[axis] as number);
    // Otherwise other arguments are wrong, and problemOf says which.
    return [before, Number.isFinite(needed) ? Math.max(0, needed) : after];
  });
  return { ...options, padding };
}

/** The problem of an op: its options and their geometry. Errors are in the op's words. */
export function problemOf(call: string, shape: readonly number[], options: PoolOptions): PoolProblem {
  const { gradient, beta, weights, ...windows } = options;
  checkOperator(call, { gradient, beta, weights });
  try {
    return { options, geometry: poolGeometry(shape, windows) };
  } catch (error) {
    if (!isArgumentError(error)) throw error;
    const { option, expected, received, hint } = error;
    throw (error instanceof TypeError ? typeError : rangeError)(call, inOpWords(option), expected, received, hint);
  }
}

/** `'options.kernelSize[1]'` as `'filterSize[1]'`. */
function inOpWords(option: string): string {
  const name = option.split('[', 1)[0] as string;
  return (OP_WORDS[name] ?? name) + option.slice(name.length);
}

function checkPad(call: string, dims: Dims, layout: string, pad: Pad, dimRoundingMode: RoundingMode | undefined): void {
  if (dimRoundingMode !== undefined) {
    checkOneOf(call, 'options.dimRoundingMode', dimRoundingMode, ['floor', 'round', 'ceil']);
    if (typeof pad === 'string') throw typeError(call, 'pad', 'given in numbers when options.dimRoundingMode is', pad);
  }
  if (pad === 'valid' || pad === 'same') return;
  if (typeof pad === 'number') {
    checkInteger(call, 'pad', pad, 0);
    return;
  }
  const isAmount = (amount: unknown): boolean => Number.isInteger(amount) && (amount as number) >= 0;
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isAmount);
  if (!Array.isArray(pad) || pad.length !== dims + 2 || !pad.every(isPair)) {
    throw typeError(call, 'pad', `'valid', 'same', a number, or [before, after] for each of the ${dims + 2} axes`, pad);
  }
  const unpadded = layout === 'channelsLast' ? [0, dims + 1] : [0, 1];
  for (const axis of unpadded) {
    const [before, after] = pad[axis] as readonly [number, number];
    if (before + after > 0) throw rangeError(call, `pad[${axis}]`, '[0, 0], since batch and channels are not padded', pad[axis]);
  }
}

function paddingOf(pad: number | ExplicitPadding, axis: number, layout: string): [number, number] {
  if (typeof pad === 'number') return [pad, pad];
  const [before, after] = pad[axis + (layout === 'channelsLast' ? 1 : 2)] as readonly [number, number];
  return [before, after];
}

/**
 * The sizes of the spatial axes. If the rank is wrong, some are missing, and {@link problemOf} says
 * so.
 */
function spatialAxes(dims: Dims, shape: readonly number[], layout: string): readonly number[] {
  return layout === 'channelsLast' ? shape.slice(-1 - dims, -1) : shape.slice(-dims);
}

function at(value: number | readonly number[], axis: number): number {
  return typeof value === 'number' ? value : (value?.[axis] ?? Number.NaN);
}
