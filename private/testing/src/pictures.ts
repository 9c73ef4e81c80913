/** Image files that tests make, and what tests read from image files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { imageFormatOf } from '@softpool/media';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import sharp, { type Sharp } from 'sharp';

/** Writes an image of one color, in the format of its extension. */
export async function plain(folder: string, path: string, width = 4, height = 4, color = [200, 100, 50]): Promise<void> {
  const pixels = Array.from({ length: width * height }, () => color);
  await save(fromSamples(pixels, width), folder, path);
}

/** An image of uniform noise, which no format compresses well. Always the same for a size. */
export function noise(width: number, height: number): Sharp {
  const generator = xoroshiro128plus(1);
  const data = Buffer.alloc(width * height * 3).map(() => uniformInt(generator, 0, 255));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** An image from its pixels, row after row. */
export function fromSamples(pixels: readonly (readonly number[])[], width: number): Sharp {
  const channels = (pixels[0]?.length ?? 3) as 1 | 2 | 3 | 4;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height: pixels.length / width, channels } });
}

/** Writes an image in the format of its extension, or as PNG without one. Creates its folders. */
export async function save(image: Sharp, folder: string, path: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  const format = imageFormatOf(path) ?? 'png';
  await writeFile(file, await image.toFormat(format === 'svg' ? 'png' : format).toBuffer());
}

/** An image file as another program reads it. */
export interface Seen {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** The type of its samples, as sharp names it. */
  readonly depth: string;
  /** Samples of each pixel, row after row. Slow for large images. */
  readonly pixels: number[][];
}

/** Reads an image file. Rejects if it cannot be decoded completely. */
export async function look(source: string | Uint8Array): Promise<Seen> {
  const { format, depth } = await sharp(source).metadata();
  const { data, info } = await sharp(source, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  const pixelAt = (_: unknown, i: number): number[] => [...data.subarray(i * info.channels, (i + 1) * info.channels)];
  return {
    format: format === 'heif' ? 'avif' : format,
    width: info.width,
    height: info.height,
    depth,
    get pixels() {
      return Array.from({ length: info.width * info.height }, pixelAt);
    },
  };
}
