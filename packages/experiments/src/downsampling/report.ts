/** Tables and chart of the experiment `downsampling`. */
import type { Resampler } from '@softpool/media/node';
import type { ChartSpec } from '@softpool/training/internal';
import { differenceCell, meanCell } from '../report/cells.ts';
import { UNCUT } from '../report/report.ts';
import type { Report, ReportTable } from '../run/types.ts';
import { holm, type PairedDifference, pairedDifference, SIGNIFICANT, summaryOf } from '../statistics/paired.ts';
import type { DownsamplingFigures, DownsamplingMethod, DownsamplingResult } from './types.ts';

/** What was compared. */
interface Subject {
  readonly pictures: readonly string[];
  readonly methods: readonly DownsamplingMethod[];
  readonly factors: readonly number[];
  readonly enlargeBy: readonly Resampler[];
  readonly crop: number;
  readonly seeds: number;
}

/** A column: a figure at a factor. */
interface Column {
  readonly figure: 'ssim' | 'psnr';
  readonly factor: number;
  readonly head: string;
  readonly digits: number;
}

export function downsamplingReport(subject: Subject, resultOf: (picture: string, factor: number) => DownsamplingResult): Report {
  const { pictures, methods, factors, enlargeBy, crop, seeds } = subject;
  const valuesOf = (method: DownsamplingMethod, by: Resampler, { figure, factor }: Column): number[] =>
    pictures.map((picture) => figuresOf(resultOf(picture, factor), method, by)[figure] ?? Number.POSITIVE_INFINITY);
  const columns: Column[] = factors.flatMap((factor) => [
    { figure: 'ssim', factor, head: `SSIM, by ${factor}`, digits: 4 },
    { figure: 'psnr', factor, head: `PSNR, by ${factor}`, digits: 2 },
  ]);
  const figures = enlargeBy.flatMap((by) =>
    methods.flatMap((method) =>
      columns.map((column) => ({
        enlargedBy: by,
        method,
        factor: column.factor,
        figure: column.figure,
        ...summaryOf(valuesOf(method, by, column)),
      })),
    ),
  );
  const plural = pictures.length === 1 ? 'photograph' : 'photographs';
  return {
    title: `Downsampling: similarity to the original of ${pictures.length} ${plural}`,
    method: [
      `Each photograph is downsampled by the factor in 8-bit sRGB, upsampled to its size by the resampler that the table names, with every pixel in its place, and compared with the original. SSIM is computed on luma, with Gaussian windows of 11 × 11 pixels (σ = 1.5) at full size; PSNR is in dB over red, green and blue. The figures are means and standard deviations over the photographs. Photographs are center-cropped to multiples of the factors and to at most ${crop} pixels a side, so that every window is full and nothing is shifted.`,
      `SoftPool has β = 4.44 on a scale of 0 to 1, like the pictures published with the paper. At integer factors averaging equals area resampling. Figures of stochastic pooling are means over ${seeds} ${seeds === 1 ? 'draw' : 'draws'}. Lp is (mean of x²)^½.`,
      `The figures measure the picture after upsampling, not how the small picture looks. The upsampling filter decides: with nearest, no method can have a higher PSNR than averaging (but for rounding), because the mean minimizes the squared error of a window.`,
    ],
    tables: enlargeBy.flatMap((by) => [
      figuresTable(subject, by, columns, (method, column) => meanCell(summaryOf(valuesOf(method, by, column)), column.digits)),
      differencesTable(subject, by, columns, (method, column) => valuesOf(method, by, column)),
    ]),
    paper: 'not comparable: we know neither the figures of its table nor its pictures and upsampling method.',
    charts: [{ name: 'downsampling', spec: chart(subject, figures) }],
    figures,
  };
}

function figuresOf({ figures }: DownsamplingResult, method: DownsamplingMethod, by: Resampler): DownsamplingFigures {
  const found = figures.find((entry) => entry.method === method && entry.enlargedBy === by);
  if (found === undefined) throw new Error(`a result lacks the figures of ${method}, enlarged by ${by}`);
  return found;
}

function figuresTable(
  { methods }: Subject,
  by: Resampler,
  columns: readonly Column[],
  cell: (method: DownsamplingMethod, column: Column) => string,
): ReportTable {
  return {
    title: `Enlarged by ${by}`,
    head: ['downsampled by', ...columns.map(({ head }) => head)],
    rows: methods.map((method) => [method, ...columns.map((column) => cell(method, column))]),
  };
}

/** The first method compared with each of the others. */
function differencesTable(
  { methods, pictures }: Subject,
  by: Resampler,
  columns: readonly Column[],
  values: (method: DownsamplingMethod, column: Column) => number[],
): ReportTable {
  const [first, ...others] = methods as [DownsamplingMethod, ...DownsamplingMethod[]];
  const compared = others.map((method) => columns.map((column) => pairedDifference(values(first, column), values(method, column))));
  const width = columns.length;
  const adjusted = holm(compared.flat().map(({ p }) => p));
  const cell = (difference: PairedDifference, digits: number, p: number | null): string =>
    `${differenceCell(difference, digits)}${p !== null && p < SIGNIFICANT ? ' *' : ''}`;
  return {
    title: `Enlarged by ${by}: ${first} minus each other method`,
    head: ['minus', ...columns.map(({ head }) => head)],
    rows: others.map((method, row) => [
      method,
      ...columns.map(({ digits }, i) => cell(compared[row]?.[i] as PairedDifference, digits, adjusted[row * width + i] ?? null)),
    ]),
    note:
      pictures.length === 1
        ? 'A single photograph does not allow a significance test.'
        : `Means of the differences over ${pictures.length} photographs with their standard errors; above 0, ${first} is better. * marks significant differences: p < ${SIGNIFICANT} by Student's paired test, adjusted for the ${adjusted.length} comparisons of the table by Holm's method.`,
  };
}

/** A chart for each factor, each with its own scale: on a common one the methods would overlap. */
function chart({ methods, pictures }: Subject, figures: readonly { figure: string }[]): ChartSpec {
  return {
    title: `SSIM with the original, mean over ${pictures.length} photographs`,
    config: UNCUT,
    data: { values: figures.filter(({ figure }) => figure === 'ssim').map((point) => ({ ...point })) },
    facet: { column: { field: 'factor', type: 'ordinal', title: 'downsampled by' } },
    spec: {
      width: 220,
      height: { step: 24 },
      mark: { type: 'point', filled: true, opacity: 1, size: 60 },
      encoding: {
        x: { field: 'mean', type: 'quantitative', title: 'SSIM', scale: { zero: false }, axis: { tickCount: 5 } },
        y: { field: 'method', type: 'nominal', title: null, sort: [...methods] },
        color: { field: 'enlargedBy', type: 'nominal', title: 'enlarged by', sort: null },
        shape: { field: 'enlargedBy', type: 'nominal', title: 'enlarged by', sort: null },
      },
    },
    resolve: { scale: { x: 'independent' } },
  };
}
