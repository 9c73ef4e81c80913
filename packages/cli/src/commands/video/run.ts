/** Runs `softpool video`: one clip after another, since ffmpeg uses all processors itself. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { killPrograms } from '@softpool/media/node';
import { problem } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { writingError } from '../../shared/files/errors.ts';
import { onStop } from '../../shared/interruption.ts';
import { printable } from '../../shared/text.ts';
import { checkFlags, type VideoFlags } from './options.ts';
import { framesOf, outputPaths } from './outputs.ts';
import { type Done, type Planned, planClip, processClip } from './process.ts';
import { createVideoBar, progressOn } from './progress.ts';
import { doneLine, type Failed, jsonReport, plannedLine } from './report.ts';

/** Runs the command and returns its exit code. */
export async function runVideo(clips: readonly string[], flags: VideoFlags): Promise<number> {
  checkFlags(flags);
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
      const failure = { input, error: withoutPath(problem(error), input) };
      failures.push(failure);
      process.stderr.write(`softpool: ${printable(input)}: ${failure.error}\n`);
    }
  }
  release();
  if (flags.json) process.stdout.write(`${jsonReport(done, failures)}\n`);
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** A message without the path that it starts with: the line names it already. */
function withoutPath(message: string, path: string): string {
  const start = `${printable(path)}: `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}
