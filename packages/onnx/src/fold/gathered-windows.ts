/**
 * The windows of elements that are gathered: from the positions that each output sums, for one or
 * more sizes of the input.
 */
import type { PoolingWindow } from '@softpool/surgery';
import { product } from 'softpool/internal';
import { extent, windowsAlong } from '../graph/window-geometry.ts';
import { ZERO } from './trial-value.ts';

/** The positions that each output sums, for one input. */
export interface Sums {
  /** The shape of the input: batch, channels, spatial axes. */
  readonly input: readonly number[];
  /** The shape of the output. */
  readonly output: readonly number[];
  /** How many they are for each element of the output. */
  readonly taps: number;
  /** Those of the first element of the output, then those of the next. */
  readonly positions: Int32Array;
}

/** The windows that sums are of. */
export interface Gathered {
  /** `undefined` if it is the whole extent. */
  readonly window: PoolingWindow | undefined;
  /** Whether padding counts as zeros. */
  readonly zeros: boolean;
  /** The shape of the output for Reshape, if it is not that of pooling. */
  readonly reshape: readonly number[] | undefined;
}

/** The windows along one axis. */
interface AxisWindow {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly outputs: number;
}

/** Finds the windows of sums; a text says why they are not windows. */
export function gatheredWindows(all: readonly Sums[]): Gathered | string {
  const found = all.map(oneSize);
  const [first] = found;
  if (first === undefined) return NO_WINDOWS;
  const wrong = found.find((each) => typeof each === 'string');
  if (wrong !== undefined) return wrong;
  const each = found as readonly { axes: readonly AxisWindow[]; zeros: boolean; reshape: readonly number[] | undefined }[];
  const { axes, zeros, reshape: shape } = each[0] as (typeof each)[number];
  if (each.some((other) => other.reshape?.join() !== shape?.join() || other.zeros !== zeros)) return NO_WINDOWS;
  const counts = new Set(each.map((other) => product(other.axes.map(({ outputs }) => outputs))));
  const [count = -1] = counts.size === 1 ? counts : [];
  // A number, not −1, fits a batch of nothing too.
  const reshape = shape?.map((size) => (size === -1 ? count : size));
  if (each.every((other) => other.axes.every(isWhole))) return { window: undefined, zeros: false, reshape };
  const merged = axes.map((axis, at) => ({ ...axis, after: Math.max(...each.map((other) => other.axes[at]?.after ?? 0)) }));
  const fits = each.every((other) => other.axes.every((axis, at) => isSame(axis, merged[at])));
  if (!fits) return 'its windows depend on the size of the input';
  return {
    window: windowOf(all.length === 1 ? merged.map(symmetric) : merged),
    zeros: zeros && merged.some(({ before, after }) => before + after > 0),
    reshape,
  };
}

/** As much padding after as before, if that gives as many outputs: as it was probably written. */
function symmetric(axis: AxisWindow): AxisWindow {
  const even = { ...axis, after: Math.max(axis.before, axis.after) };
  return isSame(axis, even) ? even : axis;
}

const NO_WINDOWS = 'what it sums are not windows';

function windowOf(axes: readonly AxisWindow[]): PoolingWindow {
  return {
    kernelSize: axes.map(({ kernel }) => kernel),
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    padding: axes.map(({ before, after }) => [before, after] as const),
    ceilMode: false,
  };
}

function isWhole({ size, kernel, dilation, before, after, outputs }: AxisWindow): boolean {
  return outputs === 1 && kernel === size && dilation === 1 && before === 0 && after === 0;
}

/** Whether a window, with the padding after it that other sizes need, gives these outputs. */
function isSame(axis: AxisWindow, { kernel, stride, dilation, before, after }: AxisWindow = axis): boolean {
  const { count } = windowsAlong(windowOf([{ ...axis, kernel, stride, dilation, before, after }]), 0, axis.size);
  return axis.kernel === kernel && axis.stride === stride && axis.dilation === dilation && axis.before === before && axis.outputs === count;
}

function oneSize({
  input,
  output,
  taps,
  positions,
}: Sums): { axes: AxisWindow[]; zeros: boolean; reshape: readonly number[] | undefined } | string {
  const [batch = 1, channels = 1, ...spatial] = input;
  const plane = product(spatial);
  const count = product(output) / (batch * channels);
  if (!Number.isInteger(count) || count === 0) return NO_WINDOWS;
  const windowAt = (i: number): Int32Array => positions.subarray(i * taps, (i + 1) * taps);
  const isShifted = (window: Int32Array, from: Int32Array, shift: number): boolean =>
    window.every((position, k) => position === (from[k] as number) + ((from[k] as number) < 0 ? 0 : shift));
  for (let i = count; i < count * batch * channels; i++) {
    const [own, from, shift] = [windowAt(i), windowAt(i % count), Math.floor(i / count) * plane];
    // Windows are in the same order nearly always.
    if (!isShifted(own, from, shift) && !isShifted(own.toSorted(), from.toSorted(), shift))
      return 'it does not sum windows of each channel by itself';
  }
  const first = Array.from({ length: count }, (_, i) => Array.from(windowAt(i).toSorted()));
  const fills = new Set(first.flat().filter((position) => position < 0));
  if (fills.size > 1) return 'it pads with zeros both before and after the exponential';
  const axes = axesOf(first, spatial);
  if (axes === undefined) return NO_WINDOWS;
  if (output[0] !== batch || output[1] !== channels) return 'its output has other axes than pooling';
  const reshape = reshapeOf(
    output,
    axes.map(({ outputs }) => outputs),
    count,
  );
  if (typeof reshape === 'string') return reshape;
  return { axes, zeros: fills.has(ZERO), reshape };
}

/** Windows whose positions are the products of positions along each axis, in order. */
function axesOf(windows: readonly (readonly number[])[], spatial: readonly number[]): AxisWindow[] | undefined {
  const taps = windows[0]?.length ?? 0;
  const coordinates = (position: number): number[] =>
    spatial.map((size, at) => Math.floor(position / product(spatial.slice(at + 1))) % size);
  const sets = windows.map((window) => {
    const inside = window.filter((position) => position >= 0).map(coordinates);
    return spatial.map((_, at) => [...new Set(inside.map((each) => each[at] ?? 0))].sort((a, b) => a - b));
  });
  const distinct = spatial.map((_, at) => [...new Map(sets.map((each) => [each[at]?.join(), each[at] ?? []])).values()]);
  if (product(distinct.map(({ length }) => length)) !== windows.length) return undefined;
  const axes = distinct.map((along, at) => axisOf(along, spatial[at] ?? 0));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const known = axes as AxisWindow[];
  if (product(known.map(({ kernel }) => kernel)) !== taps) return undefined;
  const fits = sets.every((each, i) => {
    const isInOrder = each.every((set, at) => {
      const index = Math.floor(i / product(known.slice(at + 1).map(({ outputs }) => outputs))) % (known[at]?.outputs ?? 1);
      return set.join() === distinct[at]?.[index]?.join();
    });
    const inside = (windows[i] ?? []).filter((position) => position >= 0);
    return isInOrder && new Set(inside).size === inside.length && inside.length === product(each.map(({ length }) => length));
  });
  return fits ? known : undefined;
}

/** The windows along one axis, from the positions of each. */
function axisOf(along: readonly (readonly number[])[], size: number): AxisWindow | undefined {
  const kernel = Math.max(...along.map(({ length }) => length));
  const whole = along.findIndex(({ length }) => length === kernel);
  const [start = 0, next = start + 1] = along[whole] ?? [];
  const dilation = kernel === 1 ? 1 : next - start;
  const following = along[whole + 1];
  const reach = extent(kernel, dilation);
  // Where the next window is cut off by the end, its first element is still the first.
  const stride = following === undefined ? (whole > 0 ? undefined : reach) : (following[0] ?? 0) - start;
  if (stride === undefined || stride < 1) return undefined;
  const before = whole * stride - start;
  const outputs = along.length;
  const after = Math.max(0, (outputs - 1) * stride + reach - size - before);
  const fits = along.every((each, i) => {
    const expected = Array.from({ length: kernel }, (_, tap) => i * stride - before + tap * dilation).filter((at) => at >= 0 && at < size);
    return expected.join() === each.join();
  });
  return fits && before >= 0 ? { size, kernel, stride, dilation, before, after, outputs } : undefined;
}

/** The target of a Reshape from the output of pooling; `undefined` if none is needed. */
function reshapeOf(output: readonly number[], sizes: readonly number[], count: number): readonly number[] | undefined | string {
  const [, , ...rest] = output;
  if (rest.join() === sizes.join()) return undefined;
  const long = rest.filter((size) => size !== 1);
  if (long.length > 1 || product(rest) !== count) return 'its output has other axes than pooling';
  return [0, 0, ...rest.map((size) => (size === count && size !== 1 ? -1 : 1))];
}
