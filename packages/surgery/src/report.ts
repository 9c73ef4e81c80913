/** The report of surgery: a line per pooling, for people and for programs. */
import type { Decision } from './decide.ts';
import type { CheckedSwapOptions } from './options.ts';
import { kindAfter, type PoolingInfo } from './pooling.ts';
import { poolingInWords, shapeInWords } from './words.ts';

/** What happened to one pooling of a model, or to the zero padding before one. */
export interface PoolingChange extends Pick<PoolingInfo, 'name' | 'path' | 'type' | 'outputShape'> {
  /** The number of the pooling, as in {@link PoolingInfo}; `undefined` for zero padding. */
  readonly index: number | undefined;
  /** `'kept'`: it was not selected. `'refused'`: it was selected but cannot be replaced. */
  readonly action: 'replaced' | 'kept' | 'refused';
  /** What it was, e.g. `'max 3×3/2 pad 1'`. */
  readonly before: string;
  /** What it is now, e.g. `'soft 2×2/2, ceil'`. */
  readonly after: string;
  /** Why it was replaced in this way, kept or refused. */
  readonly reason: string;
}

/** A table of texts. */
export interface TextTable {
  /** The titles of its columns. */
  readonly head: readonly string[];
  /**
   * Its rows, with a cell per column. Names in them come from the model and may hold any character.
   */
  readonly rows: readonly (readonly string[])[];
}

/**
 * The line of the report for a pooling.
 *
 * @param info - The pooling before the change.
 * @param decision - What was decided about it.
 * @param options - Checked options.
 * @example
 * ```ts
 * const info = { index: 0, name: 'head', path: 'head', type: 'GlobalMaxPool', kind: 'globalMax', window: undefined } as const;
 * const unknown = { operator: undefined, elementType: undefined, inputShape: undefined, outputShape: undefined, obstacle: undefined };
 * const options = checkSwapOptions('swapPooling', { from: 'globalMax' }, { keys: ['from'], targets: ['soft'] });
 * const decision = { action: 'replaced', reason: 'selected by `from`', window: undefined, dropsZeros: false } as const;
 * changeOf({ ...info, ...unknown }, decision, options).after; // 'global soft'
 * ```
 */
export function changeOf(info: PoolingInfo, decision: Decision, options: CheckedSwapOptions): PoolingChange {
  const { to, operator } = options;
  const { index, name, path, type, kind, outputShape } = info;
  const { action, reason } = decision;
  const before = poolingInWords(info);
  const replacedBy = (window: PoolingInfo['window']): string =>
    poolingInWords({ kind: kindAfter(kind, to), window, operator: to === 'soft' ? operator : undefined });
  const after = action === 'replaced' ? replacedBy(decision.window) : before;
  return { index, name, path, type, action, before, after, reason, outputShape };
}

/**
 * Why surgery replaced nothing.
 *
 * @param report - The report, without a pooling that was replaced.
 * @returns One line, which names the first pooling that was refused or kept.
 * @example
 * ```ts
 * whyUnchanged([]); // 'the model has no pooling'
 * ```
 */
export function whyUnchanged(report: readonly PoolingChange[]): string {
  const first = report.find(({ action }) => action === 'refused') ?? report[0];
  if (first === undefined) return 'the model has no pooling';
  const others = report.length > 1 ? `, and ${report.length - 1} more` : '';
  return `${first.path}, ${first.before}, was ${first.action} (${first.reason})${others}`;
}

/**
 * A report as a table.
 *
 * @param report - What surgery did.
 * @returns A row per change.
 * @example
 * ```ts
 * changesTable([]).head; // ['name', 'before', 'after', 'output', 'reason']
 * ```
 */
export function changesTable(report: readonly PoolingChange[]): TextTable {
  return {
    head: ['name', 'before', 'after', 'output', 'reason'],
    rows: report.map(({ path, action, before, after, reason, outputShape }) => [
      path,
      before,
      action === 'replaced' ? after : action,
      shapeInWords(outputShape),
      reason,
    ]),
  };
}

/**
 * The poolings of a model as a table.
 *
 * @param poolings - What `inspectPooling` found.
 * @returns A row per pooling, which also says whether it can be replaced.
 * @example
 * ```ts
 * poolingsTable([]).head; // ['', 'name', 'pooling', 'type', 'output', 'replaceable']
 * ```
 */
export function poolingsTable(poolings: readonly PoolingInfo[]): TextTable {
  return {
    head: ['', 'name', 'pooling', 'type', 'output', 'replaceable'],
    rows: poolings.map((pooling) => [
      String(pooling.index),
      pooling.path,
      poolingInWords(pooling),
      pooling.elementType ?? '',
      shapeInWords(pooling.outputShape),
      pooling.obstacle ?? 'yes',
    ]),
  };
}
