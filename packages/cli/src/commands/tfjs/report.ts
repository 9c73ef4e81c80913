/** What `softpool tfjs swap` says of its work: a table for people, JSON for programs. */
import type { PoolingChange } from '@softpool/tfjs';
import { table } from '../../shared/table.ts';

/** A line for each pooling. */
export function changesTable(changes: readonly PoolingChange[]): string {
  const rows = changes.map(({ path, action, from, to, outputShape, reason }) => [
    path,
    from,
    action === 'replaced' ? to : action,
    shapeInWords(outputShape),
    reason,
  ]);
  return table(['layer', 'was', 'is', 'output', 'why'], rows);
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
