/** Pictures that tests make, and what tests see in files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** A PNG, or another format by the path's extension, of one colour. */
export async function plain(folder: string, path: string, width = 4, height = 4, colour = [200, 100, 50]): Promise<void> {
  await save(
    fromSamples(
      Array.from({ length: width * height }, () => colour),
      width,
    ),
    folder,
    path,
  );
}

/** A picture of noise, which no format compresses to nothing. */
export function noise(width: number, height: number): Sharp {
  let state = 1;
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[i] = state >>> 24;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A picture of pixels, row after row. */
export function fromSamples(pixels: readonly (readonly number[])[], width: number): Sharp {
  const channels = (pixels[0]?.length ?? 3) as 1 | 2 | 3 | 4;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height: pixels.length / width, channels } });
}

/** Writes a picture as a PNG, or as what its extension says, with the folders it is in. */
export async function save(picture: Sharp, folder: string, path: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  const format = /\.(jpe?g|webp|avif|tiff?)$/i.exec(path)?.[1]?.toLowerCase() ?? 'png';
  await writeFile(file, await picture.toFormat(format as 'png').toBuffer());
}

/** What another program sees in an image file: its format, its size, its pixels. Rejects if it does not decode to its end. */
export async function look(
  source: string | Uint8Array,
): Promise<{ format: string; width: number; height: number; pixels: number[][]; depth: string }> {
  const { format, depth } = await sharp(source).metadata();
  const { data, info } = await sharp(source, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  const pixelAt = (_: unknown, i: number): number[] => [...data.subarray(i * info.channels, (i + 1) * info.channels)];
  return {
    format: format === 'heif' ? 'avif' : format,
    width: info.width,
    height: info.height,
    depth,
    get pixels() {
      return Array.from({ length: info.width * info.height }, pixelAt); // only for who asks: of a large picture they take seconds
    },
  };
}
