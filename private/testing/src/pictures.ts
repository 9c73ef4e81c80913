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

/** A gray or RGB page of a TIFF. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** An uncompressed TIFF whose pages can have different sizes, which sharp does not write. */
export function tiffOf(pages: readonly TiffPage[]): Buffer {
  const [SHORT, LONG] = [3, 4];
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let link = { part: 0, offset: 4 }; // where the offset of the next page is written
  const end = (): number => parts.reduce((sum, { length }) => sum + length, 0);
  for (const { width, height, channels } of pages) {
    const start = end();
    parts.push(Buffer.alloc(width * height * channels + ((width * height * channels) % 2), 99));
    parts[link.part]?.writeUInt32LE(end(), link.offset);
    const tags: [tag: number, type: number, value: number][] = [
      [256, SHORT, width],
      [257, SHORT, height],
      [258, SHORT, 8],
      [259, SHORT, 1], // no compression
      [262, SHORT, channels === 1 ? 1 : 2], // gray or RGB
      [273, LONG, start],
      [277, SHORT, channels],
      [278, SHORT, height],
      [279, LONG, width * height * channels],
    ];
    const directory = Buffer.alloc(2 + 12 * tags.length + 4);
    directory.writeUInt16LE(tags.length);
    for (const [i, [tag, type, value]] of tags.entries()) {
      directory.writeUInt16LE(tag, 2 + 12 * i);
      directory.writeUInt16LE(type, 4 + 12 * i);
      directory.writeUInt32LE(1, 6 + 12 * i);
      directory.writeUInt32LE(value, 10 + 12 * i);
    }
    link = { part: parts.length, offset: directory.length - 4 };
    parts.push(directory);
  }
  return Buffer.concat(parts);
}
