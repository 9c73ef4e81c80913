/** The window of a pooling node, and the paper's window in its place. */
import type { PaperWindow, PoolingShape, PoolingWindow } from '@softpool/surgery';
import { AttributeProto_AttributeType, type NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { integerOf, integersOf, textOf } from '../graph/attributes.ts';
import { extentOf } from '../graph/window-geometry.ts';

/** The most taps in a window. Each tap becomes several operators. */
const MOST_TAPS = 1024;

/** No axis of a tensor is longer, and sums of such numbers are exact. */
const LARGEST = 2 ** 31 - 1;

/** The window of a node, or the reason why SoftPool cannot pool it. */
export function windowOf(node: NodeProto): PoolingWindow | string {
  const mistyped = node.attribute.find(({ name, type }) => type !== UNDEFINED && TYPES.has(name) && TYPES.get(name) !== type);
  if (mistyped !== undefined) return `its ${mistyped.name} has the wrong type`;
  const kernelSize = integersOf(node, 'kernel_shape') ?? [];
  const dims = kernelSize.length;
  const ones = kernelSize.map(() => 1);
  const stride = integersOf(node, 'strides') ?? ones;
  const dilation = integersOf(node, 'dilations') ?? ones;
  const pads = integersOf(node, 'pads') ?? [...ones, ...ones].map(() => 0);
  const autoPad = textOf(node, 'auto_pad', 'NOTSET');
  if (dims === 0) return 'it has no kernel_shape';
  if (dims > 3) return `it pools ${dims} axes; SoftPool pools 1 to 3`;
  const isValid =
    [stride, dilation].every((values) => values.length === dims) && [...kernelSize, ...stride, ...dilation].every((value) => value >= 1);
  if (!isValid || pads.length !== 2 * dims || pads.some((value) => value < 0)) {
    return 'its kernel_shape, strides, dilations and pads do not fit together';
  }
  if ([...kernelSize, ...stride, ...dilation, ...pads].some((value) => value > LARGEST)) {
    return `its kernel_shape, strides, dilations or pads has a number above ${LARGEST}`;
  }
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad)) return `its auto_pad is ${JSON.stringify(autoPad)}`;
  const isCeil = integerOf(node, 'ceil_mode', 0) !== 0;
  if (autoPad === 'VALID' && isCeil) return 'with auto_pad VALID and ceil_mode 1, the standard and runtimes disagree about the output size';
  const taps = product(kernelSize);
  if (taps > MOST_TAPS) return `its window has ${taps} elements; at most ${MOST_TAPS} work`;
  const isSame = autoPad.startsWith('SAME');
  if (isSame && kernelSize.some((size, axis) => size > 1 && (dilation[axis] ?? 1) > 1)) {
    return 'with auto_pad SAME and dilations, the standard and runtimes disagree about the output size';
  }
  const around = kernelSize.map(
    (_, axis) => [autoPad === 'VALID' ? 0 : (pads[axis] ?? 0), autoPad === 'VALID' ? 0 : (pads[dims + axis] ?? 0)] as const,
  );
  const padding = isSame ? (autoPad === 'SAME_UPPER' ? 'same' : 'sameLower') : around;
  const zeros = textOf(node, 'pad_mode', '') === 'zeros' ? ({ padMode: 'zeros' } as const) : {};
  const window = { kernelSize, stride, dilation, padding, ...zeros, ceilMode: isCeil && !isSame } as const;
  const isEmpty =
    !isSame && !('padMode' in zeros) && around.some(([before, after], axis) => Math.max(before, after) >= extentOf(window, axis));
  return isEmpty ? 'its pads leave windows without any input' : window;
}

const { UNDEFINED, INT, INTS, STRING } = AttributeProto_AttributeType;

/** The attributes of pooling nodes. */
const TYPES = new Map<string, AttributeProto_AttributeType>([
  ...['kernel_shape', 'strides', 'dilations', 'pads'].map((name) => [name, INTS] as const),
  ...['ceil_mode', 'count_include_pad', 'storage_order'].map((name) => [name, INT] as const),
  ['auto_pad', STRING],
  ['pad_mode', STRING],
]);

/**
 * Why a window does not fit an input of these sizes, as far as they are known. Where a window
 * exceeds its padded input, the standard has no output, and ONNX Runtime may have one. In ceil mode
 * both have one, unless it exceeds the input by the stride or more. Between the elements of a
 * window that is dilated by more than the input's size, the whole input may get lost.
 */
export function misfit(window: PoolingWindow, inputSizes: PoolingShape): string | undefined {
  const { padding, stride, dilation, ceilMode } = window;
  if (typeof padding === 'string') return undefined;
  for (const [axis, [before, after]] of padding.entries()) {
    const size = inputSizes[axis];
    if (typeof size !== 'number') continue;
    const extent = extentOf(window, axis);
    const input = `its input, which has ${size} elements along spatial axis ${axis}`;
    const excess = ceilMode ? (stride[axis] ?? 1) - 1 : 0;
    if (extent - (size + before + after) > excess) return `its window is larger than ${input}`;
    const step = dilation[axis] ?? 1;
    if (extent > 1 && step > size && before + after > 0) return `its dilation of ${step} is larger than ${input}`;
  }
  return undefined;
}

/** Whether its input may be padded. */
export function hasPadding({ padding }: PoolingWindow): boolean {
  return typeof padding === 'string' || padding.some(([before, after]) => before + after > 0);
}

/**
 * The paper's window. It rounds ⌈n/2⌉ up by ceil mode, which sizes that are known to be even do not
 * need.
 */
export function paperWindowOf(window: PoolingWindow, paper: PaperWindow, inputSizes: PoolingShape = []): PoolingWindow {
  const { kernelSize, rounding } = paper;
  const isEven = kernelSize.every((size, axis) => size === 1 || isKnownToBeEven(inputSizes[axis]));
  return { ...window, kernelSize, padding: kernelSize.map(() => NONE), ceilMode: rounding === 'up' && !isEven };
}

const NONE = [0, 0] as const;

function isKnownToBeEven(size: PoolingShape[number] | undefined): boolean {
  return typeof size === 'number' && size % 2 === 0;
}
