/** Works on one clip after another, since ffmpeg uses all processors itself, and reports each. */
import { killPrograms } from '@softpool/media/node';
import { problem } from '../../shared/arguments/errors.ts';
import { type Failed, failedLine, type Skipped, skippedLine, summaryLine } from '../../shared/files/file-report.ts';
import type { Inputs } from '../../shared/files/image-files.ts';
import { onStop } from '../../shared/interruption.ts';
import type { ProgressBar } from '../../shared/progress-bar.ts';
import type { VideoFlags } from './options.ts';
import { createVideoBar } from './progress.ts';
import { type ClipsReport, withoutPath } from './report.ts';

/** The files of a clip that was worked on; the bytes are absent after a dry run. */
interface Worked {
  readonly inputBytes?: number;
  readonly outputBytes?: number;
}

/** How to work on a clip. */
interface Work<T> {
  /** Works on a clip. Rejects with an error whose message can be shown. */
  readonly run: (input: string, output: string, bar: ProgressBar) => Promise<T | { readonly skipped: string }>;
  /** The line for a clip that was worked on. */
  readonly lineOf: (result: T) => string;
}

/** Works on each input; `outputs` are their paths in the same order. */
export async function eachClip<T extends Worked & object>(
  { inputs, problems, passedOver, named }: Inputs,
  outputs: readonly string[],
  { quiet = false, json = false, dryRun = false }: VideoFlags,
  { run, lineOf }: Work<T>,
): Promise<ClipsReport<T>> {
  const begin = performance.now();
  const done: T[] = [];
  const skipped: Skipped[] = [];
  const failures: Failed[] = [];
  const isSingle = named === 'file' && inputs.length + problems.length === 1;
  const isSilent = quiet || json;
  const summarize = (total?: number): void => {
    if (isSilent || isSingle || dryRun) return;
    const totals = { inputs: done.length, inputBytes: sum(done, 'inputBytes'), outputBytes: sum(done, 'outputBytes') };
    const seconds = (performance.now() - begin) / 1000;
    process.stderr.write(`${summaryLine({ ...totals, skipped, failures, passedOver }, seconds, total)}\n`);
  };
  const bar = createVideoBar(quiet);
  const releases = [onStop(() => summarize(inputs.length + problems.length)), onStop(killPrograms)];
  const fail = (failure: Failed): void => {
    failures.push(failure);
    process.stderr.write(`${failedLine(failure)}\n`);
  };
  for (const { path, reason } of problems) fail({ input: path, reason });
  for (const [i, { path: input }] of inputs.entries()) {
    try {
      const result = await run(input, outputs[i] ?? '', bar);
      bar.stop();
      if ('skipped' in result) {
        skipped.push({ input, reason: result.skipped });
        if (!isSilent) process.stderr.write(`${skippedLine({ input, reason: result.skipped })}\n`);
        continue;
      }
      done.push(result);
      if (isSilent) continue;
      if (dryRun) process.stdout.write(`${lineOf(result)} (dry run: nothing was written)\n`);
      else process.stderr.write(`${lineOf(result)}\n`);
    } catch (error) {
      bar.stop();
      fail({ input, reason: withoutPath(problem(error), input) });
    }
  }
  for (const release of releases) release();
  summarize();
  return { done, skipped, failures };
}

function sum(files: readonly Worked[], bytes: keyof Worked): number {
  return files.reduce((total, file) => total + (file[bytes] ?? 0), 0);
}
