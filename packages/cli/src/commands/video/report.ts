/** Reports of `softpool video`: lines for people, JSON for programs. */
import type { Failed, Skipped } from '../../shared/files/file-report.ts';
import { printable } from '../../shared/text.ts';
import type { VideoFlags } from './options.ts';
import type { Done, Planned } from './process.ts';

/** The results of all clips. */
export interface ClipsReport<T> {
  readonly done: readonly T[];
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failed[];
}

/** The line for a clip that would be written. */
export function plannedLine({ input, path, output }: Planned): string {
  const from = `${input.width}×${input.height} ${rate(ratio(input.frameRate))}`;
  const to = `${output.width}×${output.height} ${rate(ratio(output.frameRate))}`;
  const notes = output.notes.length === 0 ? '' : `; ${output.notes.join('; ')}`;
  return `${printable(input.path)} ${from} → ${printable(path)} ${to}, ${output.encoder} ${output.pixelFormat.name}${notes}`;
}

/** The line for a clip that was written. */
export function doneLine(done: Done): string {
  const speed = done.frames[0] / done.seconds;
  return `${plannedLine(done)} (${done.frames.join(' → ')} frames, ${done.seconds.toFixed(1)} s, ${speed.toFixed(0)} frames/s)`;
}

/** All clips, skipped ones and failures, for --json. */
export function jsonReport({ done, skipped, failures }: ClipsReport<Planned | Done>, { dryRun }: VideoFlags): object {
  const files = done.map((clip) => {
    const { input, path, output } = clip;
    const { pixelFormat, color, encoder, notes } = output;
    return {
      input: input.path,
      output: path,
      from: { width: input.width, height: input.height, frameRate: ratio(input.frameRate), duration: input.duration },
      to: { width: output.width, height: output.height, frameRate: ratio(output.frameRate) },
      encoder,
      pixelFormat: pixelFormat.name,
      matrix: color.matrix,
      range: color.range,
      notes,
      ...('frames' in clip ? figures(clip) : {}),
    };
  });
  return { ...(dryRun && { dryRun }), files, skipped, failures };
}

function figures({ frames, inputBytes, outputBytes, seconds }: Done): object {
  return { framesRead: frames[0], framesWritten: frames[1], inputBytes, outputBytes, seconds };
}

/** A frame rate in words. */
export function rate(fps: number): string {
  return `${Number(fps < 1 ? fps.toPrecision(3) : fps.toFixed(3))} fps`;
}

function ratio([numerator, denominator]: readonly [number, number]): number {
  return numerator / denominator;
}

/** A message without the path that it starts with: the line names it already. */
export function withoutPath(message: string, path: string): string {
  const start = `${printable(path)}: `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}
