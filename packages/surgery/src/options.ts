/** The options of surgery and their checks. */
import type { Gradient, Weights } from 'softpool';
import { checkKeys, checkOneOf, checkOperator, describe, rangeError, typeError } from 'softpool/internal';
import { OPERATION, POOLING_KINDS, type PoolingInfo, type PoolingKind, type PoolingTarget, type SoftOperator } from './pooling.ts';

/** Which poolings are replaced, and by what. */
export interface SwapPoolingOptions {
  /**
   * The kinds to replace, one or several. Default `'max'`: as in the paper, global pooling stays
   * unless it is named. Required if `to` is `'max'`.
   */
  readonly from?: PoolingKind | readonly PoolingKind[] | undefined;
  /** What they become. Default `'soft'`. */
  readonly to?: PoolingTarget | undefined;
  /**
   * Only these of the selected kinds, by name, path or index, or those for which it returns `true`.
   * Default: all.
   */
  readonly where?: readonly (string | number)[] | ((pooling: PoolingInfo) => boolean) | undefined;
  /**
   * The window of a soft pooling that replaces max pooling 3×3/2. `'paper'` (default): 2×2/2, as
   * in the networks of the paper's code, if outputs keep their size for every input size. `'same'`:
   * the window stays as it is. Only with `to: 'soft'`.
   */
  readonly window?: 'paper' | 'same' | undefined;
  /** Sharpness β ≥ 0. Default 1. Only with `to: 'soft'`, as `weights` and `gradient`. */
  readonly beta?: number | undefined;
  /** `'perChannel'` (default), or `'shared'`: one weight per position for all channels. */
  readonly weights?: Weights | undefined;
  /**
   * The gradient for training: `'weights'` (default), the paper's, or `'exact'`, the true
   * derivative.
   */
  readonly gradient?: Gradient | undefined;
}

/** Checked options, with their defaults filled in. */
export interface CheckedSwapOptions {
  /** The function that was called, for messages. */
  readonly call: string;
  /** The kinds to replace. */
  readonly from: readonly PoolingKind[];
  /** What they become. */
  readonly to: PoolingTarget;
  /** Which of them; all if it is `undefined`. */
  readonly where: SwapPoolingOptions['where'];
  /** The window that replaces 3×3/2. */
  readonly window: 'paper' | 'same';
  /** The operator of soft pooling. */
  readonly operator: SoftOperator;
}

/** What an adapter offers. */
export interface Offered {
  /** The names of its options. */
  readonly keys: readonly string[];
  /** What poolings can become in its format. */
  readonly targets: readonly PoolingTarget[];
}

/**
 * Checks options and fills in their defaults.
 *
 * @param call - The function that was called, for messages.
 * @param options - The options as given. Those that only the adapter knows are left to it.
 * @param offered - What the adapter offers.
 * @throws RangeError or TypeError that names the option, what was expected and what was received.
 * @example
 * ```ts
 * checkSwapOptions('swapPooling', {}, { keys: ['from', 'to'], targets: ['soft'] }).from; // ['max']
 * ```
 */
export function checkSwapOptions(call: string, options: SwapPoolingOptions, offered: Offered): CheckedSwapOptions {
  checkKeys(call, options, offered.keys);
  const { to = 'soft', where, window = 'paper' } = options;
  checkOneOf(call, 'options.to', to, offered.targets);
  if (to === 'max' && options.from === undefined) {
    throw rangeError(call, 'options.from', "given if options.to is 'max': its default is 'max'", undefined);
  }
  const from = kindsOf(call, options.from ?? 'max', to);
  checkWhere(call, where);
  checkOneOf(call, 'options.window', window, ['paper', 'same']);
  if (to !== 'soft') checkNothingSoft(call, options, to);
  return { call, from, to, where, window, operator: checkOperator(call, options) };
}

/**
 * Checks that every name in `where` belongs to a pooling.
 *
 * @param options - Checked options.
 * @param poolings - All poolings of the model.
 * @throws RangeError that names the entry and lists the poolings that the model has.
 * @example
 * ```ts
 * const options = checkSwapOptions('swapPooling', { where: ['pool1'] }, { keys: ['where'], targets: ['soft'] });
 * try {
 *   checkNames(options, []);
 * } catch (error) {
 *   error instanceof RangeError; // true
 * }
 * ```
 */
export function checkNames(options: CheckedSwapOptions, poolings: readonly PoolingInfo[]): void {
  const { call, where } = options;
  if (where === undefined || typeof where === 'function') return;
  where.forEach((wanted, index) => {
    if (poolings.some((pooling) => isNamed(pooling, wanted))) return;
    const more = poolings.length > MOST_NAMES ? `, and ${poolings.length - MOST_NAMES} more` : '';
    const known = `${poolings
      .slice(0, MOST_NAMES)
      .map(({ path }) => path.replaceAll(/\s+/g, ' '))
      .join(', ')}${more}`;
    const hint = known === '' ? '; the model has no pooling' : `; the model has ${known}`;
    throw rangeError(call, `options.where[${index}]`, 'the name, path or index of a pooling', wanted, hint);
  });
}

/** The most poolings that a message lists. */
const MOST_NAMES = 20;

/** Whether `where` selects a pooling. */
export function isSelected({ where }: CheckedSwapOptions, pooling: PoolingInfo): boolean {
  if (where === undefined) return true;
  return typeof where === 'function' ? where(pooling) : where.some((wanted) => isNamed(pooling, wanted));
}

function kindsOf(call: string, from: PoolingKind | readonly PoolingKind[], to: PoolingTarget): readonly PoolingKind[] {
  const kinds: readonly unknown[] = Array.isArray(from) ? from : [from];
  if (kinds.length === 0) throw typeError(call, 'options.from', 'a kind of pooling, or a list of them', from);
  return kinds.map((kind) => {
    checkOneOf(call, 'options.from', kind, POOLING_KINDS);
    if (OPERATION[kind] !== to) return kind;
    throw rangeError(call, 'options.from', `a kind other than options.to, which is ${describe(to)}`, kind);
  });
}

function checkWhere(call: string, where: unknown): void {
  const isList = Array.isArray(where) && where.every((each) => typeof each === 'string' || (Number.isInteger(each) && each >= 0));
  if (where === undefined || typeof where === 'function' || isList) return;
  throw typeError(call, 'options.where', 'a list of names, paths or indices of poolings, or a function', where);
}

function checkNothingSoft(call: string, { window, beta, weights, gradient }: SwapPoolingOptions, to: PoolingTarget): void {
  const [name, value] = Object.entries({ window, beta, weights, gradient }).find(([, given]) => given !== undefined) ?? [];
  if (name === undefined) return;
  throw rangeError(call, `options.${name}`, `left out when options.to is ${describe(to)}`, value, '; only soft pooling has it');
}

/**
 * Whether an entry of `where` names a pooling.
 *
 * @param pooling - An entry of `inspectPooling`.
 * @param wanted - A name, a path or an index.
 * @example
 * ```ts
 * isNamed({ index: 0, name: 'pool', path: 'block/pool' }, 'block/pool'); // true
 * ```
 */
export function isNamed(pooling: Pick<PoolingInfo, 'index' | 'name' | 'path'>, wanted: string | number): boolean {
  return wanted === pooling.index || wanted === pooling.name || wanted === pooling.path;
}
