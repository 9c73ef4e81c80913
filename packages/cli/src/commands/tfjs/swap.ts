/** Runs `softpool tfjs swap`: reads a saved model, replaces its pooling, writes it with its weights into a folder. */
import { join } from 'node:path';
import type { PoolingChange, PoolingKind, PoolingTarget, SwapPoolingOptions } from '@softpool/tfjs';
import { problem } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { writeFolder } from '../../shared/files/write-folder.ts';
import { printable } from '../../shared/text.ts';
import { readModel, type SavedModel } from './model-files.ts';
import { changesTable, jsonReport } from './report.ts';

/** What commander makes of the arguments. */
export interface SwapFlags {
  readonly output: string;
  readonly from: readonly PoolingKind[];
  readonly to: PoolingTarget;
  readonly where?: readonly string[];
  readonly window: NonNullable<SwapPoolingOptions['window']>;
  readonly global?: boolean;
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly gradient?: NonNullable<SwapPoolingOptions['gradient']>;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit status. Rejects, and leaves nothing behind, if it cannot be done. */
export async function runSwap(path: string, flags: SwapFlags): Promise<number> {
  checkFlags(flags);
  const { name, model, shards } = await readModel(path);
  const { modelJson, report } = await replaced(path, model, flags);
  const count = report.filter(({ action }) => action === 'replaced').length;
  if (count === 0) throw new Error(`${printable(path)}: nothing to replace: ${whyNothing(report)}`);
  const files = [...shards, { path: name, text: JSON.stringify(modelJson) }]; // last, so that it never names what is not there
  await writeFolder(flags.output, files, { force: flags.force === true });
  const output = join(flags.output, name);
  if (flags.json) {
    process.stdout.write(`${jsonReport({ input: path, output, replaced: count, changes: report })}\n`);
  } else {
    process.stdout.write(`${changesTable(report)}\n`);
    process.stderr.write(
      `${printable(path)} → ${printable(output)}, with ${shards.length} ${shards.length === 1 ? 'file' : 'files'} of weights\n`,
    );
  }
  return EXIT.ok;
}

function checkFlags({ from, to, beta, poolWeights, gradient, output }: SwapFlags): void {
  if (output === '') throw new UsageError('-o is empty; give it a folder, which may be .');
  if (from.includes(to)) throw new UsageError(`--from and --to are both ${to}`);
  const [given] = Object.entries({ beta, poolWeights, gradient }).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined && to !== 'soft') throw new UsageError(`--${given} belongs to --to soft`);
}

async function replaced(path: string, model: SavedModel, flags: SwapFlags) {
  const { from, to, where, window, global, beta, poolWeights: weights, gradient } = flags;
  // Not before they are needed: TensorFlow.js takes longer to start than all the rest.
  const [{ swapPoolingInTopology }, tf] = await Promise.all([
    import('@softpool/tfjs'),
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-cpu'),
  ]);
  tf.enableProdMode(); // or it advises Node's users on standard error to install another package
  try {
    return await swapPoolingInTopology(model, {
      from: global ? from.flatMap((kind) => [kind, GLOBAL[kind] ?? kind]) : from,
      to,
      where,
      window,
      beta,
      gradient,
      weights,
    });
  } catch (error) {
    throw new Error(`${printable(path)}: ${problem(error)}`, { cause: error });
  }
}

const GLOBAL: Readonly<Record<string, PoolingKind>> = { max: 'globalMax', average: 'globalAverage', soft: 'globalSoft' };

function whyNothing(report: readonly PoolingChange[]): string {
  const [first] = report;
  if (first === undefined) return 'the model has no pooling';
  const others = report.length > 1 ? `, and ${report.length - 1} more` : '';
  return `${printable(first.path)}, ${first.from}, was ${first.action} (${first.reason})${others}`;
}
