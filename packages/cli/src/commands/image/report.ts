/** Reports of `softpool image`: lines and a table for people, JSON for programs. */
import { right, table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';
import type { Done, Planned } from './process.ts';

/** A file that failed. */
export interface Failed {
  readonly input: string;
  readonly error: string;
}

/** The table of --compare: a line for each file and method. */
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
SSIM (of luma; 1 is equal) and PSNR compare the original with each result, enlarged to full size by
${enlargeBy}, in 8-bit sRGB. They say how much of the original comes back, not which small image looks
best. Another resampler can rank the methods differently.`;
}

/** The line for a file that would be written. */
export function plannedLine({ input, output, from, to }: Planned): string {
  return `${printable(input)}${size(from)} → ${printable(output)}${size(to)}`;
}

/** The line for a file that was written. */
export function doneLine(done: Done): string {
  return `${plannedLine(done)} (${Math.round(done.milliseconds)} ms)`;
}

function size(sides: Planned['from']): string {
  return sides === undefined ? '' : ` ${sides.join('×')}`;
}

/** All files and failures as one JSON document. */
export function jsonReport(files: readonly (Planned | Done)[], failures: readonly Failed[], enlargeBy?: string): string {
  const reported = files.map((file) => ('methods' in file ? { ...file, enlargedBy: enlargeBy } : file));
  return JSON.stringify({ files: reported, failures }, null, 2);
}
