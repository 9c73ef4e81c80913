/** Runs `softpool eval merge`. */
import type { EvaluationResult } from '@softpool/training/node';
import { EXIT } from '../../shared/exit-codes.ts';
import { readText } from '../../shared/files/read-file.ts';
import { refuseInputs } from '../../shared/models/refuse-outputs.ts';
import { requirePackages } from '../../shared/packages.ts';
import { plural, printable } from '../../shared/text.ts';
import { checkOutputs, type OutputFlags, outputPaths, printPlan, writeOutputs } from './outputs.ts';

/** Runs the command and resolves to its exit code. */
export async function runMerge(paths: readonly string[], flags: OutputFlags): Promise<number> {
  await checkOutputs(flags);
  await refuseInputs(outputPaths(flags), paths);
  requirePackages('@softpool/training');
  const { mergeEvaluations, parseEvaluation } = await import('@softpool/training/node');
  const shards = new Map<string, EvaluationResult>();
  for (const path of paths) {
    const text = await readText(path);
    if (shards.has(path)) throw new Error(`${printable(path)} is given twice`);
    shards.set(path, parseEvaluation(text, printable(path)));
  }
  const merged = mergeEvaluations(shards);
  if (flags.dryRun) {
    const { samples, classes } = merged;
    const text = `${plural(shards.size, 'shard')}, ${plural(samples, 'sample')} of ${plural(classes.length, 'class', 'classes')}`;
    printPlan(text, { shards: paths, samples, classes: classes.length }, flags);
  } else await writeOutputs(merged, flags);
  return EXIT.ok;
}
