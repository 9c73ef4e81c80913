/** What becomes of each pooling of a model, and why: the one rule for layers and for the nodes of graphs. */
import { shown } from '../ops/windows.ts';
import type { Plan } from './options.ts';
import { inWords, type PoolingInfo, type PoolingWindow, type SoftOperator, windowInWords } from './poolings.ts';

/** What was done about one layer of a model, or one node of a graph. */
export interface PoolingChange {
  /** Its name behind those of the models and wrappers that it is in, as in `'block/pool1'`; of a graph model, the name of the node. */
  readonly layer: string;
  /** Its class, as in `'MaxPooling2D'`, or its op, as in `'MaxPool'`, before the change. */
  readonly className: string;
  /** What became of it. */
  readonly action: 'replaced' | 'kept';
  /** What it was: `'max 3×3/2 same'`. */
  readonly from: string;
  /** What it is: `'soft 2×2/2 same'`. */
  readonly to: string;
  /** Why it was replaced in this way, or kept. */
  readonly reason: string;
  /** The shape of its output, as {@link PoolingInfo} has it. */
  readonly outputShape: PoolingInfo['outputShape'];
}

/** A pooling where it stands. */
export interface PoolingSite {
  readonly info: PoolingInfo;
  /** The operator it has, if it is soft. */
  readonly operator?: SoftOperator | undefined;
  /** Zero padding that is a layer or a node of its own, right before it. */
  readonly zeros?: ZerosBefore | undefined;
  /** Why it cannot become another kind, if it cannot. */
  readonly obstacle?: string | undefined;
}

/** Zeros that another layer puts around the input of a pooling. To max pooling behind a ReLU they are nothing, to soft pooling inputs. */
export interface ZerosBefore {
  /** The name of that layer. */
  readonly name: string;
  /** How many, before and after each spatial axis; `undefined`, if it must be left as it is, or is not known. */
  readonly around: readonly (readonly [before: number, after: number])[] | undefined;
}

/** What becomes of a pooling. */
export type Decision =
  | { readonly action: 'kept'; readonly reason: string }
  | { readonly action: 'replaced'; readonly reason: string; readonly window: PoolingWindow | undefined; readonly dropsZeros: boolean };

/** Throws a RangeError if `where` names a pooling that there is not. */
export function checkNames({ call, where }: Plan, poolings: readonly PoolingInfo[]): void {
  if (where === undefined || typeof where === 'function') return;
  where.forEach((wanted, index) => {
    if (poolings.some(({ name, path }) => wanted === name || wanted === path)) return;
    const there = poolings.length === 0 ? 'the model has none' : `there are ${poolings.map(({ path }) => path).join(', ')}`;
    throw new RangeError(`${call}: options.where[${index}] must be the name of a pooling, received ${shown(wanted)}; ${there}`);
  });
}

/** Decides about one pooling. */
export function decide(site: PoolingSite, plan: Plan): Decision {
  const { info, zeros, obstacle } = site;
  const { window } = info;
  const whyKept = reasonToKeep(info, plan) ?? obstacle;
  if (whyKept !== undefined) return { action: 'kept', reason: whyKept };
  const withWindow = (reason: string): Decision => {
    const zerosCount = zeros !== undefined && info.kind === 'max' ? `; the zeros of ${zeros.name} count in it` : '';
    return { action: 'replaced', window, dropsZeros: false, reason: `${reason}${zerosCount}` };
  };
  if (window === undefined) return withWindow('global pooling was asked for');
  if (plan.window === 'same' || plan.to !== 'soft' || info.kind !== 'max' || !isThreeByTwo(window)) return withWindow('same window');
  const smaller = paperWindow(window, zeros);
  if (smaller === undefined) {
    return withWindow(`same window: ${windowInWords({ ...window, size: halved(window) })} would not keep every size`);
  }
  const dropsZeros = window.padding === 'valid';
  const without = dropsZeros ? ` without the zeros of ${zeros?.name}` : '';
  return { action: 'replaced', window: smaller, dropsZeros, reason: `${windowInWords(smaller)} as in the paper${without}: same size` };
}

/** The line of the report for a pooling. */
export function changeOf({ info, operator }: PoolingSite, decision: Decision, plan: Plan): PoolingChange {
  const { path, className, kind, window, outputShape } = info;
  const from = inWords(kind, window, operator);
  const to = decision.action === 'kept' ? from : inWords(plan.to, decision.window, plan.operator);
  return { layer: path, className, action: decision.action, from, to, reason: decision.reason, outputShape };
}

function reasonToKeep(info: PoolingInfo, { from, to, global, where }: Plan): string | undefined {
  if (info.kind === to) return `is ${to} pooling`;
  if (!from.includes(info.kind)) return `only ${from.join(' and ')} pooling was to be replaced`;
  if (info.window === undefined && !global) return 'global pooling is replaced only if asked for';
  if (where === undefined) return undefined;
  const isWanted = typeof where === 'function' ? where(info) : where.includes(info.name) || where.includes(info.path);
  return isWanted ? undefined : 'left out by `where`';
}

/** Windows of 3 in steps of 2, on some axes; others may be untouched. */
function isThreeByTwo({ size, strides }: PoolingWindow): boolean {
  const isOn = (axis: number): boolean => size[axis] === 3 && strides[axis] === 2;
  return size.some((_, axis) => isOn(axis)) && size.every((length, axis) => isOn(axis) || (length === 1 && strides[axis] === 1));
}

/**
 * The window of 2 in steps of 2 with as many outputs, for every input size n. `same` has ⌈n/2⌉ with either window. `valid` behind zeros has
 * ⌊(n + zeros − 3)/2⌋ + 1 with 3: that is ⌈n/2⌉ if there is one zero at each end, and ⌊n/2⌋, as `valid` has with 2, if there is one in all. Without
 * zeros it is ⌈n/2⌉ − 1, and 2 would have one more where n is even.
 */
function paperWindow(window: PoolingWindow, zeros: ZerosBefore | undefined): PoolingWindow | undefined {
  const smaller = (padding: 'same' | 'valid'): PoolingWindow => ({ size: halved(window), strides: window.strides, padding });
  if (window.padding === 'same') return smaller('same');
  if (window.padding === 'explicit' || zeros?.around === undefined) return undefined;
  const { around } = zeros;
  const isPadded = (pooledAxis: (before: number, after: number) => boolean): boolean =>
    around.every(([before, after], axis) => (window.size[axis] === 3 ? pooledAxis(before, after) : before + after === 0));
  if (isPadded((before, after) => before === 1 && after === 1)) return smaller('same');
  return isPadded((before, after) => before + after === 1) ? smaller('valid') : undefined;
}

function halved({ size }: PoolingWindow): number[] {
  return size.map((length) => (length === 3 ? 2 : length));
}
