/** Runs `softpool swap`. */
import { changesTable, whyUnchanged } from '@softpool/surgery';
import { EXIT } from '../../shared/exit-codes.ts';
import { detectModel } from '../../shared/models/detect-model.ts';
import { reportWritten } from '../../shared/report-written.ts';
import { table } from '../../shared/table.ts';
import { json, printable } from '../../shared/text.ts';
import { checkFlags, type SwapFlags } from './flags.ts';
import { swapInOnnx } from './onnx.ts';
import { swapInTensorFlow } from './tensorflow.ts';

export type { SwapFlags } from './flags.ts';

/** Runs the command; resolves to its exit code. If it fails, nothing is written. */
export async function runSwap(path: string, flags: SwapFlags): Promise<number> {
  checkFlags(flags);
  const model = await detectModel(path);
  const swapped = model.kind === 'onnx' ? await swapInOnnx(model.path, flags) : await swapInTensorFlow(model, flags);
  const { report, output, details } = swapped;
  const replaced = report.filter(({ action }) => action === 'replaced').length;
  if (replaced === 0) throw new Error(`${printable(path)}: nothing to replace: ${printable(whyUnchanged(report))}`);
  if (!flags.force) await swapped.refuseExisting();
  if (!flags.dryRun) await swapped.write(flags.force === true);
  if (flags.json) {
    process.stdout.write(`${json({ input: path, output, replaced, changes: report })}\n`);
  } else if (!flags.quiet) {
    const { head, rows } = changesTable(report);
    process.stdout.write(`${table(head, rows)}\n`);
  }
  reportWritten(path, output, details, flags);
  return EXIT.ok;
}
