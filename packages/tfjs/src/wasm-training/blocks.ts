/**
 * Sums over images and their rows, part by part. A part needs copies of what it sums: transposed,
 * and packed as the backend packs filters. Parts of a bounded size keep the memory for them
 * constant, whatever the batch, and near the caches.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { inputsOf, type Plane, type Span } from './axis.ts';
import { sliceFirst, sliceImages } from './slices.ts';
import { sumOf } from './sum-of.ts';

/** Some rows of some images of `dy`, and the part of `x` that they come from. */
export interface Block {
  readonly x: Tensor4D;
  readonly dy: Tensor4D;
  readonly plane: Plane;
  /** The position of that part of `x` in the images. */
  readonly read: readonly [rows: Span, columns: Span];
}

/** Elements of `x` and `dy` in a part. */
const PART = 2 ** 21;

/**
 * Images in a block, if there are that many. They are the innermost loop, which should not be
 * short.
 */
const IMAGES = 64;

/** The sum of `term` over blocks of `x` `[N, H, W, C]` and `dy` `[N, oH, oW, O]`. */
export function sumOverBlocks<T extends Tensor>(x: Tensor4D, dy: Tensor4D, plane: Plane, shape: number[], term: (block: Block) => T): T {
  const [rows, columns] = plane;
  const wide = inputsOf(columns, 0, columns.output);
  const band = rowsAtOnce(x, dy, plane);
  const terms = parts(dy.shape[0], IMAGES).flatMap((images) =>
    parts(rows.output, band).flatMap((outputs) => {
      const high = inputsOf(rows, outputs.start, outputs.start + outputs.length);
      if (high.length === 0 || wide.length === 0) return [];
      return () =>
        term({
          x: sliceImages(x, images, high, wide),
          dy: sliceImages(dy, images, outputs, { start: 0, length: columns.output }),
          plane,
          read: [high, wide],
        });
    }),
  );
  return sumOf(shape, terms);
}

/** The sum of `term` over the rows of two matrices with as many rows. */
export function sumOverRows<T extends Tensor>(a: Tensor2D, b: Tensor2D, shape: number[], term: (someA: Tensor2D, someB: Tensor2D) => T): T {
  const some = parts(a.shape[0], Math.ceil(PART / (a.shape[1] + b.shape[1])));
  return sumOf(
    shape,
    some.map(
      ({ start, length }) =>
        () =>
          term(sliceFirst(a, start, length), sliceFirst(b, start, length)),
    ),
  );
}

function rowsAtOnce(x: Tensor4D, dy: Tensor4D, [rows, columns]: Plane): number {
  const elementsOfRow = Math.min(IMAGES, x.shape[0]) * (rows.stride * columns.input * x.shape[3] + columns.output * dy.shape[3]);
  // The backend stores a pointer per output of a row and tap, whatever the channels and images.
  const pointersOfRow = columns.output * rows.kernel * columns.kernel;
  return Math.max(1, Math.floor(PART / Math.max(elementsOfRow, pointersOfRow)));
}

function parts(length: number, atOnce: number): { start: number; length: number }[] {
  return Array.from({ length: Math.ceil(length / atOnce) }, (_, part) => ({
    start: part * atOnce,
    length: Math.min(atOnce, length - part * atOnce),
  }));
}
