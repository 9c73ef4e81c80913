import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { LONGEST_SIDES } from './encode-image.ts';
import { type EncodeOptions, encodeImage, IMAGE_FORMATS, type ImageFormat, type Picture, readImage } from './index.ts';

type Samples = Uint8Array | Uint16Array;

function picture(data: Samples, width: number, channels: 1 | 2 | 3 | 4, format = 'png'): Picture {
  return { data, width, height: data.length / width / channels, channels, format, pages: 1 };
}

/** Levels over the whole scale, 24 samples for any number of channels. */
const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 11);
const words = Uint16Array.from({ length: 24 }, (_, i) => i * 2801);

describe('PNG and TIFF are lossless', () => {
  const cases = (['png', 'tiff'] as const).flatMap((format) =>
    [bytes, words].flatMap((data) => ([1, 2, 3, 4] as const).map((channels) => ({ format, data, channels, type: data.constructor.name }))),
  );

  test.each(cases)('$format of $channels channels from a $type', async ({ format, data, channels }) => {
    const file = await encodeImage(picture(data, 2, channels), { format });
    const pixels = await readImage(file);
    expect(pixels.format).toBe(format);
    expect(pixels.data).toBeInstanceOf(data.constructor === Uint16Array ? Uint16Array : Uint8Array);
    expect([...pixels.data]).toEqual([...data]);
  });

  test('a TIFF with a quality is smaller and lossy, but lossless with alpha or 16 bits', async () => {
    const smooth = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 500));
    const noisy = smooth.map((sample, i) => sample + (i % 7));
    const lossy = await encodeImage(picture(noisy, 64, 3, 'tiff'), { quality: 60 });
    expect(lossy.length).toBeLessThan((await encodeImage(picture(noisy, 64, 3, 'tiff'))).length);
    const { data } = await readImage(lossy);
    const error = noisy.reduce((sum, sample, i) => sum + Math.abs(sample - data[i]!), 0) / data.length;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(8);
    for (const exact of [picture(bytes, 2, 4, 'tiff'), picture(words, 2, 3, 'tiff')]) {
      expect([...(await readImage(await encodeImage(exact, { quality: 60 }))).data]).toEqual([...exact.data]);
    }
  });
});

describe('formats of 8 bits', () => {
  test.each(['jpeg', 'webp', 'avif'] as const)('%s keeps the brightness of 16-bit samples', async (format) => {
    const file = await encodeImage(picture(new Uint16Array(32 * 32 * 3).fill(25700), 32, 3), { format });
    const { data } = await readImage(file);
    expect(data).toBeInstanceOf(Uint8Array);
    // 25700 is level 100 of 255; two levels for the conversion to luma and chroma.
    for (const sample of data) expect(Math.abs(sample - 100)).toBeLessThanOrEqual(2);
  });

  test('JPEG flattens transparent pixels onto white', async () => {
    const clear = new Uint8Array(16 * 16 * 4);
    expect(new Set((await readImage(await encodeImage(picture(clear, 16, 4), { format: 'jpeg' }))).data)).toEqual(new Set([255]));
    // Black at alpha 0.4 on white is 0.6 of white, 153; one level for JPEG.
    const veil = clear.map((_, i) => (i % 4 === 3 ? 102 : 0));
    for (const sample of (await readImage(await encodeImage(picture(veil, 16, 4), { format: 'jpeg' }))).data) {
      expect(Math.abs(sample - 153)).toBeLessThanOrEqual(1);
    }
    const wide = Uint16Array.from({ length: 16 * 16 * 2 }, (_, i) => (i % 2 === 1 ? 26214 : 0));
    for (const sample of (await readImage(await encodeImage(picture(wide, 16, 2), { format: 'jpeg' }))).data) {
      expect(Math.abs(sample - 153)).toBeLessThanOrEqual(1);
    }
  });

  test('WebP and AVIF keep alpha', async () => {
    const veil = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => (i % 4 === 3 ? 102 : 200));
    for (const format of ['webp', 'avif'] as const) {
      const pixels = await readImage(await encodeImage(picture(veil, 16, 4), { format }));
      expect(pixels.channels).toBe(4);
      expect(pixels.data[3]).toBe(102);
    }
  });

  test.each(['jpeg', 'webp', 'avif'] as const)('%s is larger with a higher quality', async (format) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) % 256);
    const size = async (quality: number): Promise<number> => (await encodeImage(picture(noise, 64, 3), { format, quality })).length;
    expect(await size(95)).toBeGreaterThan(1.2 * (await size(20)));
  });
});

describe('the format', () => {
  test('is by default that of the image, and PNG if that cannot be written', async () => {
    const formatOf = async (format: string): Promise<string> => (await readImage(await encodeImage(picture(bytes, 2, 3, format)))).format;
    for (const format of IMAGE_FORMATS) expect(await formatOf(format)).toBe(format);
    expect(await formatOf('gif')).toBe('png');
    expect(await formatOf('svg')).toBe('png');
  });

  test('has no metadata: no EXIF, no profile, no orientation', async () => {
    const source = sharp(new Uint8Array(12), { raw: { width: 2, height: 2, channels: 3 } });
    const file = await source
      .jpeg()
      .withExif({ IFD0: { Artist: 'somebody' } })
      .withIccProfile('p3')
      .toBuffer();
    expect((await sharp(file).metadata()).exif).toBeDefined();
    const written = await sharp(await encodeImage(await readImage(file))).metadata();
    expect([written.exif, written.icc, written.xmp, written.orientation]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('encodeImage refuses', () => {
  test.each<[options: unknown, error: Error]>([
    [{ format: 'gif' }, new TypeError("encodeImage: options.format must be 'jpeg' or 'png' or 'webp' or 'avif' or 'tiff', received 'gif'")],
    [{ quality: 0 }, new RangeError('encodeImage: options.quality must be an integer from 1 to 100, received 0')],
    [{ quality: 101 }, new RangeError('encodeImage: options.quality must be an integer from 1 to 100, received 101')],
    [{ quality: 80.5 }, new RangeError('encodeImage: options.quality must be an integer from 1 to 100, received 80.5')],
    [{ quality: Number.NaN }, new RangeError('encodeImage: options.quality must be an integer from 1 to 100, received NaN')],
  ])('%o', async (options, error) => {
    await expect(encodeImage(picture(bytes, 2, 3), options as EncodeOptions)).rejects.toThrow(error);
  });

  test.each<[ImageFormat, number]>([
    ['jpeg', 65536],
    ['webp', 16384],
  ])('%s of %i pixels in width', async (format, width) => {
    const message = new RegExp(`^encodeImage: cannot write an image of ${width} × 1 pixels as ${format}: .*too large`);
    await expect(encodeImage(picture(new Uint8Array(width), width, 1), { format })).rejects.toThrow(message);
    await expect(encodeImage(picture(new Uint8Array(width), width, 1), { format })).rejects.toBeInstanceOf(RangeError);
  });

  test.each(['jpeg', 'webp', 'avif'] as const)('a side of a %s beyond the longest that its library takes', async (format) => {
    const encode = (height: number) => encodeImage(picture(new Uint8Array(height), 1, 1), { format, quality: 1 });
    const longest = LONGEST_SIDES[format]!;
    expect(await readImage(await encode(longest))).toMatchObject({ format, height: longest });
    await expect(encode(longest + 1)).rejects.toThrow(`cannot write an image of 1 × ${longest + 1} pixels as ${format}`);
  });

  test('samples that do not fit the size', async () => {
    const short: Picture = { format: 'png', pages: 1, data: bytes, width: 5, height: 2, channels: 3 };
    const error = new RangeError('encodeImage: pixels.data must hold 30 samples (5 × 2 × 3), received 24');
    await expect(encodeImage(short)).rejects.toThrow(error);
  });
});
