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
  for (const { file, changes } of others) {
    const found = difference(changes, first.changes);
    if (found === undefined) continue;
    throw new Error(`${printable(folder)}: ${printable(file)} cannot be swapped as ${printable(first.file)} is: ${printable(found)}`);
  }
}

/**
 * How the replaced poolings differ; `undefined` if they do not. Variants may have their nodes in
 * any order, so poolings are compared by name if the names are the same, and otherwise in order.
 */
function difference(changes: readonly PoolingChange[], first: readonly PoolingChange[]): string | undefined {
  const [named, others] = [byPath(replaced(changes)), byPath(replaced(first))];
  if (named.length === others.length && named.every(({ path }, i) => path === others[i]?.path)) {
    const unlike = named.findIndex((change, i) => withoutCeil([change]) !== withoutCeil(others.slice(i, i + 1)));
    if (unlike === -1) return undefined;
    const [is, was] = [named, others].map((each) => inWords(each.slice(unlike, unlike + 1)));
    return `${named[unlike]?.path}, ${is} in place of ${was}`;
  }
  if (withoutCeil(replaced(changes)) === withoutCeil(replaced(first))) return undefined;
  if (replacedIn(changes) === 0 || changes.some(({ action }) => action === 'refused')) return whyUnchanged(changes);
  return `${inWords(replaced(changes))} in place of ${inWords(replaced(first))}`;
}

function replaced(changes: readonly PoolingChange[]): readonly PoolingChange[] {
  return changes.filter(({ action }) => action === 'replaced');
}

function byPath(changes: readonly PoolingChange[]): readonly PoolingChange[] {
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function inWords(changes: readonly PoolingChange[]): string {
  return changes.map(({ before, after }) => `${before} → ${after}`).join(', ');
}

/**
 * The changes in words, without ceil mode of the new windows: it comes from the window before. The
 * paper's window also has it where a model does not state that a size is even, with equal results.
 */
function withoutCeil(changes: readonly PoolingChange[]): string {
  return inWords(changes.map((change) => ({ ...change, after: change.after.replace(', ceil', '') })));
}
