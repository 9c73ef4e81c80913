/** The tables and the plot of the experiment `downsampling`. */
import type { Resampler } from '@softpool/media/node';
import type { TopLevelSpec } from 'vega-lite';
import { differenceCell, meanCell } from './cells.ts';
import type { DownsamplingFigures, DownsamplingMethod, DownsamplingResult } from './downsampling.ts';
import { holm, type PairedDifference, pairedDifference, summaryOf } from './paired.ts';
import { type Report, type ReportTable, UNCUT } from './report.ts';

/** What was compared. */
interface Subject {
  readonly pictures: readonly string[];
  readonly methods: readonly DownsamplingMethod[];
  readonly factors: readonly number[];
  readonly enlargeBy: readonly Resampler[];
  readonly crop: number;
  readonly seeds: number;
}

/** A column of figures: what is measured, at which factor. */
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
    title: `Downsampling: what comes back of ${pictures.length} ${plural}`,
    method: [
      `Each photograph is made smaller by the factor, in 8-bit sRGB, brought back to its size by the resampler that the table names (sharp's), and compared with what it was. SSIM is of the luma, with Gaussian windows of 11 × 11 pixels (σ = 1.5) at full size; PSNR is in dB over red, green and blue. The figures are means and standard deviations over the photographs. Photographs are cut to multiples of the factors in their middle, and to ${crop} pixels a side where they are larger, so that every window is full and nothing is shifted.`,
      `Soft pooling has β = 4.44 on a scale of 0 to 1, as the pictures published with the paper. Averaging is what area resampling is at whole factors. Stochastic pooling is drawn ${seeds} times, and its figures are the means. Lp is (mean of x²)^½.`,
      `The figures measure what comes back by that resampler, and not what the small picture looks like. The resampler decides: copied back by nearest, but for rounding no picture can have a higher PSNR than that of averages, since the mean is what differs least from a window in squares.`,
    ],
    tables: enlargeBy.flatMap((by) => [
      figuresTable(subject, by, columns, (method, column) => meanCell(summaryOf(valuesOf(method, by, column)), column.digits)),
      differencesTable(subject, by, columns, (method, column) => valuesOf(method, by, column)),
    ]),
    paper: 'not comparable: the figures of its table are not known here, nor which pictures and which way back to full size they are of.',
    charts: [{ name: 'downsampling', spec: chart(subject, figures) }],
    figures,
  };
}

function figuresOf({ figures }: DownsamplingResult, method: DownsamplingMethod, by: Resampler): DownsamplingFigures {
  const found = figures.find((entry) => entry.method === method && entry.enlargedBy === by);
  if (found === undefined) throw new Error(`a result has no figures of ${method}, enlarged by ${by}`);
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
    head: ['made smaller by', ...columns.map(({ head }) => head)],
    rows: methods.map((method) => [method, ...columns.map((column) => cell(method, column))]),
  };
}

/** The first method against each other one. */
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
    `${differenceCell(difference, digits)}${p !== null && p < 0.05 ? ' *' : ''}`;
  return {
    title: `Enlarged by ${by}: ${first}, less each other`,
    head: ['less', ...columns.map(({ head }) => head)],
    rows: others.map((method, row) => [
      method,
      ...columns.map(({ digits }, i) => cell(compared[row]?.[i] as PairedDifference, digits, adjusted[row * width + i] ?? null)),
    ]),
    note:
      pictures.length === 1
        ? 'Of one photograph there is no telling what is chance.'
        : `Means of the differences over ${pictures.length} photographs with their standard errors; above 0, ${first} is better. Only those with a * are more than chance: below 5 % by Student's paired test, adjusted for the ${adjusted.length} comparisons of the table by Holm's method.`,
  };
}

/** A plot for each factor, each with a scale of its own: at one scale the methods would lie on each other. */
function chart({ methods, pictures }: Subject, figures: readonly { figure: string }[]): TopLevelSpec {
  return {
    title: `What comes back of ${pictures.length} photographs: means of SSIM`,
    config: UNCUT,
    data: { values: figures.filter(({ figure }) => figure === 'ssim').map((point) => ({ ...point })) },
    facet: { column: { field: 'factor', type: 'ordinal', title: 'made smaller by' } },
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
