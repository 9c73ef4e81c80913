import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tiffOf } from '@softpool/testing/pictures';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ImageError, type ImageErrorReason, readImage, readImageSize } from './index.ts';

/** Raw samples as an image to encode. */
function raw(data: Uint8Array | Uint16Array, width: number, channels: 1 | 2 | 3 | 4): Sharp {
  return sharp(data, { raw: { width, height: data.length / width / channels, channels } });
}

/** The samples of a file, without conversion. */
async function stored(file: Uint8Array): Promise<number[]> {
  return [...(await sharp(file, { ignoreIcc: true }).raw().toBuffer())];
}

/** Compares many samples: a matcher would be slow. */
function equal(a: Uint8Array | Uint16Array, b: Uint8Array | Uint16Array): boolean {
  return a.length === b.length && a.every((sample, i) => sample === b[i]);
}

const bytes = Uint8Array.of(0, 51, 102, 255);
const words = Uint16Array.of(0, 1001, 40001, 65535);

describe('every type of samples is read with the bits of the file, and gray as gray', () => {
  const kinds: [what: string, pixels: Sharp, expected: number[]][] = [
    ['8-bit gray', raw(bytes, 2, 1).toColourspace('b-w'), [0, 51, 102, 255]],
    ['8-bit gray with alpha', raw(bytes, 2, 2).toColourspace('b-w'), [0, 51, 102, 255]],
    ['8-bit color', raw(Uint8Array.of(1, 2, 3, 253, 254, 255), 2, 3), [1, 2, 3, 253, 254, 255]],
    ['8-bit color with alpha', raw(Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 255), 2, 4), [1, 2, 3, 0, 4, 5, 6, 255]],
    ['16-bit gray', raw(words, 2, 1).toColourspace('grey16'), [0, 1001, 40001, 65535]],
    ['16-bit gray with alpha', raw(words, 2, 2).toColourspace('grey16'), [0, 1001, 40001, 65535]],
    ['16-bit color', raw(Uint16Array.of(1, 2, 3, 65533, 65534, 65535), 2, 3).toColourspace('rgb16'), [1, 2, 3, 65533, 65534, 65535]],
    ['16-bit color with alpha', raw(words, 1, 4).toColourspace('rgb16'), [0, 1001, 40001, 65535]],
  ];

  test.each(kinds.flatMap(([what, pixels, expected]) => (['png', 'tiff'] as const).map((format) => ({ what, pixels, expected, format }))))(
    '$what in $format',
    async ({ what, pixels, expected, format }) => {
      const file = await pixels
        .clone()
        .toFormat(format, format === 'tiff' ? { compression: 'none' } : {})
        .toBuffer();
      const picture = await readImage(file);
      expect(picture.format).toBe(format);
      expect(picture.data).toBeInstanceOf(what.startsWith('16') ? Uint16Array : Uint8Array);
      expect([...picture.data]).toEqual(expected);
      expect(picture.channels).toBe((what.includes('gray') ? 1 : 3) + Number(what.endsWith('alpha')));
      expect(picture.width * picture.height * picture.channels).toBe(expected.length);
    },
  );

  test('a PNG with a palette gives the colors of the palette', async () => {
    const file = await raw(Uint8Array.of(255, 0, 0, 0, 0, 255, 255, 0, 0), 3, 3)
      .png({ palette: true })
      .toBuffer();
    expect(file[25]).toBe(3); // the header's color type: a palette
    expect([...(await readImage(file)).data]).toEqual([255, 0, 0, 0, 0, 255, 255, 0, 0]);
  });

  test('a PNG of 1 bit, and a TIFF, give black and white', async () => {
    // 8 pixels, 10110001 in bits, as the PNG specification writes them: header, one row with filter
    // 0, end.
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAABAQAAAADLe9LuAAAACklEQVR4nGPYCAAAswCyIZJRygAAAABJRU5ErkJggg==', 'base64');
    const levels = [1, 0, 1, 1, 0, 0, 0, 1].map((bit) => 255 * bit);
    expect([...(await readImage(png)).data]).toEqual(levels);
    const gray = raw(Uint8Array.of(255, 0, 255, 255, 0, 0, 0, 255), 8, 1).toColourspace('b-w');
    const tiff = await gray.tiff({ bitdepth: 1, compression: 'none' }).toBuffer();
    expect([...(await readImage(tiff)).data]).toEqual(levels);
  });

  test('one pixel, and a row of 10000', async () => {
    const one = await readImage(
      await raw(Uint8Array.of(7, 8, 9), 1, 3)
        .png()
        .toBuffer(),
    );
    expect(one).toMatchObject({ width: 1, height: 1, channels: 3 });
    expect([...one.data]).toEqual([7, 8, 9]);
    const levels = Uint8Array.from({ length: 30000 }, (_, i) => i % 256);
    const row = await readImage(await raw(levels, 10000, 3).png().toBuffer());
    expect(row).toMatchObject({ width: 10000, height: 1 });
    expect(equal(row.data, levels)).toBe(true);
  });
});

describe('colors become sRGB', () => {
  const color = Uint8Array.of(200, 0, 0);

  test('from Display P3, which has other samples for the same color', async () => {
    const file = await raw(color, 1, 3).withIccProfile('p3').png().toBuffer();
    // The red of sRGB is less saturated than that of P3: 0.8225, 0.0332 and 0.0171 of P3's
    // primaries in linear light. Level 200 is about 183, 38, 24.
    expect(await stored(file)).toEqual([183, 38, 24]);
    // One level, for rounding to 8 bits in between.
    for (const [c, level] of [...(await readImage(file)).data].entries()) {
      expect(Math.abs(level - color[c]!)).toBeLessThanOrEqual(1);
    }
  });
});

describe('an image is turned upright', () => {
  // Stored as 10 20 30 above 40 50 60; shown as EXIF's orientation says.
  test.each([
    { orientation: 1, means: 'as stored', rows: ['10 20 30', '40 50 60'] },
    { orientation: 2, means: 'mirrored left to right', rows: ['30 20 10', '60 50 40'] },
    { orientation: 3, means: 'turned by half', rows: ['60 50 40', '30 20 10'] },
    { orientation: 4, means: 'mirrored top to bottom', rows: ['40 50 60', '10 20 30'] },
    { orientation: 5, means: 'rows for columns', rows: ['10 40', '20 50', '30 60'] },
    { orientation: 6, means: 'turned clockwise', rows: ['40 10', '50 20', '60 30'] },
    { orientation: 7, means: 'rows for columns, turned by half', rows: ['60 30', '50 20', '40 10'] },
    { orientation: 8, means: 'turned counter-clockwise', rows: ['30 60', '20 50', '10 40'] },
  ])('orientation $orientation: $means', async ({ orientation, rows }) => {
    const file = await raw(Uint8Array.of(10, 20, 30, 40, 50, 60), 3, 1)
      .png()
      .withMetadata({ orientation })
      .toBuffer();
    expect((await sharp(file).metadata()).orientation).toBe(orientation);
    const { data, width, height, channels } = await readImage(file);
    const shown = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => data[(y * width + x) * channels]).join(' '),
    );
    expect(shown).toEqual(rows);
  });

  test('in a JPEG too', async () => {
    const file = await raw(new Uint8Array(48 * 16 * 3), 48, 3)
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const pixels = await readImage(file);
    expect(pixels).toMatchObject({ width: 16, height: 48 });
  });
});

describe('other sources', () => {
  test.each(['gif', 'webp'] as const)('an animated %s gives its first frame', async (format) => {
    const [first, second] = [new Uint8Array(8 * 8 * 3).fill(200), new Uint8Array(8 * 8 * 3).fill(9)];
    const frames = sharp(Buffer.concat([first, second]), { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
    const file = await frames.toFormat(format, { delay: [100, 100], ...(format === 'webp' && { lossless: true }) }).toBuffer();
    expect((await sharp(file, { animated: true }).metadata()).pages).toBe(2);
    const pixels = await readImage(file);
    expect(pixels).toMatchObject({ width: 8, height: 8 });
    expect([...pixels.data.subarray(0, 3)]).toEqual([200, 200, 200]);
  });

  test('an SVG is rendered on a transparent background', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"><rect width="1" height="1" fill="red"/></svg>';
    const pixels = await readImage(Buffer.from(svg));
    expect(pixels.format).toBe('svg');
    expect([...pixels.data]).toEqual([255, 0, 0, 255, 0, 0, 0, 0]);
  });

  test('a path and the bytes of its file give the same image', async () => {
    const path = fileURLToPath(new URL('../../../../examples/photographs/chelsea.png', import.meta.url));
    const [fromPath, fromBytes] = [await readImage(path), await readImage(await readFile(path))];
    expect(fromPath).toMatchObject({ width: 451, height: 300, channels: 3 });
    expect(equal(fromPath.data, fromBytes.data)).toBe(true);
  });
});

function svg(width: number): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="9"><path d="M0 0h9v9z"/></svg>`);
}

describe('readImageSize', () => {
  /** Writes a file that is deleted after the test. */
  async function file(bytes: Uint8Array, name = 'image'): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'image-size-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  const refusal = (path: string, maxPixels?: number): Promise<unknown> =>
    readImageSize(path, { maxPixels }).catch((error: unknown) =>
      error instanceof ImageError ? ([error.reason, error.message] satisfies [ImageErrorReason, string]) : error,
    );

  test('gives the size of the upright image, and its samples', async () => {
    const rotated = raw(new Uint8Array(48 * 16 * 3), 48, 3)
      .jpeg()
      .withMetadata({ orientation: 6 });
    expect(await readImageSize(await file(await rotated.toBuffer()))).toEqual({
      width: 16,
      height: 48,
      channels: 3,
      bytesPerSample: 1,
      format: 'jpeg',
      pages: 1,
    });
    const wide = raw(new Uint16Array(12 * 4), 3, 4)
      .toColourspace('rgb16')
      .png();
    expect(await readImageSize(await file(await wide.toBuffer()))).toMatchObject({ width: 3, height: 4, channels: 4, bytesPerSample: 2 });
  });

  test('needs only the header', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 256);
    const png = await raw(noise, 64, 3).png().toBuffer();
    expect(await readImageSize(await file(png.subarray(0, 2000)))).toMatchObject({ width: 64, height: 64 });
    expect(await readImageSize(png.subarray(0, 2000))).toMatchObject({ width: 64, height: 64 });
  });

  test.each([
    ['WebP', (image: Sharp) => image.webp().toBuffer()],
    ['interlaced PNG', (image: Sharp) => image.png({ progressive: true }).toBuffer()],
    ['tiled TIFF', (image: Sharp) => image.tiff({ tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer()],
    ['SVG', async (image: Sharp) => svg((await image.metadata()).width)],
  ] as const)('reads a file again that has changed: %s', async (_, encode) => {
    sharp.cache({ memory: 40, files: 10, items: 90 });
    onTestFinished(() => void sharp.cache(true));
    const path = await file(await encode(raw(new Uint8Array(30), 10, 3)));
    expect((await readImageSize(path)).width).toBe(10);
    await writeFile(path, await encode(raw(new Uint8Array(60), 20, 3)));
    expect((await readImageSize(path)).width).toBe(20);
    const { memory, files, items } = sharp.cache({});
    expect([memory.max, files.max, items.max]).toEqual([40, 10, 90]);
  });

  test.each(['a.png[1]', 'a.png[]', 'a.svg[scale=9]'])('a file named %s is itself, not a file with options', async (name) => {
    const png = await raw(new Uint8Array(12), 4, 1).png().toBuffer();
    expect(await readImageSize(await file(png, name))).toMatchObject({ width: 4, height: 3, format: 'png' });
  });

  test('gives the size of any page', async () => {
    const path = await file(
      tiffOf([
        { width: 8, height: 6, channels: 1 },
        { width: 20, height: 4, channels: 3 },
      ]),
    );
    expect(await readImageSize(path)).toMatchObject({ width: 8, height: 6, channels: 1, pages: 2 });
    expect(await readImageSize(path, { page: 1 })).toMatchObject({ width: 20, height: 4, channels: 3, pages: 2 });
    const error = new RangeError('readImageSize: options.page must be less than the number of pages, 2, received 2');
    await expect(readImageSize(path, { page: 2 })).rejects.toThrow(error);
  });

  test('refuses files that are missing, not images, or too large', async () => {
    expect(await refusal(await file(new Uint8Array()))).toEqual(['empty', 'the file is empty']);
    expect(await refusal('none.png')).toEqual(['unreadable', 'no such file or folder']);
    const asReadImageSays = await readImage(tmpdir()).catch(({ reason, message }: ImageError) => [reason, message]);
    expect(await refusal(tmpdir())).toEqual(asReadImageSays);
    expect(await refusal(await file(Buffer.from('Dear reader')))).toEqual([
      'not an image',
      'not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
    ]);
    const png = await file(await raw(new Uint8Array(12), 4, 1).png().toBuffer());
    expect(await refusal(png, 12)).toMatchObject({ width: 4, height: 3 });
    expect(await refusal(png, 11)).toEqual(['too large', 'the image has 4 × 3 pixels; the limit is 11']);
    expect(await refusal(png, 0)).toEqual(new RangeError('readImageSize: options.maxPixels must be a number ≥ 1, received 0'));
  });
});

test('the time limit of an image that is read does not keep its process alive', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'read-image-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'small.png');
  await raw(bytes, 2, 1).png().toFile(path);
  // The built package, in a process of its own: timers that it waits for before it ends.
  const built = new URL('../../dist/node/index.js', import.meta.url).href;
  const program = `
    const { readImage } = await import(process.argv[1]);
    const { width } = await readImage(process.argv[2]);
    const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout');
    process.stdout.write(JSON.stringify({ width, timers }), () => process.exit());`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program, built, path], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual({ width: 2, timers: [] });
});
