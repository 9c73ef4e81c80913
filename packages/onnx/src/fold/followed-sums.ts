/** Sums along axes of gathered elements, as windows of the value that they are gathered from. */
import type { NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { type Comparisons, untriedSide } from './comparisons.ts';
import type { Context } from './context.ts';
import { type Gathered, gatheredWindows, type Sums } from './gathered-windows.ts';
import { floatTypeOf } from './match.ts';
import { MOVEMENTS } from './movement.ts';
import { keepsAxes } from './reductions.ts';
import { standardProducer, stepOf } from './steps.ts';
import { trialOf } from './trial.ts';
import {
  ABSENT,
  broadcastPositions,
  groupsOf,
  inFirstChannel,
  NotFollowed,
  reducedShape,
  SHIFTS_DIFFER,
  type Trial,
  type TrialValue,
} from './trial-value.ts';
import { axesIn } from './trial-weights.ts';

/** Windows, and the value that they are windows of. */
export interface FollowedSums extends Gathered {
  readonly base: string;
}

/**
 * Finds the windows that `above` sums along axes: elements of `x` times their weights. `below` sums
 * the weights alone; without it they must be a softmax along the same elements. `isShared` says
 * whether weights are sums over channels.
 */
export function followedSums(
  context: Context,
  x: string,
  above: NodeProto,
  below: NodeProto | undefined,
  isShared: boolean,
): FollowedSums | string {
  let reason = '';
  for (const base of basesOf(context, x)) {
    const found = windowsFrom(context, base, above, below, isShared);
    if (typeof found !== 'string') return { ...found, base };
    reason ||= found; // the farthest value says most
  }
  return reason;
}

/** The most values that are tried. */
const MOST_BASES = 16;

/** The values from which the elements of x may come, the farthest first. */
export function basesOf(context: Context, x: string): string[] {
  return valuesBelow(context, x).reverse().slice(0, MOST_BASES);
}

/**
 * x, and the values whose elements it has, in its order or another; the nearest first. If x is of
 * float16, they may have more digits, which its results do not have.
 */
export function valuesBelow(context: Context, x: string): string[] {
  const { graph } = context;
  const passed = new Set(['same', 'move', ...(floatTypeOf(context, x) === 'float16' ? ['round'] : [])]);
  const found = [x];
  for (let each = x; found.length < MOST_STEPS; found.push(each)) {
    const step = stepOf(graph, each);
    const node = standardProducer(graph, each);
    const next = step !== undefined && passed.has(step.kind) ? step.source : node?.opType === 'Concat' ? node.input[0] : undefined;
    if (next === undefined) break;
    each = next;
  }
  return found;
}

const MOST_STEPS = 200;

function windowsFrom(context: Context, base: string, above: NodeProto, below: NodeProto | undefined, isShared: boolean): Gathered | string {
  const sums = tried(context, base, (valueAt, shape) => sumsFor(valueAt, shape, above, below, isShared));
  return typeof sums === 'string' ? sums : gatheredWindows(sums);
}

/**
 * What is found out in a trial of each shape of the input, in at least two where sizes are dynamic;
 * or why it is not.
 */
export function tried<T>(
  context: Context,
  base: string,
  find: (valueAt: Trial['valueAt'], shape: readonly number[]) => T,
): readonly T[] | string {
  const all: T[] = [];
  const compared: Comparisons[] = [];
  let reason = 'its windows do not fit any size of the input';
  const shapes = trialShapes(context, base);
  for (const shape of shapes) {
    const own: Comparisons = new Map();
    try {
      all.push(find(trialOf(context, base, shape, own), shape));
      compared.push(own);
    } catch (error) {
      if (!(error instanceof NotFollowed)) throw error;
      reason = error.message;
    }
  }
  return all.length < (shapes.length === 1 ? 1 : 2) ? reason : (untriedSide(compared) ?? all);
}

/** Sizes of batch, channels and spatial axes that are tried where they are dynamic. */
const TRIED_SIZES = [
  [2, 3, 24, 36, 12],
  [1, 2, 36, 24, 24],
  [2, 3, 25, 37, 13],
  [1, 2, 26, 35, 15],
  [2, 3, 27, 39, 14],
] as const;

/** Shapes of the input to try: those that the model states, and several if sizes are dynamic. */
function trialShapes(context: Context, base: string): number[][] {
  const stated = context.shapeOf(base);
  const rank = stated?.length ?? (isGathered(context, base) ? 0 : USUAL_RANK);
  if (rank < 3 || rank > 5) return [];
  const shapes = TRIED_SIZES.map((sizes) =>
    sizes.slice(0, rank).map((size, axis) => {
      const known = stated?.[axis];
      return typeof known === 'number' && known > 0 ? known : size;
    }),
  );
  return [...new Map(shapes.map((shape) => [shape.join(), shape])).values()];
}

/** The number of axes of images, for values of which nothing is known. */
const USUAL_RANK = 4;

/** Whether a value is gathered from others. It may have more axes than images, or fewer. */
function isGathered({ graph }: Context, name: string): boolean {
  const opType = standardProducer(graph, name)?.opType ?? '';
  return MOVEMENTS.has(opType) || opType === 'Concat';
}

function sumsFor(
  valueAt: Trial['valueAt'],
  input: readonly number[],
  above: NodeProto,
  below: NodeProto | undefined,
  isShared: boolean,
): Sums {
  const weighted = valueAt(above.input[0] ?? '');
  if (weighted.kind !== 'product') throw new NotFollowed('it does not sum inputs times their weights');
  if (weighted.isShared !== isShared) throw new NotFollowed('its weights are not sums over the channels of the same positions');
  const axes = axesIn({ valueAt }, above, weighted.shape.length);
  const sums = summed(weighted, axes, keepsAxes(above));
  const shifts = shiftsIn(weighted, axes);
  if (below === undefined) {
    checkSoftmax(weighted, axes);
  } else {
    const weights = valueAt(below.input[0] ?? '');
    if (weights.kind !== 'weight') throw new NotFollowed('its denominator does not sum weights');
    const otherAxes = axesIn({ valueAt }, below, weights.shape.length);
    const others = summed(weights, otherAxes, keepsAxes(below));
    const at = broadcastPositions(others.output, sums.output);
    const weightOf = (position: number): number => (weights.isShared ? inFirstChannel(position, input) : position);
    const { taps } = sums;
    const isSame =
      taps === others.taps &&
      at?.every((other, i) => {
        for (let k = 0; k < taps; k++)
          if (weightOf(sums.positions[i * taps + k] as number) !== others.positions[other * taps + k]) return false;
        return true;
      });
    if (at === undefined || !isSame) throw new NotFollowed('the windows of the numerator and the denominator differ');
    const theirs = shiftsIn(weights, otherAxes);
    if (at.some((other, i) => shifts?.[i] !== theirs?.[other])) throw new NotFollowed(OTHER_SHIFTS);
  }
  return { input, ...sums };
}

/** The positions that are summed along axes. */
function summed({ shape, data }: TrialValue, axes: readonly number[], keeps: boolean): Pick<Sums, 'output' | 'taps' | 'positions'> {
  const output = reducedShape(shape, axes, keeps);
  const taps = product(axes.map((axis) => shape[axis] ?? 1));
  const positions = new Int32Array(data.length);
  const filled = new Int32Array(product(output));
  for (const [i, group] of groupsOf(shape, axes).entries()) {
    const k = filled[group] as number;
    positions[group * taps + k] = data[i] as number;
    filled[group] = k + 1;
  }
  return { output, taps, positions };
}

/** Why sums whose exponents are shifted differently are not soft pooling. */
export const OTHER_SHIFTS = 'its exponents subtract different values from x in the numerator and the denominator';

/**
 * What is subtracted in each sum, if something is. Throws unless it is the same for all of its
 * elements.
 */
function shiftsIn({ shape, data, shifts }: TrialValue, axes: readonly number[]): readonly (number | undefined)[] | undefined {
  if (shifts === undefined) return undefined;
  const found: (number | undefined)[] = [];
  for (const [i, group] of groupsOf(shape, axes).entries()) {
    const own = data[i] === ABSENT ? undefined : shifts[i];
    if (own !== undefined && found[group] !== undefined && found[group] !== own) throw new NotFollowed(SHIFTS_DIFFER);
    found[group] ??= own;
  }
  return found;
}

/** Throws unless the elements that are summed are those of one softmax. */
function checkSoftmax({ shape, groups, groupSize }: TrialValue, axes: readonly number[]): void {
  const sums = groupsOf(shape, axes);
  const softmaxOf = new Map<number, number>();
  const isSame = sums.every((sum, i) => {
    const own = groups?.[i] === ABSENT ? undefined : groups?.[i];
    const known = softmaxOf.get(sum) ?? own;
    if (own !== undefined && known !== undefined) softmaxOf.set(sum, known);
    return own !== undefined && known === own;
  });
  const isWhole = new Set(softmaxOf.values()).size === softmaxOf.size && groupSize === product(axes.map((axis) => shape[axis] ?? 1));
  if (!isSame || !isWhole) throw new NotFollowed('its softmax runs over other elements than its sum');
}
