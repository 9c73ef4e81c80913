/** What `softpool onnx` says of its work, for people. */
import { type PoolingChange, type PoolingInfo, poolingInWords } from '@softpool/onnx';
import { table } from '../../shared/table.ts';
import { shapeText, threeDigits } from '../../shared/text.ts';
import type { Drift } from './drift.ts';

const shapeInWords = (shape: PoolingInfo['outputShape'] | readonly number[]): string =>
  shapeText(shape as readonly (number | string | null)[]);

/** A line for each pooling of a model. */
export function poolingsTable(poolings: readonly PoolingInfo[]): string {
  const rows = poolings.map((pooling) => [
    String(pooling.index),
    pooling.path,
    poolingInWords(pooling),
    pooling.elementType ?? '',
    shapeInWords(pooling.outputShape),
    pooling.obstacle ?? 'yes',
  ]);
  return table(['', 'node', 'pooling', 'type', 'output', 'can be replaced'], rows);
}

/** A line for each pooling, and what became of it. */
export function changesTable(changes: readonly PoolingChange[]): string {
  const rows = changes.map(({ path, action, from, to, outputShape, reason }) => [
    path,
    from,
    action === 'replaced' ? to : action,
    shapeInWords(outputShape),
    reason,
  ]);
  return table(['node', 'was', 'is', 'output', 'why'], rows);
}

/** A line for each output, and how far it is from what it was. */
export function driftsTable(drifts: readonly Drift[]): string {
  const percent = (share: number | null): string => (share === null ? '' : `${threeDigits(100 * share)} %`);
  const rows = drifts.map(({ output, type, shape, shapeAfter, largest, relative, changed, sameTop1 }) => [
    output,
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
