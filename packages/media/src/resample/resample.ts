/** Resamples images so that nothing shifts: first along the rows, then along the columns. */
import { emptySamples, hasAlpha, type Pixels, sampleMaximum } from '../pixels.ts';
import type { Axis } from './axis.ts';
import type { Resampler } from './filters.ts';
import { type Taps, tapsOf } from './taps.ts';

/**
 * Resamples an image on sRGB-encoded samples, with colors multiplied by alpha. Samples of 8 and 16
 * bits are rounded once, at the end.
 *
 * @param pixels - The image.
 * @param columns - Where the columns of the result lie among those of the image.
 * @param rows - Where the rows of the result lie among those of the image.
 * @param resampler - The resampler.
 */
export function resample<S extends Uint8Array | Uint16Array>(
  pixels: Pixels<S>,
  columns: Axis,
  rows: Axis,
  resampler: Resampler,
): Pixels<S> {
  const { channels } = pixels;
  const [across, down] = [tapsOf(columns, resampler), tapsOf(rows, resampler)];
  if (across.size === 1 && down.size === 1) return pickPixels(pixels, across.indexes, down.indexes);
  const [width, height] = [columns.positions.length, rows.positions.length];
  const lines = resampleRows(pixels, across);
  const { size, indexes, weights } = down;
  const data = emptySamples(pixels.data, width * height * channels);
  const line = new Float64Array(width * channels);
  for (let row = 0; row < height; row++) {
    line.fill(0);
    for (let tap = row * size; tap < (row + 1) * size; tap++) {
      const start = (indexes[tap] as number) * line.length;
      const weight = weights[tap] as number;
      for (let i = 0; i < line.length; i++) line[i] = (line[i] as number) + weight * (lines[start + i] as number);
    }
    roundInto(data, row * line.length, line, channels);
  }
  return { data, width, height, channels };
}

/** Takes one pixel of the image for each of the result, as it is. */
function pickPixels<S extends Uint8Array | Uint16Array>(pixels: Pixels<S>, columns: Int32Array, rows: Int32Array): Pixels<S> {
  const { channels } = pixels;
  const [width, height] = [columns.length, rows.length];
  const data = emptySamples(pixels.data, width * height * channels);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * pixels.width + column) * channels;
      for (let c = 0; c < channels; c++) data[at++] = pixels.data[from + c] as number;
    }
  }
  return { data, width, height, channels };
}

/** All rows of the image, each as long as the result's. Colors are multiplied by alpha. */
function resampleRows({ data, width, height, channels }: Pixels, { size, indexes, weights }: Taps): Float32Array {
  const outputWidth = indexes.length / size;
  const lines = new Float32Array(outputWidth * height * channels);
  const line = new Float64Array(width * channels);
  const maximum = sampleMaximum(data);
  for (let row = 0, at = 0; row < height; row++) {
    for (let i = 0; i < line.length; i++) line[i] = data[row * line.length + i] as number;
    if (hasAlpha(channels)) scaleColors(line, channels, (alpha) => alpha / maximum);
    for (let column = 0; column < outputWidth; column++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let tap = column * size; tap < (column + 1) * size; tap++) {
          sum += (weights[tap] as number) * (line[(indexes[tap] as number) * channels + c] as number);
        }
        lines[at++] = sum;
      }
    }
  }
  return lines;
}

/** Divides the colors of a row by alpha, rounds it, and writes it at `offset`. */
function roundInto(data: Uint8Array | Uint16Array, offset: number, line: Float64Array, channels: Pixels['channels']): void {
  const maximum = sampleMaximum(data);
  if (hasAlpha(channels)) scaleColors(line, channels, (alpha) => (alpha > 0 ? maximum / alpha : 0));
  for (let i = 0; i < line.length; i++) data[offset + i] = Math.min(maximum, Math.max(0, Math.round(line[i] as number)));
}

/** Multiplies the colors of each pixel by a number that depends on its alpha. */
function scaleColors(line: Float64Array, channels: Pixels['channels'], scaleOf: (alpha: number) => number): void {
  for (let pixel = 0; pixel < line.length; pixel += channels) {
    const scale = scaleOf(line[pixel + channels - 1] as number);
    for (let c = 0; c < channels - 1; c++) line[pixel + c] = (line[pixel + c] as number) * scale;
  }
}
