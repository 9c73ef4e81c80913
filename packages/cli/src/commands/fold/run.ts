/** Runs `softpool fold`. */
import type { PoolingFold, Target } from '@softpool/onnx';
import { shapeInWords } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { detectModel } from '../../shared/models/detect-model.ts';
import { editableOnnx } from '../../shared/models/editable-onnx.ts';
import { printJson } from '../../shared/print-json.ts';
import { type ReportFlags, reportWritten } from '../../shared/report-written.ts';
import { table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';

/** What commander makes of the arguments. */
export interface FoldFlags extends ReportFlags {
  readonly output: string;
  readonly inline?: boolean;
  readonly for?: Target;
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit code. If it fails, nothing is written. */
export async function runFold(path: string, flags: FoldFlags): Promise<number> {
  const { output, inline, for: target } = flags;
  const { kind, path: file } = await detectModel(path);
  if (kind !== 'onnx') throw new UsageError(`${printable(path)} is not an ONNX model; fold is for ONNX models`);
  const { foldSoftPool } = await import('@softpool/onnx');
  const bytes = await editableOnnx(file, output);
  const { model, report } = await inFile(path, () => foldSoftPool(bytes, { inline, for: target }));
  const folded = report.filter(({ action }) => action === 'folded').length;
  if (folded === 0) throw new Error(`${printable(path)}: nothing to fold: ${printable(whyNothing(report))}`);
  if (!flags.force) await refuseExisting(output);
  if (!flags.dryRun) await writeAtomic(output, model, { force: flags.force === true });
  if (flags.json) printJson({ dryRun: flags.dryRun, input: path, output, folded, changes: report });
  else if (!flags.quiet) process.stdout.write(`${reportTable(report)}\n`);
  reportWritten(path, output, [], flags);
  return EXIT.ok;
}

function whyNothing([first, ...others]: readonly PoolingFold[]): string {
  if (first === undefined) return 'the model has no soft pooling made of exponentials';
  const more = others.length > 0 ? `; and ${others.length} more` : '';
  return `${first.path}, ${first.form}, was refused: ${first.reason}${more}`;
}

function reportTable(report: readonly PoolingFold[]): string {
  return table(
    ['name', 'form', 'after', 'output', 'removed', 'reason'],
    report.map(({ path, action, form, to, removed, reason, outputShape }) => [
      path,
      form,
      action === 'folded' ? to : action,
      shapeInWords(outputShape),
      counted(removed.map(({ type }) => type)),
      reason,
    ]),
  );
}

/** The most operators that the table lists; JSON has all. */
const MOST_TYPES = 8;

/** Operators, each once with its number: `Div, 2 AveragePool, Exp`. */
function counted(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  if (counts.size > MOST_TYPES) return `${types.length} nodes`;
  return Array.from(counts, ([type, count]) => (count === 1 ? type : `${count} ${type}`)).join(', ');
}
