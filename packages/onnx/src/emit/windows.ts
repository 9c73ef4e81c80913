/**
 * The taps of all windows, as slices of the padded input. Tap k of an axis, for all windows, is a
 * slice that starts at k times the dilation, in steps of the stride. Counted from the end of the
 * padded axis, its end is as far as the tap is from the window's last tap, for any size of the
 * input.
 *
 * Padding is −∞, which has no weight, or zeros, which count. Ceil mode is padding with −∞ too:
 * stride − 1 more, so that rounding down gives the same as rounding up without it; and at most
 * extent − 1 in all, so that no window starts after the input.
 */
import type { PoolingWindow } from '@softpool/surgery';
import { extentOf, padsInOrder } from '../graph/window-geometry.ts';
import { type NodeList, TO_THE_END } from './node-list.ts';

/** The first spatial axis, after batch and channels. */
const FIRST_AXIS = 2;

/** An input and the window over it. */
interface Windowed {
  readonly x: string;
  readonly window: PoolingWindow;
}

/** Pads, if the window needs padding. `constant` makes a constant of the input's type. */
export function padded(list: NodeList, input: string, around: PoolingWindow, constant: (value: number) => string): string {
  const { x, window } = withZeros(list, input, around, constant);
  return withPads(list, x, window, () => constant(Number.NEGATIVE_INFINITY));
}

/** Puts in the zeros that count, if there are any, and returns the window without them. */
export function withZeros(list: NodeList, x: string, window: PoolingWindow, constant: (value: number) => string): Windowed {
  if (window.padMode !== 'zeros') return { x, window };
  const unpadded = { ...window, padding: window.kernelSize.map(() => [0, 0] as const), padMode: undefined };
  return { x: withPads(list, x, { ...window, ceilMode: false }, () => constant(0)), window: unpadded };
}

function withPads(list: NodeList, x: string, window: PoolingWindow, fill: () => string): string {
  if (typeof window.padding === 'string') {
    const isNone = window.kernelSize.every((_, axis) => extentOf(window, axis) === 1);
    return isNone ? x : list.op('Pad', [x, samePads(list, x, window), fill()]);
  }
  const around = padsOf(window, window.padding);
  if (around.every(([before, after]) => before === 0 && after === 0)) return x;
  const pads = padsInOrder([[0, 0], [0, 0], ...around]);
  return list.op('Pad', [x, list.integers(...pads), fill()]);
}

/** The padding before and after each axis, with that of ceil mode. */
export function padsOf(window: PoolingWindow, padding: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return padding.map(([before, after], axis) => {
    const extent = extentOf(window, axis);
    return [before, window.ceilMode ? Math.min(after + (window.stride[axis] ?? 1) - 1, extent - 1) : after] as const;
  });
}

/** One tensor per tap, each of the output's shape. */
export function taps(list: NodeList, x: string, window: PoolingWindow): string[] {
  const isCut = window.kernelSize.map((size, axis) => size > 1 || (window.stride[axis] ?? 1) > 1);
  const axes = window.kernelSize.map((_, axis) => axis).filter((axis) => isCut[axis]);
  if (axes.length === 0) return [x];
  return positions(axes.map((axis) => window.kernelSize[axis] ?? 1)).map((position) => {
    const along = (of: (axis: number, tap: number) => number | bigint): string =>
      list.integers(...axes.map((axis, at) => of(axis, position[at] ?? 0)));
    return list.op('Slice', [
      x,
      along((axis, tap) => tap * (window.dilation[axis] ?? 1)),
      along((axis, tap) =>
        tap + 1 === window.kernelSize[axis] ? TO_THE_END : (tap + 1 - (window.kernelSize[axis] ?? 1)) * (window.dilation[axis] ?? 1),
      ),
      along((axis) => axis + FIRST_AXIS),
      along((axis) => window.stride[axis] ?? 1),
    ]);
  });
}

/** Every position in a box, with the last axis fastest. */
function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (found, size) => found.flatMap((position) => Array.from({ length: size }, (_, tap) => [...position, tap])),
    [[]],
  );
}

/**
 * The pads of TensorFlow's rule, which depend on the size of the input: ⌈size / stride⌉ windows,
 * with half of the missing elements before.
 */
function samePads(list: NodeList, x: string, window: PoolingWindow): string {
  const perAxis = (of: (axis: number) => number): string => list.integers(...window.kernelSize.map((_, axis) => of(axis)));
  const strides = perAxis((axis) => window.stride[axis] ?? 1);
  const size = list.op('Slice', [list.op('Shape', [x]), list.integers(FIRST_AXIS), list.integers(TO_THE_END)]);
  // For one window fewer: ⌈n / s⌉ − 1 = ⌊(n − 1) / s⌋.
  const stepsBetween = list.op('Div', [list.op('Sub', [size, perAxis(() => 1)]), strides]);
  const covered = list.op('Add', [list.op('Mul', [stepsBetween, strides]), perAxis((axis) => extentOf(window, axis))]);
  const difference = list.op('Sub', [covered, size]);
  const none = perAxis(() => 0);
  // Not `Max`, which takes no integers before opset 12.
  const lacking = list.op('Where', [list.op('Less', [difference, none]), none, difference]);
  const smaller = list.op('Div', [lacking, perAxis(() => 2)]);
  const larger = list.op('Sub', [lacking, smaller]);
  const [before, after] = window.padding === 'same' ? [smaller, larger] : [larger, smaller];
  const outer = list.integers(0, 0);
  return list.op('Concat', [outer, before, outer, after], { axis: 0 });
}
