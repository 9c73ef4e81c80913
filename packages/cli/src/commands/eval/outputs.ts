/** Outputs of an evaluation: a table or JSON on standard output, a file, a chart. */
import type { ClassResult, EvaluationResult } from '@softpool/training/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { realPathOf } from '../../shared/files/real-path.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { sampleWord } from '../../shared/networks/network.ts';
import { printJson } from '../../shared/print-json.ts';
import { right, table } from '../../shared/table.ts';
import { grouped, percent, printable } from '../../shared/text.ts';

/** The output options as commander passes them. */
export interface OutputFlags {
  readonly output?: string;
  readonly confusion?: string;
  readonly perClass?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Up to this many classes, per-class results are printed without --per-class. */
const FEW_CLASSES = 20;

/** Rejects if an output exists, or if two are one file, before hours are spent on them. */
export async function checkOutputs(flags: OutputFlags): Promise<void> {
  const { output, confusion, force } = flags;
  if (output !== undefined && confusion !== undefined && (await realPathOf(output)) === (await realPathOf(confusion))) {
    throw new UsageError(`--output and --confusion are one file, ${printable(confusion)}; give each a file of its own`);
  }
  if (force) return;
  for (const path of outputPaths(flags)) await refuseExisting(path);
}

/** The files that are written. */
export function outputPaths({ output, confusion }: OutputFlags): string[] {
  return [output, confusion].filter((path) => path !== undefined);
}

/** Prints an evaluation, then writes its files, which may fail. */
export async function writeOutputs(result: EvaluationResult, flags: OutputFlags): Promise<void> {
  const { confusionChart, encodeEvaluation } = await import('@softpool/training/node');
  const { output, confusion, force = false } = flags;
  const json = encodeEvaluation(result);
  if (flags.json) process.stdout.write(json);
  else if (!flags.quiet) process.stdout.write(`${resultText(result, flags)}\n`);
  const files: [path: string, bytes: Uint8Array][] = [];
  if (output !== undefined) files.push([output, Buffer.from(json)]);
  if (confusion !== undefined) {
    const { svg, png } = await confusionChart(result);
    files.push([confusion, /\.svg$/i.test(confusion) ? Buffer.from(svg) : png]);
  }
  for (const [path, bytes] of files) await writeAtomic(path, bytes, { force });
}

/** Prints what a dry run would evaluate and write. */
export function printPlan(subject: string, details: object, flags: OutputFlags): void {
  const { json, quiet } = flags;
  const outputs = outputPaths(flags);
  if (json) printJson({ dryRun: true, ...details, outputs });
  else if (!quiet)
    process.stdout.write(`${[subject, ...outputs.map((path) => `→ ${printable(path)}`)].join('\n')} (dry run: nothing was written)\n`);
}

function resultText(result: EvaluationResult, { perClass = false }: OutputFlags): string {
  const { shard, subject, classes, samples, skipped, top1, top5, loss, seconds } = result;
  const corrupt = skipped.length > 0 ? ` (${skipped.length} corrupt, skipped)` : '';
  const which = shard.count > 1 ? `, shard ${shard.index} of ${shard.count}` : '';
  const lines = [
    `samples   ${grouped(samples)}${corrupt}${which}`,
    `top-1     ${percent(top1)}`,
    ...(classes.length > 5 ? [`top-5     ${percent(top5)}`] : []),
    `loss      ${Number.isFinite(loss) ? loss.toFixed(4) : 'not finite'}`,
    `runtime   ${subject.backend.startsWith('onnxruntime') ? 'ONNX Runtime (cpu)' : `TensorFlow.js (${subject.backend})`}`,
    `speed     ${(samples / seconds).toFixed(1)} ${sampleWord(subject.settings.inputSize)}/s, ${seconds.toFixed(1)} s in total`,
  ];
  if (perClass || classes.length <= FEW_CLASSES) lines.push(classTable(result.perClass));
  return lines.join('\n');
}

function classTable(rows: readonly ClassResult[]): string {
  const columns = ['class', right('samples'), right('correct'), right('recall'), right('precision')];
  return table(
    columns,
    rows.map(({ name, samples, correct, recall, precision }) => [name, samples, correct, percent(recall), percent(precision)]),
  );
}
