/** Runs `softpool video`: finds the clips, decides where results go, makes and reports them. */
import { dirname } from 'node:path';
import { lateDecoders } from '@softpool/media/internal/pictures';
import { isFramePattern } from '@softpool/media/node';
import { endAtOnce } from '../../shared/end-at-once.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { checkDistinct } from '../../shared/files/distinct-outputs.ts';
import { readFileList, withListed } from '../../shared/files/file-list.ts';
import { findInputs, type Inputs } from '../../shared/files/image-files.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { isJob } from '../../shared/shards/is-job.ts';
import { checkEncoding } from './check-encoding.ts';
import { eachClip } from './each-clip.ts';
import { CLIPS } from './inputs.ts';
import { checkArguments, type GivenVideoFlags, type VideoFlags } from './options.ts';
import { outputPaths, sheetPaths } from './outputs.ts';
import { type Done, type Planned, planClip, processClip } from './process.ts';
import { progressOn } from './progress.ts';
import { doneLine, jsonReport, plannedLine } from './report.ts';

/** Runs the command and returns its exit code. */
export async function runVideo(named: readonly string[], flags: GivenVideoFlags): Promise<number> {
  const code = await findAndProcess(named, flags);
  if (lateDecoders() > 0) await endAtOnce(code); // frames that are pictures
  return code;
}

async function findAndProcess(named: readonly string[], flags: GivenVideoFlags): Promise<number> {
  checkArguments(named, flags);
  const listed = flags.files === undefined ? [] : await readFileList(flags.files);
  if (isJob([...named, ...listed], flags)) return await runShards(named, flags, listed);
  const results = isFramePattern(flags.output) ? dirname(flags.output) : flags.output;
  const found = withListed(await findInputs(named, results, CLIPS), listed);
  return flags.compare ? await compareAll(found, flags) : await poolAll(found, flags);
}

async function poolAll(found: Inputs, flags: VideoFlags): Promise<number> {
  const outputs = outputPaths(found, flags.output);
  await checkOutputs(found, outputs, flags);
  await checkEncoding(outputs, flags);
  const report = await eachClip<Planned | Done>(found, outputs, flags, {
    async run(input, output, bar) {
      const planned = await planClip(input, output, flags);
      if ('skipped' in planned || flags.dryRun) return planned;
      const { duration: length = Number.POSITIVE_INFINITY } = planned.input;
      const total = Math.min(flags.duration ?? Number.POSITIVE_INFINITY, length - (flags.start ?? 0));
      return await processClip(planned, flags, progressOn(bar, Number.isFinite(total) ? total : undefined));
    },
    lineOf: (clip) => ('frames' in clip ? doneLine(clip) : plannedLine(clip)),
  });
  if (flags.json) printJson(jsonReport(report, flags));
  return report.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

async function compareAll(found: Inputs, flags: VideoFlags): Promise<number> {
  requirePackages('dejavu-fonts-ttf');
  const { compareClip, comparedLine, comparisonJson, comparisonTable } = await import('./compare.ts');
  const outputs = sheetPaths(found, flags.output);
  await checkOutputs(found, outputs, flags);
  const report = await eachClip(found, outputs, flags, {
    run: (input, output, bar) => compareClip(input, output, flags, bar),
    lineOf: comparedLine,
  });
  if (flags.json) printJson(comparisonJson(report, flags));
  else if (!flags.quiet && !flags.dryRun && report.done.length > 0) process.stdout.write(`${comparisonTable(report.done)}\n`);
  return report.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Throws a UsageError if results would replace each other or, with --force, an input. */
async function checkOutputs({ inputs }: Inputs, outputs: readonly string[], { force = false }: VideoFlags): Promise<void> {
  await checkDistinct(
    inputs.map((input, i) => ({ input, outputs: [{ path: outputs[i] ?? '' }] })),
    force,
  );
}

async function runShards(clips: readonly string[], flags: VideoFlags, listed: readonly string[]): Promise<number> {
  const [{ runJob }, { VIDEO_SHARDS }] = await Promise.all([import('../../shared/shards/run-job.ts'), import('./shards.ts')]);
  return await runJob(VIDEO_SHARDS, clips, flags, listed);
}
