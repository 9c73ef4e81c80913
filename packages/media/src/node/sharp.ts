/** sharp, loaded when it is first needed: it is an optional peer dependency of this package. */
import type sharp from 'sharp';
import type { Sharp } from 'sharp';
import { typeError } from 'softpool/internal';
import { checkedPixels, emptySamples, hasAlpha, type Pixels } from '../pixels.ts';

/** Loads sharp. Rejects with one line that says what to install if it is missing. */
export async function loadSharp(): Promise<typeof sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('@softpool/media/node needs the package sharp: npm install sharp', { cause: error });
  }
}

/**
 * Has libvips read files again: it keeps what it has read from a path, also after the file has
 * changed. What its cache may hold stays as it was set.
 */
export function forgetFiles(sharp: Awaited<ReturnType<typeof loadSharp>>): void {
  const { memory, files, items } = sharp.cache();
  sharp.cache(false);
  sharp.cache({ memory: memory.max, files: files.max, items: items.max });
}

/** Pixels of a file: 8 or 16 bits a sample. */
export type FilePixels = Pixels<Uint8Array | Uint16Array>;

/** Pixels as input of sharp; pages below each other, each of `pageHeight` rows. */
export async function toSharp({ data, width, height, channels }: FilePixels, pageHeight = height): Promise<Sharp> {
  const image = (await loadSharp())(data, { raw: { width, height, channels, pageHeight }, limitInputPixels: false });
  return data instanceof Uint16Array ? image.toColourspace(channels < 3 ? 'grey16' : 'rgb16') : image;
}

/** Milliseconds between the small tasks that sharp gets while a call waits. */
const NUDGE_MS = 1000;

/**
 * Waits for what sharp makes. If libvips gets a task while its last idle thread ends, 15.5 seconds
 * after the task before, nothing runs it until the next task comes
 * (https://github.com/lovell/sharp/issues/4486). So small tasks follow as long as a call waits.
 */
export async function completed<T>(work: Promise<T>): Promise<T> {
  const nudge = async () => {
    const pixel = (await loadSharp())({ create: { width: 1, height: 1, channels: 3, background: 'black' } });
    await pixel.raw().toBuffer();
  };
  const timer = setInterval(() => void nudge().catch(() => undefined), NUDGE_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** The color space of pixels, in which sharp writes them as they are: gray as gray. */
export function spaceOf({ data, channels }: FilePixels): string {
  if (channels < 3) return data instanceof Uint16Array ? 'grey16' : 'b-w';
  return data instanceof Uint16Array ? 'rgb16' : 'srgb';
}

/** The pixels that sharp makes of an image. */
export async function fromSharp(image: Sharp, wide: boolean): Promise<FilePixels> {
  const { data, info } = await completed(image.raw(wide ? { depth: 'ushort' } : {}).toBuffer({ resolveWithObject: true }));
  const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  return { data: samples, width: info.width, height: info.height, channels: info.channels as FilePixels['channels'] };
}

/** The image with so many channels: sharp turns gray into color on some paths. */
export function withChannels(pixels: FilePixels, channels: FilePixels['channels']): FilePixels {
  if (pixels.channels === channels) return pixels;
  const count = pixels.width * pixels.height;
  const data = emptySamples(pixels.data, count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let c = 0; c < channels; c++) {
      const isAlpha = hasAlpha(channels) && c === channels - 1;
      data[pixel * channels + c] = pixels.data[pixel * pixels.channels + (isAlpha ? pixels.channels - 1 : c)] as number;
    }
  }
  return { ...pixels, data, channels };
}

/** The same image, once it has 8 or 16 bits a sample: see `checkedPixels`. */
export function checkedFilePixels<P extends FilePixels>(call: string, name: string, given: P): P {
  const pixels = checkedPixels(call, name, given);
  if (pixels.data instanceof Uint8Array || pixels.data instanceof Uint16Array) return pixels;
  throw typeError(call, `${name}.data`, 'a Uint8Array or Uint16Array', pixels.data);
}

/** The same pixels with 8 bits a sample. */
export function toEightBits(pixels: FilePixels): Pixels<Uint8Array> {
  const { data, width, height, channels } = pixels;
  const samples = data instanceof Uint16Array ? Uint8Array.from(data, (sample) => Math.round(sample / 257)) : data;
  return { data: samples, width, height, channels };
}

/** An error of sharp as one line: it can repeat itself in further lines, and end in a colon. */
export function sharpMessage(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return line.trim().replace(/:$/, '');
}
