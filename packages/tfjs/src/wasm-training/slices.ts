import { reshape, slice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Span } from './axis.ts';

/** The whole axis. */
const ALL = -1;

/**
 * A part of `[N, H, W, C]`. The backend copies a slice run by run in JavaScript. As `[N, H, W·C]` a
 * run is a row, not a pixel.
 */
export function sliceImages(
  x: Tensor4D,
  images: Pick<Span, 'start' | 'length'>,
  rows: Pick<Span, 'start' | 'length'>,
  columns: Pick<Span, 'start' | 'length'>,
): Tensor4D {
  const [n, height, width, channels] = x.shape;
  if (images.length === n && rows.length === height && columns.length === width) return x;
  const begin: [number, number, number] = [images.start, rows.start, columns.start * channels];
  const size: [number, number, number] = [images.length, rows.length, columns.length * channels];
  return reshape(slice(reshape(x, [n, height, width * channels]), begin, size), [images.length, rows.length, columns.length, channels]);
}

/** `length` elements of the first axis, beginning at `start`. They are contiguous: one copy. */
export function sliceFirst<T extends Tensor>(x: T, start: number, length: number): T {
  if (length === x.shape[0]) return x;
  const rest = x.shape.slice(1);
  return slice(x, [start, ...rest.map(() => 0)], [length, ...rest.map(() => ALL)]) as T;
}
