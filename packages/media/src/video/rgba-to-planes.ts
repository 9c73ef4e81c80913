/**
 * Turns RGBA into the planes of luma and chroma that encoders take (I420), by BT.709 in limited
 * range. Firefox converts RGBA by BT.601 and still says BT.709, so that colors are shifted.
 */
import type { Pixels } from '../pixels.ts';

/** Weights of red, green and blue in luma: ITU-R BT.709, §3.2. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722] as const;

/** Weights are integers, with so many fractional bits. */
const BITS = 16;
const ONE = 2 ** BITS;

const inUnits = (weights: readonly [number, number, number], range: number) =>
  weights.map((weight) => Math.round((weight * range * ONE) / 255)) as [number, number, number];
const LUMA = inUnits([RED, GREEN, BLUE], 219);
const CB = inUnits([-RED / (2 - 2 * BLUE), -GREEN / (2 - 2 * BLUE), 0.5], 224);
const CR = inUnits([0.5, -GREEN / (2 - 2 * RED), -BLUE / (2 - 2 * RED)], 224);

/** What planes say of their colors. */
export const PLANES_COLOR = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const;

/**
 * Luma, then Cb, then Cr, of the first `width` × `height` pixels of 8 bits; both are even or 1. The
 * chroma of 2 × 2 pixels is that of their mean.
 */
export function rgbaToPlanes({ data, width: stride }: Pixels, width: number, height: number): Uint8Array {
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const luma = width * height;
  const chroma = chromaWidth * chromaHeight;
  const planes = new Uint8Array(luma + 2 * chroma);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = y * stride * 4; x < width; x++, at += 4) {
      const sum = LUMA[0] * (data[at] as number) + LUMA[1] * (data[at + 1] as number) + LUMA[2] * (data[at + 2] as number);
      planes[to++] = 16 + ((sum + ONE / 2) >> BITS);
    }
  }
  const [right, below] = [width > 1 ? 4 : 0, height > 1 ? stride * 4 : 0];
  const sumOfFour = (at: number): number =>
    (data[at] as number) + (data[at + right] as number) + (data[at + below] as number) + (data[at + right + below] as number);
  for (let y = 0, to = luma; y < chromaHeight; y++) {
    for (let x = 0, at = y * stride * 8; x < chromaWidth; x++, at += 8, to++) {
      const [red, green, blue] = [sumOfFour(at), sumOfFour(at + 1), sumOfFour(at + 2)];
      planes[to] = 128 + ((CB[0] * red + CB[1] * green + CB[2] * blue + 2 * ONE) >> (BITS + 2));
      planes[to + chroma] = 128 + ((CR[0] * red + CR[1] * green + CR[2] * blue + 2 * ONE) >> (BITS + 2));
    }
  }
  return planes;
}
