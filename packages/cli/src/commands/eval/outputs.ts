/** What an evaluation leaves: a table on standard output, or JSON; a file; a picture. */
import { stat } from 'node:fs/promises';
import type { ClassResult, EvaluationResult } from '@softpool/training/node';
import Table from 'cli-table3';
import { oneLine, printable } from '../../shared/text.ts';
import { isDevice, writeAtomic } from '../../shared/write-atomic.ts';

/** What is asked for. */
export interface OutputFlags {
  readonly output?: string;
  readonly confusion?: string;
  readonly perClass?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** More classes than these are only listed if they are asked for. */
const FEW_CLASSES = 20;

/** Rejects if a file is in the way, before hours are spent on what would go there. */
export async function refuseExistingOutputs({ output, confusion, force }: OutputFlags): Promise<void> {
  if (force) return;
  for (const path of [output, confusion]) {
    if (path === undefined || (await isDevice(path))) continue;
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new Error(`${printable(path)} is already there; give --force to replace it`);
  }
}

/** Prints an evaluation, and writes what is asked for. */
export async function writeOutputs(result: EvaluationResult, flags: OutputFlags): Promise<void> {
  const { confusionChart, encodeEvaluation } = await import('@softpool/training/node');
  const json = encodeEvaluation(result);
  if (flags.output !== undefined) await write(flags.output, Buffer.from(json), flags);
  if (flags.confusion !== undefined) {
    const { svg, png } = await confusionChart(result);
    await write(flags.confusion, /\.svg$/i.test(flags.confusion) ? Buffer.from(svg) : png, flags);
  }
  process.stdout.write(flags.json ? json : `${inWords(result, flags)}\n`);
}

async function write(path: string, bytes: Uint8Array, { force = false }: OutputFlags): Promise<void> {
  try {
    await writeAtomic(path, bytes, { force });
  } catch (error) {
    throw new Error(`cannot write ${printable(path)}: ${oneLine(error)}`, { cause: error });
  }
}

function inWords(result: EvaluationResult, { perClass = false }: OutputFlags): string {
  const { shard, classes, samples, skipped, top1, top5, loss, seconds } = result;
  const left = skipped.length > 0 ? ` (${skipped.length} corrupt ones left out)` : '';
  const part = shard.count > 1 ? `, part ${shard.index} of ${shard.count}` : '';
  const lines = [
    `samples   ${samples.toLocaleString('en')}${left}${part}`,
    `top-1     ${percent(top1)}`,
    ...(classes.length > 5 ? [`top-5     ${percent(top5)}`] : []),
    `loss      ${Number.isFinite(loss) ? loss.toFixed(4) : 'not finite'}`,
    `speed     ${(samples / seconds).toFixed(1)} images/s, ${seconds.toFixed(1)} s in all`,
  ];
  if (perClass || classes.length <= FEW_CLASSES) lines.push(classTable(result.perClass));
  return lines.join('\n');
}

function classTable(rows: readonly ClassResult[]): string {
  const table = new Table({
    head: ['class', 'samples', 'right', 'top-1', 'precision'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, samples, correct, recall, precision } of rows) {
    table.push([printable(name), samples, correct, percent(recall), percent(precision)]);
  }
  return table.toString();
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(2)} %`;
}
