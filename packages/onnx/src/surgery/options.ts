/** What to replace, and by what: the options of the surgery, and their check. */
import type { Weights } from 'softpool';
import { POOLING_OPS, type PoolingInfo, type PoolingOp } from './poolings.ts';

/** Which poolings are replaced, and by what. */
export interface SwapPoolingOptions {
  /** The operators that are replaced. Default `'MaxPool'`; global pooling is kept, as in the paper, unless it is named. */
  readonly from?: PoolingOp | readonly PoolingOp[] | undefined;
  /** Of those only these, by name, path or number, or those for which it returns `true`. Default: all. */
  readonly where?: readonly (string | number)[] | ((pooling: PoolingInfo) => boolean) | undefined;
  /**
   * `'paper'` (default): where max pooling 3×3/2 becomes soft pooling, its window becomes the 2×2/2 that the networks of the paper's code have, if
   * outputs keep their size whatever the input's. `'same'`: windows are kept.
   */
  readonly kernel?: 'paper' | 'same' | undefined;
  /** Sharpness β ≥ 0. Default 1. */
  readonly beta?: number | undefined;
  /** `'perChannel'` (default) or `'shared'`: one weight per position for all channels. */
  readonly weights?: Weights | undefined;
  /**
   * Whether the operators are put in the place of the node, for runtimes without functions. Default `false`: the model gets a function, and nodes that
   * call it; a model of an IR version below 8, which has no functions, gets the operators.
   */
  readonly inline?: boolean | undefined;
}

/** The options, all given. */
export interface Plan {
  readonly call: string;
  readonly from: readonly PoolingOp[];
  readonly where: SwapPoolingOptions['where'];
  readonly kernel: 'paper' | 'same';
  readonly beta: number;
  readonly weights: Weights;
  readonly inline: boolean;
}

/** The options with their defaults. Throws a TypeError or RangeError that names the option, what was expected and what came. */
export function planOf(call: string, options: SwapPoolingOptions): Plan {
  const { from = 'MaxPool', where, kernel = 'paper', beta = 1, weights = 'perChannel', inline = false, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new TypeError(`${call}: options.${name} is not an option of this function`);
  const ops = typeof from === 'string' ? [from] : from;
  if (!Array.isArray(ops) || ops.length === 0) {
    throw new TypeError(`${call}: options.from must be an operator, or several, received ${shown(from)}`);
  }
  for (const op of ops) oneOf(call, 'from', op, POOLING_OPS);
  if (where !== undefined && typeof where !== 'function' && !isListOfNames(where)) {
    throw new TypeError(`${call}: options.where must be names or numbers of poolings, or a function, received ${shown(where)}`);
  }
  oneOf(call, 'kernel', kernel, ['paper', 'same']);
  if (!(Number.isFinite(beta) && beta >= 0))
    throw new RangeError(`${call}: options.beta must be a finite number ≥ 0, received ${shown(beta)}`);
  oneOf(call, 'weights', weights, ['perChannel', 'shared']);
  oneOf(call, 'inline', inline, [true, false]);
  return { call, from: ops, where, kernel, beta, weights, inline };
}

/** Throws a RangeError if `where` names a pooling that there is not. */
export function checkNames({ call, where }: Plan, poolings: readonly PoolingInfo[]): void {
  if (where === undefined || typeof where === 'function') return;
  where.forEach((wanted, at) => {
    if (poolings.some((pooling) => isCalled(pooling, wanted))) return;
    const there = poolings.length === 0 ? 'the model has none' : `there are ${poolings.map(({ path }) => path).join(', ')}`;
    throw new RangeError(`${call}: options.where[${at}] must be the name or number of a pooling, received ${shown(wanted)}; ${there}`);
  });
}

/** Whether `where` has this pooling. */
export function isWanted({ where }: Plan, pooling: PoolingInfo): boolean {
  if (where === undefined) return true;
  return typeof where === 'function' ? where(pooling) : where.some((wanted) => isCalled(pooling, wanted));
}

function isCalled({ index, name, path }: PoolingInfo, wanted: string | number): boolean {
  return wanted === index || wanted === name || wanted === path;
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' || (Number.isInteger(each) && each >= 0));
}

function oneOf(call: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  throw new TypeError(`${call}: options.${name} must be ${allowed.map(shown).join(' or ')}, received ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? 'an object') : String(value);
}
