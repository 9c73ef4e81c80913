/** Whether pools sum a value times its weights, where the operators alone do not show it. */
import type { PoolingWindow } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { windowsAlong } from '../graph/window-geometry.ts';
import type { Context } from './context.ts';
import { basesOf, OTHER_SHIFTS, tried } from './followed-sums.ts';
import { ABSENT, broadcastPositions, checkedSize, inFirstChannel, NotFollowed, SHIFTS_DIFFER, type TrialValue } from './trial-value.ts';
import { windowSumOf } from './window-sums.ts';

/**
 * Follows what two pools, or sums over everything, sum: `above` x times weights, `below` the same
 * weights, whose exponents are shifted by the same value in each window. Returns why they do not.
 */
export function followedPools(context: Context, x: string, above: NodeProto, below: NodeProto, isShared: boolean): string | undefined {
  const sum = windowSumOf(context, above);
  if (typeof sum === 'string') return sum;
  let reason = '';
  for (const base of basesOf(context, x)) {
    const found = tried(context, base, (valueAt, shape) =>
      check(valueAt(above.input[0] ?? ''), valueAt(below.input[0] ?? ''), shape, isShared, sum?.window),
    );
    if (typeof found !== 'string') return undefined;
    reason ||= found;
  }
  return reason;
}

function check(
  weighted: TrialValue,
  weights: TrialValue,
  input: readonly number[],
  isShared: boolean,
  window: PoolingWindow | undefined,
): void {
  const at = broadcastPositions(weights.shape, weighted.shape);
  const isWeighted = weighted.kind === 'product' && weights.kind === 'weight' && at !== undefined;
  if (!isWeighted || weighted.isShared !== isShared || (weights.isShared ?? false) !== isShared)
    throw new NotFollowed('its numerator is not x times the weights of the denominator');
  const isSame = at.every((j, i) => {
    const position = weighted.data[i] as number;
    return (isShared ? inFirstChannel(position, input) : position) === weights.data[j];
  });
  if (!isSame) throw new NotFollowed('the numerator and the denominator have weights of other elements');
  if (at.some((j, i) => weighted.shifts?.[i] !== weights.shifts?.[j])) throw new NotFollowed(OTHER_SHIFTS);
  const { shape, data, shifts } = weighted;
  if (shifts === undefined) return;
  const [, , ...spatial] = shape;
  const plane = product(spatial);
  const isOne = (places: readonly number[], start: number): boolean => {
    const own = places.flatMap((place) => (data[start + place] === ABSENT ? [] : [shifts[start + place]]));
    return own.every((shift) => shift === own[0]);
  };
  const whole = Array.from({ length: plane }, (_, place) => place);
  const starts = Array.from({ length: data.length / plane }, (_, i) => i * plane).filter((start) => !isOne(whole, start));
  const windows = starts.length === 0 ? [] : windowPlaces(spatial, window);
  if (windows.some((places) => starts.some((start) => !isOne(places, start)))) throw new NotFollowed(SHIFTS_DIFFER);
}

/** The places in a plane that each window covers. */
function windowPlaces(sizes: readonly number[], window: PoolingWindow | undefined): number[][] {
  const along = sizes.map((size, axis) =>
    window === undefined ? [Array.from({ length: size }, (_, i) => i)] : tapsAlong(window, axis, size),
  );
  checkedSize(along.map((windows) => windows.reduce((sum, { length }) => sum + length, 0)));
  return along.reduce<number[][]>(
    (all, windows, axis) =>
      all.flatMap((places) => windows.map((taps) => places.flatMap((place) => taps.map((tap) => place * (sizes[axis] as number) + tap)))),
    [[0]],
  );
}

function tapsAlong(window: PoolingWindow, axis: number, size: number): number[][] {
  const [kernel = 1, step = 1, gap = 1] = [window.kernelSize[axis], window.stride[axis], window.dilation[axis]];
  const { before, count } = windowsAlong(window, axis, size);
  checkedSize([count, kernel]);
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: kernel }, (_, tap) => i * step - before + tap * gap).filter((at) => at >= 0 && at < size),
  );
}
