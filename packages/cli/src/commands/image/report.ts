/** Reports of `softpool image`: lines for people, JSON for programs. */
import { yellow } from '../../shared/color.ts';
import { type Failed, type Skipped, summaryLine } from '../../shared/files/file-report.ts';
import { printable } from '../../shared/text.ts';
import type { Done, Planned } from './process.ts';

/** The results of all files so far. */
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
  return `${plannedLine(done)} (${Math.round(done.seconds * 1000)} ms)`;
}

/** The line for a file of which only the first page was taken. */
export function pageNote({ input, pages }: Done): string {
  return `${yellow('softpool:')} ${printable(input)}: took the first of ${pages} pages; --pages all takes all`;
}

/** The summary of all files; `total` is the number of inputs if the work was interrupted. */
export function imageSummary({ done, ...rest }: Report, seconds: number, total?: number): string {
  const written = done.filter((files) => files.length > 0);
  const inputBytes = written.reduce((sum, [file]) => sum + (file?.inputBytes ?? 0), 0);
  const outputBytes = written.flat().reduce((sum, file) => sum + file.outputBytes, 0);
  return summaryLine({ inputs: written.length, inputBytes, outputBytes, ...rest }, seconds, total);
}

function size(sides: Planned['from']): string {
  return sides === undefined ? '' : ` ${sides.width}×${sides.height}`;
}

/** All files, skipped ones and failures, for --json. */
export function jsonReport(
  files: readonly (Planned | Done)[],
  { skipped, failures }: Omit<Report, 'done' | 'passedOver'>,
  { dryRun, enlargedBy }: { readonly dryRun?: boolean | undefined; readonly enlargedBy?: string | undefined },
): object {
  const reported = files.map((file) => ('methods' in file ? { ...file, enlargedBy } : file));
  return { ...(dryRun && { dryRun }), files: reported, skipped, failures };
}
