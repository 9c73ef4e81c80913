/** Reports on many files: those that failed or were skipped, and the summary of all. */
import { red, yellow } from '../color.ts';
import { byteSize, duration, plural, printable } from '../text.ts';
import { passedOverText } from './other-pictures.ts';

/** A file that failed. */
export interface Failed {
  readonly input: string;
  readonly reason: string;
}

/** A file that was not processed, on request. */
export interface Skipped {
  readonly input: string;
  readonly reason: string;
}

/** The results of the inputs so far. */
export interface Totals {
  /** Inputs whose results were written. */
  readonly inputs: number;
  /** Their bytes, and those of their results. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failed[];
  /** The extensions of files of other kinds, which were passed over. */
  readonly passedOver: readonly string[];
}

/** The line for a file that was skipped. */
export function skippedLine({ input, reason }: Skipped): string {
  return `${printable(input)} ${yellow('skipped')}: ${reason}`;
}

/** The line for a file that failed. */
export function failedLine({ input, reason }: Failed): string {
  return `${red('softpool:')} ${printable(input)}: ${reason}`;
}

/**
 * `30 files, 12 MB → 1.1 MB, 8 s; 2 skipped, 1 failed`.
 *
 * @param total - The number of inputs, if the work was interrupted.
 */
export function summaryLine(
  { inputs, inputBytes, outputBytes, skipped, failures, passedOver }: Totals,
  seconds: number,
  total?: number,
): string {
  const files = `${total === undefined ? '' : 'interrupted: '}${count(inputs, total)}`;
  const work = inputs === 0 ? files : `${files}, ${byteSize(inputBytes)} → ${byteSize(outputBytes)}, ${shortTime(seconds)}`;
  const rest = [
    ...(skipped.length > 0 ? [yellow(`${skipped.length} skipped`)] : []),
    ...(failures.length > 0 ? [red(`${failures.length} failed`)] : []),
  ].join(', ');
  return [work, rest, passedOverText(passedOver)].filter((part) => part !== '').join('; ');
}

function count(done: number, total: number | undefined): string {
  return total === undefined ? plural(done, 'file') : `${done} of ${total} files done`;
}

function shortTime(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}
