/** Reduces a picture by several methods, and measures how much of it comes back. */
import { type Pixels, poolImageAsync, psnr } from '@softpool/media';
import { ssim } from '@softpool/media/ssim';
import { timed } from '../parts/timed.ts';
import { measuredPart } from './measured-part.ts';
import { COMPARED, type ComparedMethod, type ReduceOptions } from './messages.ts';
import { crop } from './window-of-picture.ts';

type Picture = Pixels<Uint8ClampedArray>;

/** One method's result, with figures. */
export interface Comparison {
  readonly method: ComparedMethod;
  readonly small: Picture;
  readonly milliseconds: number;
  readonly ssim: number;
  readonly psnr: number;
}

/** Reduces by each method in turn. */
export async function comparePictures(
  original: ImageData,
  { factor, beta, linear }: ReduceOptions,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<readonly Comparison[]> {
  const pool = (picture: ImageData | Picture, method: ComparedMethod, onPart?: (done: number) => void) =>
    poolImageAsync(picture, { factor, beta, linear, method, signal, ...(onPart && { onProgress: onPart }) });
  // Nothing is compiled any more when the first method is timed.
  const corner = crop(original, 0, 0, Math.min(original.width, 256), Math.min(original.height, 256));
  for (const method of COMPARED) await pool(corner, method);
  const comparisons: Comparison[] = [];
  for (const [index, method] of COMPARED.entries()) {
    const report = (done: number) => onProgress((index + done * 0.6) / COMPARED.length);
    const [small, milliseconds] = await timed(() => pool(original, method, report));
    comparisons.push({ method, small, milliseconds, ...figures(original, small, factor) });
    onProgress((index + 1) / COMPARED.length);
  }
  return comparisons;
}

function figures(original: ImageData, small: Picture, factor: number): Pick<Comparison, 'ssim' | 'psnr'> {
  const { left, top, width, height } = measuredPart(original, factor);
  const before = withoutAlpha(crop(original, left, top, width, height));
  const after = withoutAlpha(enlarged(small, factor, left, top, width, height));
  return { psnr: psnr(before, after), ssim: Math.min(width, height) < 11 ? Number.NaN : ssim(before, after) };
}

/** A part of the enlarged result: each small pixel fills its window. */
export function enlarged(small: Picture, factor: number, left: number, top: number, width: number, height: number): Picture {
  const from = new Uint32Array(small.data.buffer, small.data.byteOffset, small.data.byteLength / 4);
  const to = new Uint32Array(width * height);
  for (let row = 0; row < height; row++) {
    const line = Math.floor((top + row) / factor) * small.width;
    for (let column = 0; column < width; column++) to[row * width + column] = from[line + Math.floor((left + column) / factor)] as number;
  }
  return { data: new Uint8ClampedArray(to.buffer), width, height, channels: 4 };
}

/**
 * Red, green and blue: the figures are those of `softpool image --compare --enlarge-by nearest`.
 */
function withoutAlpha({ data, width, height }: Picture): Picture {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgb[pixel * 3 + channel] = data[pixel * 4 + channel] as number;
  }
  return { data: rgb, width, height, channels: 3 };
}

/** How strongly a difference is drawn. */
const GAIN = 4;

/** The difference of two pictures, four times as bright, as gray. */
export function differenceOf(one: Picture, other: Picture): ImageData {
  const map = new ImageData(one.width, one.height);
  for (let pixel = 0; pixel < map.data.length; pixel += 4) {
    const difference = [0, 1, 2].reduce(
      (sum, channel) => sum + Math.abs((one.data[pixel + channel] ?? 0) - (other.data[pixel + channel] ?? 0)),
      0,
    );
    map.data.fill((difference / 3) * GAIN, pixel, pixel + 3);
    map.data[pixel + 3] = 255;
  }
  return map;
}
