/** What `softpool tfjs swap` says of its work: a table for people, JSON for programs. */
import type { PoolingChange } from '@softpool/tfjs';
import Table from 'cli-table3';
import { printable } from '../../shared/text.ts';

/** A line for each pooling. */
export function changesTable(changes: readonly PoolingChange[]): string {
  const table = new Table({ head: ['layer', 'was', 'is', 'output', 'why'], style: { head: [], border: [], compact: true } });
  for (const { path, action, from, to, outputShape, reason } of changes) {
    table.push([printable(path), from, action === 'replaced' ? to : action, shapeInWords(outputShape), printable(reason)]);
  }
  return table.toString();
}

/** Everything, as one JSON document. */
export function jsonReport(done: { input: string; output: string; replaced: number; changes: readonly PoolingChange[] }): string {
  return JSON.stringify(done, null, 2);
}

/** A shape as in `? × 56 × 56 × 64`; nothing, if it is not known. */
function shapeInWords(shape: PoolingChange['outputShape']): string {
  if (shape === undefined) return '';
  const several = shape.filter((size) => Array.isArray(size));
  if (several.length > 0) return several.map(shapeInWords).join(' or ');
  return shape.map((size) => String(size ?? '?')).join(' × ');
}
