/** Runs `softpool eval merge`. */
import type { EvaluationResult } from '@softpool/training/node';
import { EXIT } from '../../shared/exit-codes.ts';
import { readText } from '../../shared/files/read-file.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printable } from '../../shared/text.ts';
import { type OutputFlags, refuseExistingOutputs, writeOutputs } from './outputs.ts';

/** What commander makes of the arguments. */
export type MergeFlags = OutputFlags;

/** Runs the command; resolves to its exit status. */
export async function runMerge(paths: readonly string[], flags: MergeFlags): Promise<number> {
  await refuseExistingOutputs(flags);
  requirePackages('@softpool/training');
  const { mergeEvaluations, parseEvaluation } = await import('@softpool/training/node');
  const parts = new Map<string, EvaluationResult>();
  for (const path of paths) {
    const text = await readText(path);
    if (parts.has(path)) throw new Error(`${printable(path)} is given twice`);
    parts.set(path, parseEvaluation(text, printable(path)));
  }
  await writeOutputs(mergeEvaluations(parts), flags);
  return EXIT.ok;
}
