/** Sums along axes of gathered elements, as windows of the value that they are gathered from. */
import type { NodeProto } from 'onnx-buf';
import type { Context } from './context.ts';
import { type Gathered, gatheredWindows, type Sums } from './gathered-windows.ts';
import { product } from './movement.ts';
import { axesOf, keepsAxes } from './reductions.ts';
import { standardProducer, stepOf } from './steps.ts';
import { ABSENT, groupsOf, NotFollowed, type TrialValue, trialOf } from './trial.ts';

/** Windows, and the value that they are windows of. */
export interface FollowedSums extends Gathered {
  readonly base: string;
}

/**
 * Finds the windows that `above` sums along axes: elements of `x` times their weights. `below` sums
 * the weights alone; without it they must be a softmax along the same elements.
 */
export function followedSums(context: Context, x: string, above: NodeProto, below: NodeProto | undefined): FollowedSums | string {
  let reason = '';
  for (const base of basesOf(context, x)) {
    const found = windowsFrom(context, base, above, below);
    if (typeof found !== 'string') return { ...found, base };
    reason ||= found; // the farthest value says most
  }
  return reason;
}

/** The most values that are tried. */
const MOST_BASES = 16;

/** The values from which the elements of x may come, the farthest first. */
export function basesOf({ graph }: Context, x: string): string[] {
  const bases = [x];
  for (let [each, count] = [x, 0]; count < MOST_STEPS; count++) {
    const step = stepOf(graph, each);
    const node = standardProducer(graph, each);
    const next = step?.kind === 'same' || step?.kind === 'move' ? step.source : node?.opType === 'Concat' ? node.input[0] : undefined;
    if (next === undefined) break;
    each = next;
    if (step?.kind !== 'same') bases.unshift(each);
  }
  return bases.slice(0, MOST_BASES);
}

const MOST_STEPS = 200;

function windowsFrom(context: Context, base: string, above: NodeProto, below: NodeProto | undefined): Gathered | string {
  const all: Sums[] = [];
  let reason = 'its windows do not fit any size of the input';
  for (const shape of trialShapes(context, base)) {
    try {
      all.push(sumsFor(context, base, shape, above, below));
    } catch (error) {
      if (!(error instanceof NotFollowed)) throw error;
      reason = error.message;
    }
  }
  const isStatic = trialShapes(context, base).length === 1;
  return all.length >= (isStatic ? 1 : 2) ? gatheredWindows(all) : reason;
}

/** Sizes of spatial axes that are tried where they are open: multiples of many, and others. */
const OPEN_SIZES = [
  [24, 36, 12],
  [36, 24, 24],
  [25, 37, 13],
  [26, 35, 15],
  [27, 39, 14],
] as const;

/** Shapes of the input to try: those that the model states, and several where sizes are open. */
function trialShapes(context: Context, base: string): number[][] {
  const stated = context.shapeOf(base);
  const ranks = stated === undefined ? [context.rankOf(base) ?? 4] : [stated.length];
  const shapes = ranks.flatMap((rank) =>
    OPEN_SIZES.map((sizes) =>
      Array.from({ length: rank }, (_, axis) => {
        const known = stated?.[axis];
        if (typeof known === 'number' && known > 0) return known;
        return axis === 0 ? 2 : axis === 1 ? 3 : (sizes[(axis - 2) % sizes.length] as number);
      }),
    ),
  );
  return [...new Map(shapes.map((shape) => [shape.join(), shape])).values()].filter(({ length }) => length >= 3 && length <= 5);
}

function sumsFor(context: Context, base: string, input: readonly number[], above: NodeProto, below: NodeProto | undefined): Sums {
  const valueAt = trialOf(context.graph, context.opset, base, input);
  const weighted = valueAt(above.input[0] ?? '');
  if (weighted.kind !== 'product') throw new NotFollowed('it does not sum inputs times their weights');
  const sums = summed(weighted, axesIn(above, weighted, valueAt), keepsAxes(above));
  if (below === undefined) {
    checkSoftmax(weighted, axesIn(above, weighted, valueAt));
  } else {
    const weights = valueAt(below.input[0] ?? '');
    if (weights.kind !== 'weight') throw new NotFollowed('its denominator does not sum weights');
    const others = summed(weights, axesIn(below, weights, valueAt), keepsAxes(below));
    const isSame =
      sums.output.join() === others.output.join() && sums.positions.every((each, i) => each.join() === others.positions[i]?.join());
    if (!isSame) throw new NotFollowed('the windows of the numerator and the denominator differ');
  }
  return { input, ...sums };
}

function axesIn(node: NodeProto, { shape }: TrialValue, valueAt: (name: string) => TrialValue): readonly number[] {
  const axes = axesOf(node, shape.length, (name) => Array.from(valueAt(name).data));
  if (axes === undefined) throw new NotFollowed(`${node.opType} ${node.output[0] ?? ''} sums over axes that are not constant`);
  return axes;
}

/** The positions that are summed along axes. */
function summed({ shape, data }: TrialValue, axes: readonly number[], keeps: boolean): Pick<Sums, 'output' | 'positions'> {
  const groups = groupsOf(shape, axes);
  const output = shape.flatMap((size, at) => (axes.includes(at) ? (keeps ? [1] : []) : [size]));
  const positions: number[][] = Array.from({ length: product(output) }, () => []);
  for (const [i, group] of groups.entries()) positions[group]?.push(data[i] as number);
  return { output, positions };
}

/** Throws unless the elements that are summed are those of one softmax. */
function checkSoftmax({ shape, groups }: TrialValue, axes: readonly number[]): void {
  const sums = groupsOf(shape, axes);
  const softmaxOf = new Map<number, number>();
  const isSame = sums.every((sum, i) => {
    const own = groups?.[i] === ABSENT ? undefined : groups?.[i];
    const known = softmaxOf.get(sum) ?? own;
    if (own !== undefined && known !== undefined) softmaxOf.set(sum, known);
    return own !== undefined && known === own;
  });
  const isWhole = new Set(softmaxOf.values()).size === softmaxOf.size;
  if (!isSame || !isWhole) throw new NotFollowed('its softmax runs over other elements than its sum');
}
