/** Runs `softpool swap`. */
import { changesTable, whyUnchanged } from '@softpool/surgery';
import { EXIT } from '../../shared/exit-codes.ts';
import { detectModel } from '../../shared/models/detect-model.ts';
import { printJson } from '../../shared/print-json.ts';
import { reportWritten } from '../../shared/report-written.ts';
import { table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';
import { checkFlags, type SwapFlags } from './flags.ts';
import { swapInFolder } from './folder.ts';
import { swapInOnnx } from './onnx.ts';
import { type FileReport, replacedIn, type SwappedModel } from './swapped.ts';
import { swapInTensorFlow } from './tensorflow.ts';

export type { SwapFlags } from './flags.ts';

/** Runs the command; resolves to its exit code. If it fails, nothing is written. */
export async function runSwap(path: string, flags: SwapFlags): Promise<number> {
  checkFlags(flags);
  const swapped = await swap(path, flags);
  const { reports, output, details } = swapped;
  const replaced = replacedIn(reports.flatMap(({ changes }) => changes));
  if (replaced === 0) throw new Error(`${printable(path)}: nothing to replace: ${printable(whyNothing(reports))}`);
  if (!flags.force) await swapped.refuseExisting();
  if (!flags.dryRun) await swapped.write(flags.force === true);
  if (flags.json) {
    printJson({ dryRun: flags.dryRun, input: path, output, replaced, ...changesForJson(reports) });
  } else if (!flags.quiet) {
    process.stdout.write(`${changesForPeople(reports)}\n`);
  }
  reportWritten(path, output, details, flags);
  return EXIT.ok;
}

async function swap(path: string, flags: SwapFlags): Promise<SwappedModel> {
  const model = await detectModel(path);
  if (model.kind === 'onnx') return swapInOnnx(model.path, flags);
  return model.kind === 'huggingFace' ? swapInFolder(path, flags) : swapInTensorFlow(model, flags);
}

/** The reason for the first model that has any pooling. */
function whyNothing(reports: readonly FileReport[]): string {
  const { file, changes } = reports.find((report) => report.changes.length > 0) ?? { changes: [] };
  return `${file === undefined ? '' : `${file}: `}${whyUnchanged(changes)}`;
}

function changesForJson(reports: readonly FileReport[]): object {
  const [first] = reports;
  if (first !== undefined && first.file === undefined) return { changes: first.changes };
  return { models: reports.map(({ file, changes }) => ({ file, replaced: replacedIn(changes), changes })) };
}

/** A table; of a folder, with the file of each pooling. */
function changesForPeople(reports: readonly FileReport[]): string {
  const tables = reports.map(({ file, changes }) => ({ file, ...changesTable(changes) }));
  const head = tables[0]?.head ?? [];
  const hasFiles = tables[0]?.file !== undefined;
  return table(
    hasFiles ? ['file', ...head] : head,
    tables.flatMap(({ file = '', rows }) => rows.map((row) => (hasFiles ? [file, ...row] : row))),
  );
}
