/** Shrinks raw pixels by pooling: in browsers too, on what a canvas gives. */
import { adaptiveSoftPool2d, type PoolGeometry, poolGeometry, softPool2d, type Tensor } from 'softpool';
import { decodeSrgb, encodeSrgb } from './light.ts';
import { checkPixels, emptySamples, hasAlpha, type Pixels, type Samples, sampleMaximum } from './pixels.ts';
import { planShrink, type ShrinkOptions, type ShrinkPlan } from './shrink-options.ts';

/**
 * Shrinks an image by SoftPool, or by the mean or the maximum of each window.
 *
 * Samples are pooled on a 0–1 scale and rounded to the nearest once, at the end. Colours are multiplied by alpha before and divided by it
 * after, so that transparent pixels bring no colour. With shared weights a pixel's weight comes from its (premultiplied) colours alone, and
 * alpha is pooled by the same weights: an opaque image gives the same colours with and without its alpha.
 *
 * @param pixels - The image.
 * @param options - What to shrink to, and how.
 * @returns A new image with samples of the same type.
 * @throws TypeError or RangeError that names the option or the field, what was expected and what came.
 * @example
 * ```ts
 * const image = { data: new Uint8Array(4 * 4 * 3).fill(128), width: 4, height: 4, channels: 3 as const };
 * poolImage(image, { factor: 2 }).width; // 2
 * ```
 */
export function poolImage<S extends Samples>(pixels: Pixels<S>, options: ShrinkOptions): Pixels<S> {
  checkPixels('poolImage', 'pixels', pixels);
  const plan = planShrink('poolImage', pixels.width, pixels.height, options);
  const pooled = pool(toTensor(pixels, plan), pixels.channels, plan);
  return { data: fromPooled(pooled.data, pixels, plan), width: plan.outputWidth, height: plan.outputHeight, channels: pixels.channels };
}

/** Samples on a 0–1 scale, in linear light if asked for, colours multiplied by alpha: `[height, width, channels]`. */
function toTensor({ data, width, height, channels }: Pixels, { linear }: ShrinkPlan): Tensor<Float32Array> {
  const maximum = sampleMaximum(data);
  const alpha = hasAlpha(channels);
  const colours = alpha ? channels - 1 : channels;
  const decode = linear ? decodeSrgb : (sample: number): number => sample;
  const table = maximum === 1 ? undefined : Float32Array.from({ length: maximum + 1 }, (_, sample) => decode(sample / maximum));
  const values = new Float32Array(data.length);
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const opacity = alpha ? (data[pixel + colours] as number) / maximum : 1;
    for (let c = 0; c < colours; c++) {
      const sample = data[pixel + c] as number;
      values[pixel + c] = (table === undefined ? decode(sample) : (table[sample] as number)) * opacity;
    }
    if (alpha) values[pixel + colours] = opacity;
  }
  return { data: values, shape: [height, width, channels] };
}

/** The way back, rounded to samples. */
function fromPooled<S extends Samples>(values: Float32Array, { data, channels }: Pixels<S>, { linear }: ShrinkPlan): S {
  const maximum = sampleMaximum(data);
  const alpha = hasAlpha(channels);
  const colours = alpha ? channels - 1 : channels;
  const samples = emptySamples(data, values.length);
  for (let pixel = 0; pixel < values.length; pixel += channels) {
    const opacity = alpha ? (values[pixel + colours] as number) : 1;
    for (let c = 0; c < colours; c++) {
      const light = opacity > 0 ? (values[pixel + c] as number) / opacity : 0;
      samples[pixel + c] = toSample(linear ? encodeSrgb(light) : light, maximum);
    }
    if (alpha) samples[pixel + colours] = toSample(opacity, maximum);
  }
  return samples;
}

function toSample(value: number, maximum: number): number {
  const clamped = Math.min(1, Math.max(0, value));
  return maximum === 1 ? clamped : Math.round(clamped * maximum);
}

function pool(x: Tensor<Float32Array>, channels: number, plan: ShrinkPlan): Tensor<Float32Array> {
  if (plan.method !== 'soft') return reduceWindows(x, channels, plan);
  if (plan.weights !== 'shared' || channels % 2 === 1 || plan.beta < FLATTEST_BETA) return softPool(x, plan);
  // A value so far below the others adds nothing to the weight that it shares: alpha is lowered by as much while it is pooled.
  const lowered = 1 + LOWERED_LOGIT / plan.beta;
  return lowered > FINEST_LOWERING
    ? raised(softPool(lower(doubled(x), channels, lowered), plan), channels, lowered)
    : raised(softPool(lower(x, channels, lowered), plan), channels, lowered);
}

/** e^-20 of the weight of black, where alpha is 1: less than a float32 shows. */
const LOWERED_LOGIT = 20;

/** Where alpha would be lowered by more than this, float32 has too few bits left for 16-bit samples, and float64 is used. */
const FINEST_LOWERING = 8;

/** With a smaller β all weights are equal to the precision of a float32: alpha may share in them. */
const FLATTEST_BETA = 1e-6;

function softPool<D extends Float32Array | Float64Array>(x: Tensor<D>, { geometry, beta, weights }: ShrinkPlan): Tensor<D> {
  const { spatialDims: _, ...windows } = geometry;
  const operator = { layout: 'channelsLast', beta, weights } as const;
  return 'outputSize' in windows ? adaptiveSoftPool2d(x, { ...windows, ...operator }) : softPool2d(x, { ...windows, ...operator });
}

function lower<D extends Float32Array | Float64Array>(x: Tensor<D>, channels: number, by: number): Tensor<D> {
  for (let i = channels - 1; i < x.data.length; i += channels) (x.data[i] as number) -= by;
  return x;
}

function raised(y: Tensor<Float32Array | Float64Array>, channels: number, by: number): Tensor<Float32Array> {
  const data = y.data instanceof Float32Array ? y.data : Float64Array.from(y.data);
  for (let i = channels - 1; i < data.length; i += channels) (data[i] as number) += by;
  return { data: Float32Array.from(data), shape: y.shape };
}

function doubled({ data, shape }: Tensor<Float32Array>): Tensor<Float64Array> {
  return { data: Float64Array.from(data), shape };
}

/** The mean or the maximum of each window, by definition: first along the rows, then down the columns. */
function reduceWindows(x: Tensor<Float32Array>, channels: number, { geometry, method }: ShrinkPlan): Tensor<Float32Array> {
  const [, width] = x.shape as [number, number, number];
  const windows: PoolGeometry = poolGeometry(x.shape, { ...geometry, layout: 'channelsLast' });
  const [rows, columns] = windows.axes as [PoolGeometry['axes'][number], PoolGeometry['axes'][number]];
  const isMean = method === 'average';
  const line = new Float64Array(width * channels);
  const data = new Float32Array(rows.outputSize * columns.outputSize * channels);
  for (let row = 0; row < rows.outputSize; row++) {
    const height = rows.count[row] as number;
    line.fill(isMean ? 0 : Number.NEGATIVE_INFINITY);
    for (let tap = 0; tap < height; tap++) {
      const from = ((rows.start[row] as number) + tap) * line.length;
      for (let i = 0; i < line.length; i++) {
        const value = x.data[from + i] as number;
        line[i] = isMean ? (line[i] as number) + value : Math.max(line[i] as number, value);
      }
    }
    for (let column = 0; column < columns.outputSize; column++) {
      const count = columns.count[column] as number;
      for (let c = 0; c < channels; c++) {
        let sum = isMean ? 0 : Number.NEGATIVE_INFINITY;
        for (let tap = 0; tap < count; tap++) {
          const value = line[((columns.start[column] as number) + tap) * channels + c] as number;
          sum = isMean ? sum + value : Math.max(sum, value);
        }
        data[(row * columns.outputSize + column) * channels + c] = isMean ? sum / (count * height) : sum;
      }
    }
  }
  return { data, shape: [rows.outputSize, columns.outputSize, channels] };
}
