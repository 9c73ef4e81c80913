/** Runs `softpool eval merge`. */
import { readFile } from 'node:fs/promises';
import type { EvaluationResult } from '@softpool/training/node';
import { EXIT } from '../../shared/exit-codes.ts';
import { printable } from '../../shared/text.ts';
import { type OutputFlags, refuseExistingOutputs, writeOutputs } from './outputs.ts';

/** What commander makes of the arguments. */
export type MergeFlags = OutputFlags;

/** Runs the command; resolves to its exit status. */
export async function runMerge(paths: readonly string[], flags: MergeFlags): Promise<number> {
  await refuseExistingOutputs(flags);
  const { mergeEvaluations, parseEvaluation } = await import('@softpool/training/node');
  const parts = new Map<string, EvaluationResult>();
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new Error(`${printable(path)}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`, { cause: error });
    });
    if (parts.has(path)) throw new Error(`${printable(path)} is given twice`);
    parts.set(path, parseEvaluation(text, printable(path)));
  }
  await writeOutputs(mergeEvaluations(parts), flags);
  return EXIT.ok;
}
