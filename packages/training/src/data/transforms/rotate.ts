/** Rotates pictures, as data sets are augmented. */
import type { Sample } from '../data-set.ts';

/**
 * Rotates a picture clockwise about its center and interpolates bilinearly. It keeps its size.
 * Corners that become empty are black.
 */
export function rotated({ data, shape }: Sample, degrees: number): Sample {
  const [height, width, channels] = shape as [number, number, number];
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const result = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [
        middleX + cosine * (x - middleX) + sine * (y - middleY),
        middleY + cosine * (y - middleY) - sine * (x - middleX),
      ];
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      // The weights of the right column and of the lower row.
      const [right, bottom] = [fromX - left, fromY - top];
      const sampleAt = (row: number, column: number, c: number): number =>
        row < 0 || row >= height || column < 0 || column >= width ? 0 : (data[(row * width + column) * channels + c] as number);
      for (let c = 0; c < channels; c++) {
        const upper = (1 - right) * sampleAt(top, left, c) + right * sampleAt(top, left + 1, c);
        const lower = (1 - right) * sampleAt(top + 1, left, c) + right * sampleAt(top + 1, left + 1, c);
        result[at++] = Math.round((1 - bottom) * upper + bottom * lower);
      }
    }
  }
  return { data: result, shape };
}
