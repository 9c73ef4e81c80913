/** What an evaluation leaves: a table on standard output, or JSON; a file; a picture. */
import type { ClassResult, EvaluationResult } from '@softpool/training/node';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { right, table } from '../../shared/table.ts';

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
    if (path !== undefined) await refuseExisting(path);
  }
}

/** Prints an evaluation, and writes what is asked for. */
export async function writeOutputs(result: EvaluationResult, flags: OutputFlags): Promise<void> {
  const { confusionChart, encodeEvaluation } = await import('@softpool/training/node');
  const { force = false } = flags;
  const json = encodeEvaluation(result);
  if (flags.output !== undefined) await writeAtomic(flags.output, Buffer.from(json), { force });
  if (flags.confusion !== undefined) {
    const { svg, png } = await confusionChart(result);
    await writeAtomic(flags.confusion, /\.svg$/i.test(flags.confusion) ? Buffer.from(svg) : png, { force });
  }
  process.stdout.write(flags.json ? json : `${inWords(result, flags)}\n`);
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
  const columns = ['class', right('samples'), right('right'), right('top-1'), right('precision')];
  return table(
    columns,
    rows.map(({ name, samples, correct, recall, precision }) => [name, samples, correct, percent(recall), percent(precision)]),
  );
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(2)} %`;
}
