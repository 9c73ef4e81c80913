/** The figures of --compare as a table. */
import { right, table } from '../../shared/table.ts';
import type { Done } from './process.ts';

/** The table of --compare: a line for each file and method. */
export function comparisonTable(files: readonly Done[], enlargeBy: string): string {
  const columns = ['file', right('size'), 'method', right('SSIM'), right('PSNR dB'), right('ms')];
  const rows = files.flatMap(({ input, to, methods = [] }) =>
    methods.map(({ method, ssim, psnr, seconds }, i) => [
      ...(i === 0 ? [input, `${to.width} × ${to.height}`] : ['', '']),
      method,
      Number.isNaN(ssim) ? '–' : ssim.toFixed(4),
      psnr.toFixed(2),
      (seconds * 1000).toFixed(1),
    ]),
  );
  return `${table(columns, rows)}
SSIM (of luma; 1 is equal) and PSNR compare the original with each result, enlarged to full size by
${enlargeBy}, in 8-bit sRGB. They say how much of the original comes back, not which small image looks
best. Another resampler can rank the methods differently.`;
}
