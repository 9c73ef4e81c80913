/** What the command says of its work: a table for people, JSON for programs. */
import { right, table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';
import type { Done } from './process.ts';

/** A file that could not be done. */
export interface Failed {
  readonly input: string;
  readonly error: string;
}

/** The table of a comparison: every method of every file. */
export function comparisonTable(files: readonly Done[], enlargeBy: string): string {
  const columns = ['file', right('size'), 'method', right('SSIM'), right('PSNR dB'), right('ms')];
  const rows = files.flatMap(({ input, to, methods = [] }) =>
    methods.map(({ method, ssim, psnr, milliseconds }, i) => [
      ...(i === 0 ? [input, to.join(' × ')] : ['', '']),
      method,
      Number.isNaN(ssim) ? '–' : ssim.toFixed(4),
      psnr.toFixed(2),
      milliseconds.toFixed(1),
    ]),
  );
  return `${table(columns, rows)}
SSIM (luma, 1 is equal) and PSNR compare the original with each result enlarged back by ${enlargeBy}, in 8-bit sRGB. They tell how much of the
original comes back that way, not which small picture looks best; another resampler can rank the methods differently.`;
}

/** One line for a file that was done. */
export function doneLine({ input, output, from, to, milliseconds }: Done): string {
  return `${printable(input)} ${from.join('×')} → ${printable(output)} ${to.join('×')} (${Math.round(milliseconds)} ms)`;
}

/** A file that was done, or with --dry-run would be. */
type Reported = Pick<Done, 'input' | 'output'> & Partial<Done>;

/** Everything, as one JSON document. */
export function jsonReport(files: readonly Reported[], failures: readonly Failed[], enlargeBy?: string): string {
  return JSON.stringify({ files: files.map((file) => ({ ...file, ...(file.methods && { enlargedBy: enlargeBy }) })), failures }, null, 2);
}
