/** One window of a picture: its pixels, their weights, and what each method makes of them. */
import { type Pixels, poolImage } from '@softpool/media';
import { softPool2dGrad } from 'softpool';

/** A window and its outputs, as bytes of red, green and blue. */
export interface PictureWindow {
  readonly colors: readonly Color[];
  readonly weights: readonly number[];
  readonly average: Color;
  readonly soft: Color;
  readonly max: Color;
}

export type Color = readonly [red: number, green: number, blue: number];

/** The window of `side` × `side` pixels in this row and column of windows. */
export function windowOfPicture(picture: ImageData, side: number, row: number, column: number, beta: number): PictureWindow {
  const pixels = crop(picture, column * side, row * side, side, side);
  const rgb = Float64Array.from(
    { length: side * side * 3 },
    (_, index) => (pixels.data[Math.floor(index / 3) * 4 + (index % 3)] ?? 0) / 255,
  );
  const gradient = softPool2dGrad(
    { data: rgb, shape: [side, side, 3] },
    { data: Float64Array.of(1, 0, 0), shape: [1, 1, 3] },
    { kernelSize: side, layout: 'channelsLast', weights: 'shared', beta },
  );
  const pooled = (method: 'average' | 'soft' | 'max') => colorAt(poolImage(pixels, { factor: side, method, beta }), 0);
  return {
    colors: Array.from({ length: side * side }, (_, index) => colorAt(pixels, index)),
    weights: Array.from({ length: side * side }, (_, index) => gradient.data[index * 3] as number),
    average: pooled('average'),
    soft: pooled('soft'),
    max: pooled('max'),
  };
}

/** A part of a picture. */
export function crop(picture: ImageData, left: number, top: number, width: number, height: number): Pixels<Uint8ClampedArray> {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * picture.width + left) * 4;
    data.set(picture.data.subarray(start, start + width * 4), row * width * 4);
  }
  return { data, width, height, channels: 4 };
}

function colorAt({ data }: Pick<Pixels, 'data'>, pixel: number): Color {
  return [data[pixel * 4] ?? 0, data[pixel * 4 + 1] ?? 0, data[pixel * 4 + 2] ?? 0];
}
