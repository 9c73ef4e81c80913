/** Runs `softpool onnx swap`: reads a model, replaces its pooling, writes it. */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type PoolingChange, type PoolingKind, type SwapPoolingOptions, swapPooling } from '@softpool/onnx';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { writeAtomic } from '../../shared/files/write-file.ts';
import { printable } from '../../shared/text.ts';
import { about, readModel } from './model-files.ts';
import { changesTable } from './report.ts';

/** What commander makes of the arguments. */
export interface SwapFlags {
  readonly output: string;
  readonly from: readonly PoolingKind[];
  readonly where?: readonly string[];
  readonly kernel: NonNullable<SwapPoolingOptions['window']>;
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly inline?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit status. Rejects, and leaves nothing behind, if it cannot be done. */
export async function runSwap(path: string, flags: SwapFlags): Promise<number> {
  const { output, from, where, kernel, beta, poolWeights: weights, inline } = flags;
  if (output === '') throw new UsageError('-o is empty; give it a file');
  const { bytes, files } = await readModel(path);
  if (files.length > 0) await checkFolder(path, output, files);
  const { model, report } = about(path, () =>
    swapPooling(bytes, {
      from,
      where: where?.map((name) => (/^\d+$/.test(name) ? Number(name) : name)),
      window: kernel,
      beta,
      weights,
      inline,
    }),
  );
  const replaced = report.filter(({ action }) => action === 'replaced').length;
  if (replaced === 0) throw new Error(`${printable(path)}: nothing to replace: ${whyNothing(report)}`);
  await writeAtomic(output, model, { force: flags.force === true });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ input: path, output, replaced, changes: report }, null, 2)}\n`);
  } else {
    process.stdout.write(`${changesTable(report)}\n`);
    process.stderr.write(`${printable(path)} → ${printable(output)}\n`);
  }
  return EXIT.ok;
}

/** The new model names the same files of weights, which are not copied: they may be larger than the disk has room for. */
async function checkFolder(path: string, output: string, [file = '']: readonly string[]): Promise<void> {
  const [here, there] = await Promise.all([path, output].map((each) => realpath(dirname(each)).catch(() => undefined)));
  if (here === there) return;
  throw new Error(
    `${printable(path)}: its weights are in ${printable(file)} beside it, and are not copied: give -o a file in the same folder`,
  );
}

function whyNothing(report: readonly PoolingChange[]): string {
  const [first] = report.toSorted((a, b) => Number(b.action === 'refused') - Number(a.action === 'refused'));
  if (first === undefined) return 'the model has no pooling';
  const others = report.length > 1 ? `, and ${report.length - 1} more` : '';
  return `${printable(first.path)}, ${first.from}, was ${first.action} (${first.reason})${others}`;
}
