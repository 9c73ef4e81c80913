/**
 * Variants of a model: files that hold the same network in other numbers, such as
 * `model_fp16.onnx` and `model_quantized.onnx` beside `model.onnx`.
 */
import { type PoolingChange, whyUnchanged } from '@softpool/surgery';
import { printable } from '../../shared/text.ts';
import { type FileReport, replacedIn } from './swapped.ts';

/** The ends of the names that transformers.js 4.3 gives to variants. */
const ENDING = /_(?:fp16|u?int8|quantized|q[124](?:f16)?|bnb4)(?=\.onnx$)/i;

/** Throws unless the same poolings became the same in all variants of each model. */
export function refuseUnlikeVariants(folder: string, reports: readonly Required<FileReport>[]): void {
  const models = new Map<string, Required<FileReport>[]>();
  for (const report of reports) {
    const name = report.file.replace(ENDING, '');
    models.set(name, [...(models.get(name) ?? []), report]);
  }
  for (const variants of models.values()) refuseUnlike(folder, variants);
}

function refuseUnlike(folder: string, variants: readonly Required<FileReport>[]): void {
  // The one with the most replaced poolings is the measure: another lacks what it has.
  const [first, ...others] = [...variants].sort((a, b) => replacedIn(b.changes) - replacedIn(a.changes));
  if (first === undefined) return;
  const unlike = others.find(({ changes }) => replacements(changes) !== replacements(first.changes));
  if (unlike === undefined) return;
  throw new Error(
    `${printable(folder)}: ${printable(unlike.file)} cannot be swapped as ${printable(first.file)} is: ${printable(difference(unlike, first))}`,
  );
}

/** What was replaced by what, in the order of the model. */
function replacements(changes: readonly PoolingChange[]): string {
  return changes
    .filter(({ action }) => action === 'replaced')
    .map(({ before, after }) => `${before} → ${after}`)
    .join(', ');
}

function difference({ changes }: FileReport, first: FileReport): string {
  if (replacedIn(changes) === 0 || changes.some(({ action }) => action === 'refused')) return whyUnchanged(changes);
  return `${replacements(changes)} in place of ${replacements(first.changes)}`;
}
