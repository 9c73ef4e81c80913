/**
 * Pools rows window by window in JavaScript: the definition that the kernel of assembly/kernel.ts
 * is tested against, and its substitute where WebAssembly cannot be compiled. Both make the same
 * float64 operations in the same order, so that the bits are the same.
 */
import { decodeSrgb } from '../linear-light.ts';
import { exponential } from './exponential.ts';
import { type Job, sampleOf } from './job.ts';

/** Pools the output rows `from` to `to` (exclusive). */
export function poolByDefinition(job: Job, from: number, to: number): void {
  const { channels, result } = job;
  const { outputSize } = job.plan.columns;
  const { weights } = job.values === undefined || job.isRelative ? { weights: undefined } : { weights: levelWeights(job) };
  for (let row = from; row < to; row++) {
    for (let column = 0; column < outputSize; column++) {
      const pooled = poolWindow(job, weights, row, column);
      const target = (row * outputSize + column) * channels;
      for (let c = 0; c < channels; c++) result[target + c] = sampleOf(job, c, pooled[c] as number);
    }
  }
}

function levelWeights(job: Job): Float64Array {
  return (job.values as Float64Array).map((value) => weightOf(job, value, job.maximum));
}

/** The value of each channel of an output. */
function poolWindow(job: Job, weights: Float64Array | undefined, row: number, column: number): number[] {
  const { channels, colors, maximum, plan, isShared } = job;
  const pixels = windowOf(job, row, column);
  const largest = plan.method === 'max' || job.isRelative ? largestOf(job, pixels) : new Array<number>(channels).fill(maximum);
  if (plan.method === 'max') return separated(job, largest, largest[colors] ?? maximum);

  const weightAt = (pixel: number[], level: number | undefined, c: number): number =>
    weights !== undefined && level !== undefined ? (weights[level] as number) : weightOf(job, pixel[c] as number, largest[c] as number);
  const [sums, totals] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  let [total, lost] = [0, 0];
  for (const { values, levels } of pixels) {
    if (isShared) {
      let weight = 0;
      for (let c = 0; c < colors; c++) weight += weightAt(values, levels?.[c], c);
      for (let c = 0; c < colors; c++) sums[c] = plus(sums[c] as number, weight, values[c] as number);
      total += weight;
      if (colors < channels) lost = plus(lost, weight, maximum - (values[colors] as number));
    } else {
      for (let c = 0; c < channels; c++) {
        const weight = weightAt(values, levels?.[c], c);
        totals[c] = (totals[c] as number) + weight;
        sums[c] = plus(sums[c] as number, weight, values[c] as number);
      }
    }
  }
  const means = sums.map((sum, c) => sum / (isShared ? total : (totals[c] as number)));
  const alpha = colors === channels ? maximum : isShared ? maximum - lost / total : (means[colors] as number);
  return separated(job, means, alpha);
}

/** The sum plus `weight` times `value`. A weight of 0 adds nothing, also to an infinite value. */
function plus(sum: number, weight: number, value: number): number {
  return weight === 0 ? sum : sum + weight * value;
}

/** Infinite values of floating-point samples have no difference. */
function weightOf({ slope }: Job, value: number, largest: number): number {
  return value === largest || slope === 0 ? 1 : exponential(slope * (value - largest));
}

/** Divides the values of colors by alpha. */
function separated({ channels, colors, maximum }: Job, values: number[], alpha: number): number[] {
  return Array.from({ length: channels }, (_, c) => {
    const value =
      c === colors ? alpha : alpha === maximum ? (values[c] as number) : alpha > 0 ? ((values[c] as number) / alpha) * maximum : 0;
    return Math.min(maximum, Math.max(0, value));
  });
}

/** The largest value of each channel; with shared weights, the largest of the colors. */
function largestOf({ channels, colors, isShared }: Job, pixels: readonly WindowPixel[]): number[] {
  const largest = Array.from({ length: channels }, (_, c) =>
    pixels.reduce((most, { values }) => Math.max(most, values[c] as number), Number.NEGATIVE_INFINITY),
  );
  return isShared ? largest.fill(Math.max(...largest.slice(0, colors))) : largest;
}

interface WindowPixel {
  /** Colors multiplied by alpha, and alpha. */
  readonly values: number[];
  /** The levels of the colors of an opaque pixel: their weights are in the table. */
  readonly levels: number[] | undefined;
}

/** The pixels of a window, row by row. */
function windowOf({ data, offset, rowLength, channels, colors, maximum, values, plan }: Job, row: number, column: number): WindowPixel[] {
  const { rows, columns, linear } = plan;
  const pixels: WindowPixel[] = [];
  for (let i = 0; i < (rows.count[row] as number); i++) {
    for (let j = 0; j < (columns.count[column] as number); j++) {
      const at = offset + ((rows.start[row] as number) + i) * rowLength + ((columns.start[column] as number) + j) * channels;
      const alpha = colors < channels ? (data[at + colors] as number) : maximum;
      const levels = Array.from(data.subarray(at, at + colors));
      const colorValues = levels.map((sample) => {
        const value = values === undefined ? Math.fround(linear ? decodeSrgb(sample) : sample) : (values[sample] as number);
        return alpha === maximum ? value : (value * alpha) / maximum;
      });
      const isOpaque = alpha === maximum && values !== undefined;
      pixels.push({ values: colors < channels ? [...colorValues, alpha] : colorValues, levels: isOpaque ? levels : undefined });
    }
  }
  return pixels;
}
