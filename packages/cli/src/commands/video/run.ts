/** Runs `softpool video`: one clip after another, since ffmpeg uses all processors itself. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { killPrograms } from '@softpool/media/node';
import { problem } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { writingError } from '../../shared/files/errors.ts';
import { readFileList } from '../../shared/files/file-list.ts';
import { onStop } from '../../shared/interruption.ts';
import { requirePackages } from '../../shared/packages.ts';
import { isJob } from '../../shared/shards/is-job.ts';
import { printable } from '../../shared/text.ts';
import type { Compared } from './compare.ts';
import { checkArguments, type GivenVideoFlags, type VideoFlags } from './options.ts';
import { framesOf, outputPaths, sheetPaths } from './outputs.ts';
import { type Done, type Planned, planClip, processClip } from './process.ts';
import { createVideoBar, progressOn } from './progress.ts';
import { doneLine, type Failed, jsonReport, plannedLine, withoutPath } from './report.ts';

/** Runs the command and returns its exit code. */
export async function runVideo(named: readonly string[], flags: GivenVideoFlags): Promise<number> {
  checkArguments(named, flags);
  const listed = flags.files === undefined ? [] : await readFileList(flags.files);
  const clips = [...named, ...listed];
  if (isJob(clips, flags)) return await runShards(named, flags, listed);
  if (flags.compare) return await compareAll(clips, flags);
  const outputs = outputPaths(clips, flags.output);
  const done: (Planned | Done)[] = [];
  const failures: Failed[] = [];
  const bar = createVideoBar(flags.quiet === true);
  const release = onStop(killPrograms);
  for (const [i, input] of clips.entries()) {
    try {
      const planned = await planClip(input, outputs[i] ?? flags.output, flags);
      if (flags.dryRun) {
        done.push(planned);
        if (!flags.json && !flags.quiet) process.stdout.write(`${plannedLine(planned)} (dry run: nothing was written)\n`);
        continue;
      }
      if (framesOf(planned.path) === undefined) {
        await mkdir(dirname(resolve(planned.path)), { recursive: true }).catch((error: unknown) => {
          throw writingError(planned.path, error);
        });
      }
      const total = flags.duration ?? (planned.input.duration === undefined ? undefined : planned.input.duration - (flags.start ?? 0));
      const result = await processClip(planned, flags, progressOn(bar, total));
      done.push(result);
      bar.stop();
      if (!flags.json && !flags.quiet) process.stderr.write(`${doneLine(result)}\n`);
    } catch (error) {
      bar.stop();
      failures.push(reportFailure(input, error));
    }
  }
  release();
  if (flags.json) process.stdout.write(`${jsonReport(done, failures)}\n`);
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

async function compareAll(clips: readonly string[], flags: VideoFlags): Promise<number> {
  requirePackages('dejavu-fonts-ttf');
  const { checkCompareFlags, compareClip, comparedLine, comparisonJson, comparisonTable } = await import('./compare.ts');
  const outputs = sheetPaths(clips, flags.output);
  checkCompareFlags(flags, outputs);
  const compared: Compared[] = [];
  const failures: Failed[] = [];
  const bar = createVideoBar(flags.quiet === true);
  const release = onStop(killPrograms);
  for (const [i, input] of clips.entries()) {
    try {
      const result = await compareClip(input, outputs[i] ?? flags.output, flags, bar);
      compared.push(result);
      bar.stop();
      if (flags.json || flags.quiet) continue;
      if (flags.dryRun) process.stdout.write(`${comparedLine(result)} (dry run: nothing was written)\n`);
      else process.stderr.write(`${comparedLine(result)}\n`);
    } catch (error) {
      bar.stop();
      failures.push(reportFailure(input, error));
    }
  }
  release();
  if (flags.json) process.stdout.write(`${comparisonJson(compared, failures)}\n`);
  else if (!flags.quiet && !flags.dryRun && compared.length > 0) process.stdout.write(`${comparisonTable(compared)}\n`);
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

function reportFailure(input: string, error: unknown): Failed {
  const failure = { input, error: withoutPath(problem(error), input) };
  process.stderr.write(`softpool: ${printable(input)}: ${failure.error}\n`);
  return failure;
}

async function runShards(clips: readonly string[], flags: VideoFlags, listed: readonly string[]): Promise<number> {
  const [{ runJob }, { VIDEO_SHARDS }] = await Promise.all([import('../../shared/shards/run-job.ts'), import('./shards.ts')]);
  return await runJob(VIDEO_SHARDS, clips, flags, listed);
}
