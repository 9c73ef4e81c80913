/** The window of a pooling node, and the paper's in its place. */
import { AttributeProto_AttributeType, type NodeProto } from 'onnx-buf';
import { extentOf, type PoolingWindow } from '../emit/pooling.ts';
import { integerOf, integersOf, textOf } from '../graph/attributes.ts';
import type { Size } from '../graph/scope.ts';

/** How many taps a window may have: each is several operators. */
const MOST_TAPS = 1024;

/** No tensor is longer along an axis, and sums of such numbers are exact. */
const LARGEST = 2 ** 31 - 1;

/** The window of a node; a text that says why it has none that can be pooled. */
export function windowOf(node: NodeProto): PoolingWindow | string {
  const mistyped = node.attribute.find(({ name, type }) => type !== UNDEFINED && TYPES.has(name) && TYPES.get(name) !== type);
  if (mistyped !== undefined) return `its ${mistyped.name} is of a wrong type`;
  const size = integersOf(node, 'kernel_shape') ?? [];
  const dims = size.length;
  const ones = size.map(() => 1);
  const strides = integersOf(node, 'strides') ?? ones;
  const dilations = integersOf(node, 'dilations') ?? ones;
  const pads = integersOf(node, 'pads') ?? [...ones, ...ones].map(() => 0);
  const autoPad = textOf(node, 'auto_pad', 'NOTSET');
  if (dims === 0) return 'it has no kernel_shape';
  if (dims > 3) return `it pools ${dims} axes; soft pooling is for 1 to 3`;
  const isSound =
    [strides, dilations].every((values) => values.length === dims) && [...size, ...strides, ...dilations].every((value) => value >= 1);
  if (!isSound || pads.length !== 2 * dims || pads.some((value) => value < 0)) {
    return 'its kernel_shape, strides, dilations and pads do not fit together';
  }
  if ([...size, ...strides, ...dilations, ...pads].some((value) => value > LARGEST)) {
    return `a number of its kernel_shape, strides, dilations or pads is larger than ${LARGEST}`;
  }
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad)) return `its auto_pad is ${JSON.stringify(autoPad)}`;
  const isCeil = integerOf(node, 'ceil_mode', 0) !== 0;
  if (autoPad === 'VALID' && isCeil)
    return 'its auto_pad is VALID and its ceil_mode 1: the standard and runtimes differ in how many outputs that gives';
  const taps = size.reduce((product, length) => product * length, 1);
  if (taps > MOST_TAPS) return `its window has ${taps} elements; soft pooling takes up to ${MOST_TAPS}`;
  const isSame = autoPad.startsWith('SAME');
  const around = size.map(
    (_, axis) => [autoPad === 'VALID' ? 0 : (pads[axis] ?? 0), autoPad === 'VALID' ? 0 : (pads[dims + axis] ?? 0)] as const,
  );
  const padding = isSame ? (autoPad === 'SAME_UPPER' ? 'sameUpper' : 'sameLower') : around;
  const window = { size, strides, dilations, padding, ceilMode: isCeil && !isSame } as const;
  const isEmpty = !isSame && around.some(([before, after], axis) => Math.max(before, after) >= extentOf(window, axis));
  return isEmpty ? 'its pads leave windows with nothing in them' : window;
}

const { UNDEFINED, INT, INTS, STRING } = AttributeProto_AttributeType;

/** The attributes of pooling. */
const TYPES = new Map<string, AttributeProto_AttributeType>([
  ...['kernel_shape', 'strides', 'dilations', 'pads'].map((name) => [name, INTS] as const),
  ...['ceil_mode', 'count_include_pad', 'storage_order'].map((name) => [name, INT] as const),
  ['auto_pad', STRING],
]);

/** Whether there may be padding around its input. */
export function hasPadding({ padding }: PoolingWindow): boolean {
  return typeof padding === 'string' || padding.some(([before, after]) => before + after > 0);
}

/**
 * The window of 2 in steps of 2 that the paper's networks have in the place of 3 in steps of 2, if it has as many outputs for every input size n ≥ 2.
 * It has ⌊n/2⌋ without padding, and ⌈n/2⌉ in ceil mode. With 3 there are
 *
 *     padding 1+1          ⌊(n − 1)/2⌋ + 1 = ⌈n/2⌉          padding 0+1 or 1+0     ⌊(n − 2)/2⌋ + 1 = ⌊n/2⌋
 *     same                 ⌈n/2⌉                            ceil mode, none        ⌈(n − 3)/2⌉ + 1 = ⌊n/2⌋
 *
 * and what is not in this list has other numbers. Sizes that are known to be even need no ceil mode, and so no padding. `undefined`: not 3/2, or other numbers.
 */
export function paperWindow(window: PoolingWindow, inputSizes: readonly Size[] = []): PoolingWindow | undefined {
  const { size, strides, dilations, padding, ceilMode } = window;
  const isPooled = size.map((length, axis) => length === 3 && strides[axis] === 2 && dilations[axis] === 1);
  const isUntouched = size.map((length, axis) => length === 1 && strides[axis] === 1);
  if (!isPooled.includes(true) || !size.every((_, axis) => isPooled[axis] || isUntouched[axis])) return undefined;
  const modes = size.flatMap((_, axis) =>
    isPooled[axis] ? [ceilModeFor(typeof padding === 'string' ? padding : padding[axis], ceilMode)] : [],
  );
  const [mode] = modes;
  if (mode === undefined || modes.some((other) => other !== mode)) return undefined;
  const isBare = typeof padding === 'string' || padding.every(([before, after], axis) => isPooled[axis] || before + after === 0);
  if (!isBare) return undefined;
  const isEven = size.every((_, axis) => !isPooled[axis] || isKnownToBeEven(inputSizes[axis]));
  const smaller = { size: size.map((length) => (length === 3 ? 2 : length)), padding: size.map(() => [0, 0] as const) };
  return { ...window, ...smaller, ceilMode: mode && !isEven };
}

/** Whether a window of 2 in steps of 2 needs ceil mode for as many outputs; `undefined`, if it cannot have as many. */
function ceilModeFor(padding: string | readonly [number, number] | undefined, ceilMode: boolean): boolean | undefined {
  if (typeof padding === 'string') return true;
  const [before = 0, after = 0] = padding ?? [];
  if (ceilMode) return before + after === 0 ? false : undefined;
  if (before === 1 && after === 1) return true;
  return before + after === 1 ? false : undefined;
}

function isKnownToBeEven(size: Size | undefined): boolean {
  return typeof size === 'number' && size % 2 === 0;
}
