/**
 * Pools rows window by window in JavaScript: the definition that the kernel of assembly/kernel.ts
 * is tested against, and its substitute where WebAssembly cannot be compiled. Both make the same
 * float64 operations in the same order, so that the bits are the same.
 */
import { decodeSrgb } from '../linear-light.ts';
import { exponential } from './exponential.ts';
import { type Job, type PlainSamples, type PoolRows, sampleOf } from './job.ts';

/** Prepares pooling as the job says. */
export function definitionPooler(job: Job): PoolRows {
  const { channels, plan } = job;
  const { outputSize } = plan.columns;
  const weights = job.values === undefined || job.isRelative ? undefined : levelWeights(job.values, job);
  const windows: Sums[][] = [];
  return (data, uses, from, to) => {
    for (let row = from; row < to; row++) {
      for (let column = 0; column < outputSize; column++) {
        const output = row * outputSize + column;
        const sums = sumsOf(job, weights, windowOf(job, data, row, column));
        for (const { slot, weight, isFirst, result } of uses) {
          windows[slot] ??= [];
          const window = windows[slot];
          if (weight > 0) window[output] = blended(job, isFirst ? undefined : window[output], sums, weight);
          if (result === undefined) continue;
          const pooled = valuesOf(job, window[output] as Sums);
          for (let c = 0; c < channels; c++) result[output * channels + c] = sampleOf(job, c, pooled[c] as number);
        }
      }
    }
  };
}

/** The sums of a window: of each channel w x and w, or with the method 'max' its largest value. */
interface Sums {
  /** Σ w x of each channel, or the largest x. */
  readonly values: readonly number[];
  /** Σ w of each channel. */
  readonly totals: readonly number[];
  /** Σ w (maximum − alpha), if weights are shared. */
  readonly lost: number;
}

function levelWeights(values: Float64Array, job: Job): Float64Array {
  return values.map((value) => weightOf(job, value, job.maximum));
}

/** The sums of the pixels of a window of one image or frame. */
function sumsOf(job: Job, weights: Float64Array | undefined, pixels: readonly WindowPixel[]): Sums {
  const { channels, colors, maximum, plan, isShared } = job;
  const largest = plan.method === 'max' || job.isRelative ? largestOf(job, pixels) : new Array<number>(channels).fill(maximum);
  const [sums, totals] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  if (plan.method === 'max') return { values: largest, totals, lost: 0 };

  const weightAt = (pixel: number[], level: number | undefined, c: number): number =>
    weights !== undefined && level !== undefined ? (weights[level] as number) : weightOf(job, pixel[c] as number, largest[c] as number);
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
  return { values: sums, totals: isShared ? totals.fill(total) : totals, lost };
}

/** The sums of a window of time with those of another frame. */
function blended({ plan }: Job, window: Sums | undefined, sums: Sums, weight: number): Sums {
  if (plan.method === 'max') {
    return { ...sums, values: sums.values.map((value, c) => Math.max(value, window?.values[c] ?? Number.NEGATIVE_INFINITY)) };
  }
  const blend = (of: Sums, before: number | undefined, read: (sums: Sums) => number): number =>
    before === undefined ? weight * read(of) : before + weight * read(of);
  return {
    values: sums.values.map((_, c) => blend(sums, window?.values[c], ({ values }) => values[c] as number)),
    totals: sums.totals.map((_, c) => blend(sums, window?.totals[c], ({ totals }) => totals[c] as number)),
    lost: blend(sums, window?.lost, ({ lost }) => lost),
  };
}

/** The value of each channel of an output. */
function valuesOf(job: Job, { values, totals, lost }: Sums): number[] {
  const { channels, colors, maximum, plan, isShared } = job;
  if (plan.method === 'max') return separated(job, values, values[colors] ?? maximum);
  const means = values.map((sum, c) => sum / (totals[c] as number));
  const alpha = colors === channels ? maximum : isShared ? maximum - lost / (totals[0] as number) : (means[colors] as number);
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
function separated({ channels, colors, maximum }: Job, values: readonly number[], alpha: number): number[] {
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
function windowOf(job: Job, data: PlainSamples, row: number, column: number): WindowPixel[] {
  const { offset, rowLength, channels, colors, maximum, values, plan } = job;
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
