/** What `softpool onnx` says of its work, for people. */
import { type PoolingChange, type PoolingInfo, poolingInWords } from '@softpool/onnx';
import Table from 'cli-table3';
import { printable, threeDigits } from '../../shared/text.ts';
import type { Drift } from './drift.ts';

/** A line for each pooling of a model. */
export function poolingsTable(poolings: readonly PoolingInfo[]): string {
  const rows = poolings.map((pooling) => [
    String(pooling.index),
    printable(pooling.path),
    poolingInWords(pooling),
    pooling.elementType ?? '',
    shapeInWords(pooling.outputShape),
    printable(pooling.obstacle ?? 'yes'),
  ]);
  return table(['', 'node', 'pooling', 'type', 'output', 'can be replaced'], rows);
}

/** A line for each pooling, and what became of it. */
export function changesTable(changes: readonly PoolingChange[]): string {
  const rows = changes.map(({ path, action, from, to, outputShape, reason }) => [
    printable(path),
    from,
    action === 'replaced' ? to : action,
    shapeInWords(outputShape),
    printable(reason),
  ]);
  return table(['node', 'was', 'is', 'output', 'why'], rows);
}

/** A line for each output, and how far it is from what it was. */
export function driftsTable(drifts: readonly Drift[]): string {
  const percent = (share: number | null): string => (share === null ? '' : `${threeDigits(100 * share)} %`);
  const rows = drifts.map(({ output, type, shape, shapeAfter, largest, relative, changed, sameTop1 }) => [
    printable(output),
    type,
    shapeInWords(shape),
    shapeAfter === null ? 'is gone' : shapeAfter.join() === shape.join() ? 'the same' : shapeInWords(shapeAfter),
    largest === null ? '' : threeDigits(largest),
    percent(relative),
    percent(changed),
    sameTop1 === null ? '' : `${sameTop1.same} of ${sameTop1.rows}`,
  ]);
  return table(['output', 'type', 'shape', 'and after', 'largest difference', 'rms difference', 'elements changed', 'same top-1'], rows);
}

/** For programs: what JSON has no number for, such as NaN, is a text. */
export function json(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each), 2);
}

/** A table in the manner of all commands. */
export function table(head: string[], rows: readonly string[][]): string {
  const lines = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) lines.push(row);
  return lines.toString();
}

/** A shape as in `N × 64 × 56 × ?`; nothing, if it is not known. */
function shapeInWords(shape: PoolingInfo['outputShape'] | readonly number[]): string {
  return shape === undefined ? '' : printable(shape.map((size) => size ?? '?').join(' × '));
}
