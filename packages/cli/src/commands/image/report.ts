/** Reports of `softpool image`: lines and a summary for people, JSON for programs. */
import { red, yellow } from '../../shared/color.ts';
import { passedOverText } from '../../shared/files/other-pictures.ts';
import { byteSize, duration, printable } from '../../shared/text.ts';
import type { Done, Planned } from './process.ts';

/** A file that failed. */
export interface Failed {
  readonly input: string;
  readonly error: string;
}

/** A file that was not processed, on request. */
export interface Skipped {
  readonly input: string;
  readonly reason: string;
}

/** What became of all files so far. */
export interface Report {
  /** The files that were written for each input, in the order of the inputs. */
  readonly done: Done[][];
  readonly skipped: Skipped[];
  readonly failures: Failed[];
  /** The extensions of picture files of other kinds, which were passed over. */
  readonly passedOver: readonly string[];
}

/** The line for a file that would be written. */
export function plannedLine({ input, output, from, to }: Planned): string {
  return `${printable(input)}${size(from)} → ${printable(output)}${size(to)}`;
}

/** The line for a file that was written. */
export function doneLine(done: Done): string {
  return `${plannedLine(done)} (${Math.round(done.milliseconds)} ms)`;
}

/** The line for a file that was skipped. */
export function skippedLine({ input, reason }: Skipped): string {
  return `${printable(input)} ${yellow('skipped')}: ${reason}`;
}

/** The line for a file that failed. */
export function failedLine({ input, error }: Failed): string {
  return `${red('softpool:')} ${printable(input)}: ${error}`;
}

/** The line for a file of which only the first page was taken. */
export function pageNote({ input, pages }: Done): string {
  return `${yellow('softpool:')} ${printable(input)}: took the first of ${pages} pages; --pages all takes all`;
}

/**
 * `30 files, 12 MB → 1.1 MB, 8 s; 2 skipped, 1 failed`.
 *
 * @param total - The number of inputs, if the work was interrupted.
 */
export function summaryLine({ done, skipped, failures, passedOver }: Report, seconds: number, total?: number): string {
  const written = done.filter((files) => files.length > 0);
  const before = written.reduce((sum, [file]) => sum + (file?.inputBytes ?? 0), 0);
  const after = written.flat().reduce((sum, file) => sum + file.outputBytes, 0);
  const files = `${total === undefined ? '' : 'interrupted: '}${count(written.length, total)}`;
  const work = written.length === 0 ? files : `${files}, ${byteSize(before)} → ${byteSize(after)}, ${shortTime(seconds)}`;
  const rest = [
    ...(skipped.length > 0 ? [yellow(`${skipped.length} skipped`)] : []),
    ...(failures.length > 0 ? [red(`${failures.length} failed`)] : []),
  ].join(', ');
  return [work, rest, passedOverText(passedOver)].filter((part) => part !== '').join('; ');
}

function count(done: number, total: number | undefined): string {
  return total === undefined ? `${done} ${done === 1 ? 'file' : 'files'}` : `${done} of ${total} files done`;
}

function shortTime(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

function size(sides: Planned['from']): string {
  return sides === undefined ? '' : ` ${sides.join('×')}`;
}

/** All files, skipped ones and failures as one JSON document. */
export function jsonReport(
  files: readonly (Planned | Done)[],
  { skipped, failures }: Omit<Report, 'done' | 'passedOver'>,
  enlargeBy?: string,
): string {
  const reported = files.map((file) => ('methods' in file ? { ...file, enlargedBy: enlargeBy } : file));
  return JSON.stringify({ files: reported, skipped, failures }, null, 2);
}
