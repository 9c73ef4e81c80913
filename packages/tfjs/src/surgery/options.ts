/** What to replace, and by what: the options of all surgery, and their check. */
import type { Gradient, Weights } from 'softpool';
import { oneOf } from '../layers/soft-pooling.ts';
import { shown } from '../ops/windows.ts';
import { DEFAULT_OPERATOR, type PoolingInfo, type PoolingKind, type SoftOperator } from './poolings.ts';

/** Which poolings are replaced, and by what. */
export interface ReplacePoolingOptions {
  /** The kinds that are replaced. Default `'max'`. */
  readonly from?: PoolingKind | readonly PoolingKind[] | undefined;
  /** The kind that takes their place. Default `'soft'`. */
  readonly to?: PoolingKind | undefined;
  /** Of those kinds only these, by name or path, or those for which it returns `true`. Default: all. */
  readonly where?: readonly string[] | ((pooling: PoolingInfo) => boolean) | undefined;
  /**
   * `'paper'` (default): where max pooling 3×3/2 becomes soft pooling, its window becomes the 2×2/2 that the networks of the paper's code have, if
   * outputs keep their size whatever the input's. `'same'`: windows are kept.
   */
  readonly window?: 'paper' | 'same' | undefined;
  /** Whether global pooling of those kinds is replaced too. Default `false`: the paper keeps it. */
  readonly global?: boolean | undefined;
  /** Sharpness β ≥ 0 of the soft pooling. Default 1. */
  readonly beta?: number | undefined;
  /** `'perChannel'` (default) or `'shared'`: one weight per position for all channels. */
  readonly weights?: Weights | undefined;
  /** `'weights'` (default), the paper's, or `'exact'`. */
  readonly gradient?: Gradient | undefined;
}

/** The options, all given. */
export interface Plan {
  /** Whose options they are, for messages. */
  readonly call: string;
  readonly from: readonly PoolingKind[];
  readonly to: PoolingKind;
  readonly where: readonly string[] | ((pooling: PoolingInfo) => boolean) | undefined;
  readonly window: 'paper' | 'same';
  readonly global: boolean;
  readonly operator: SoftOperator;
}

const KINDS: readonly PoolingKind[] = ['max', 'average', 'soft'];

/** The options with their defaults. Throws a TypeError or RangeError that names the option, what was expected and what came. */
export function planOf(call: string, options: ReplacePoolingOptions): Plan {
  const { from = 'max', to = 'soft', where, window = 'paper', global = false, beta, weights, gradient, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new TypeError(`${call}: options.${name} is not an option of this function`);
  const kinds = typeof from === 'string' ? [from] : from;
  if (!Array.isArray(kinds) || kinds.length === 0) {
    throw new TypeError(`${call}: options.from must be a kind of pooling, or several, received ${shown(from)}`);
  }
  for (const kind of kinds) oneOf(call, 'options.from', kind, KINDS);
  oneOf(call, 'options.to', to, KINDS);
  oneOf(call, 'options.window', window, ['paper', 'same']);
  oneOf(call, 'options.global', global, [true, false]);
  if (kinds.includes(to)) throw new RangeError(`${call}: options.from must not contain options.to, received ${shown(to)} for both`);
  checkWhere(call, where);
  checkOperator(call, to, { beta, weights, gradient });
  const operator = {
    beta: beta ?? DEFAULT_OPERATOR.beta,
    weights: weights ?? DEFAULT_OPERATOR.weights,
    gradient: gradient ?? DEFAULT_OPERATOR.gradient,
  };
  return { call, from: kinds, to, where, window, global, operator };
}

function checkWhere(call: string, where: ReplacePoolingOptions['where']): void {
  if (where === undefined || typeof where === 'function') return;
  if (!Array.isArray(where) || !where.every((name) => typeof name === 'string')) {
    throw new TypeError(`${call}: options.where must be names of poolings, or a function, received ${shown(where)}`);
  }
}

function checkOperator(call: string, to: PoolingKind, operator: Pick<ReplacePoolingOptions, 'beta' | 'weights' | 'gradient'>): void {
  const { beta, weights, gradient } = operator;
  const [given] = Object.entries(operator).find(([, value]) => value !== undefined) ?? [];
  if (to !== 'soft' && given !== undefined) {
    throw new RangeError(`${call}: options.${given} belongs to soft pooling, but options.to is ${shown(to)}`);
  }
  if (beta !== undefined && !(Number.isFinite(beta) && beta >= 0)) {
    throw new RangeError(`${call}: options.beta must be a finite number ≥ 0, received ${shown(beta)}`);
  }
  if (weights !== undefined) oneOf(call, 'options.weights', weights, ['perChannel', 'shared']);
  if (gradient !== undefined) oneOf(call, 'options.gradient', gradient, ['weights', 'exact']);
}
