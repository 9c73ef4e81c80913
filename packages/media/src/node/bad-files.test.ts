import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodingError } from './image-error.ts';
import { ImageError, type ImageErrorReason, type ReadOptions, readImage } from './index.ts';

const noise = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) % 256);
const image = () => sharp(noise, { raw: { width: 64, height: 48, channels: 3 } });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Why a source was refused. */
async function refusal(source: string | Uint8Array, options?: ReadOptions): Promise<{ reason: ImageErrorReason; message: string }> {
  const error = await readImage(source, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageError);
  const { name, reason, message } = error as ImageError;
  expect(name).toBe('ImageError');
  expect(message).not.toMatch(/\n|\s{2}|:$/);
  return { reason, message };
}

describe('a file that is not an image is refused in one line', () => {
  test('no bytes', async () => {
    const expected = { reason: 'empty', message: 'the file is empty' };
    expect(await refusal(new Uint8Array(0))).toEqual(expected);
    const path = join(folder, 'empty.png');
    await writeFile(path, '');
    expect(await refusal(path)).toEqual(expected);
  });

  test.each([
    ['text', Buffer.from('Dear reader, this is a letter.')],
    ['zeros', new Uint8Array(1000)],
    ['a single byte', Uint8Array.of(0x89)],
    ['the signature of PNG alone', Buffer.from('89504e470d0a1a0a', 'hex')],
  ])('%s', async (_, bytes) => {
    const { reason, message } = await refusal(bytes);
    expect(message).toMatch(reason === 'damaged' ? /^the image is damaged: .+$/ : /^not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image$/);
  });

  test('a missing file, a folder, a path with a file as a folder', async () => {
    expect(await refusal(join(folder, 'none.png'))).toEqual({ reason: 'unreadable', message: 'no such file or folder' });
    expect(await refusal(folder)).toEqual({ reason: 'unreadable', message: 'is a folder, not a file' });
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    expect((await refusal(join(file, 'cat.png'))).reason).toBe('unreadable');
  });
});

describe('a damaged file is refused, never read in part', () => {
  test.each(['png', 'jpeg', 'webp', 'tiff', 'gif', 'avif'] as const)('%s cut short', async (format) => {
    const whole = await image().toFormat(format).toBuffer();
    for (const part of [0.1, 0.5, 0.9]) {
      const { reason, message } = await refusal(whole.subarray(0, Math.floor(whole.length * part)));
      expect(message).toMatch(
        reason === 'damaged' ? /^the image is damaged: .+$/ : /^not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image$/,
      );
    }
  });

  test.each(['gif', 'webp', 'tiff'] as const)('a .%s of several pages that has lost its end, whichever page is read', async (format) => {
    const page = (level: number) => sharp(new Uint8Array(16 * 16 * 3).fill(level), { raw: { width: 16, height: 16, channels: 3 } });
    const pages = await Promise.all([0, 60, 120, 180].map((level) => page(level).png().toBuffer()));
    const whole = await sharp(pages, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expect((await readImage(whole, { page: 3 })).pages).toBe(4);
    for (const lost of [1, 9, whole.length >> 2]) {
      const cut = whole.subarray(0, whole.length - lost);
      for (const at of [0, 1]) expect(await refusal(cut, { page: at })).toMatchObject({ reason: 'damaged' });
    }
  });

  test('a GIF of one image may lack its trailer, but nothing of the image', async () => {
    const whole = await image().gif().toBuffer();
    for (const end of [[], [0], [0, 0], [0, 0x3b]]) {
      expect(await readImage(Buffer.concat([whole.subarray(0, -1), Buffer.from(end)]))).toEqual(await readImage(whole));
    }
    for (const lost of [2, 3, 40]) expect(await refusal(whole.subarray(0, -lost))).toMatchObject({ reason: 'damaged' });
  });

  test('a PNG with a wrong checksum', async () => {
    const bytes = Buffer.from(await image().png().toBuffer());
    bytes[bytes.length >> 1]! ^= 0xff;
    expect((await refusal(bytes)).message).toMatch(/^the image is damaged: /);
  });
});

describe('a file with a hole is refused', () => {
  const photo = Uint8Array.from({ length: 160 * 120 * 3 }, (_, i) => 128 + 90 * Math.sin(i / 97) + (((i * 7919) >> 3) % 30));
  const large = () => sharp(photo, { raw: { width: 160, height: 120, channels: 3 } });

  /** The bytes, part of which is replaced by zeros. */
  function withHole(bytes: Uint8Array, from: number, to: number): Uint8Array {
    return Uint8Array.from(bytes).fill(0, Math.floor(bytes.length * from), Math.floor(bytes.length * to));
  }

  test.each([false, true])('a JPEG (progressive: %s) that lacks half its data and has its end', async (progressive) => {
    const whole = await large().jpeg({ quality: 90, progressive }).toBuffer();
    const cut = Buffer.concat([whole.subarray(0, whole.length >> 1), Buffer.of(0xff, 0xd9)]);
    // sharp by itself takes it.
    expect((await sharp(cut, { failOn: 'error' }).raw().toBuffer()).length).toBe(photo.length);
    expect(await refusal(cut)).toEqual({
      reason: 'damaged',
      message: 'the image is damaged: VipsJpeg: Corrupt JPEG data: premature end of data segment',
    });
  });

  test.each<[what: string, make: () => Promise<Uint8Array>]>([
    ['JPEG', () => large().jpeg({ quality: 90 }).toBuffer()],
    ['JPEG in TIFF', () => large().tiff({ compression: 'jpeg' }).toBuffer()],
    ['GIF', () => large().gif().toBuffer()],
    ['deflate tiles in TIFF', () => large().tiff({ compression: 'deflate', tile: true }).toBuffer()],
    ['deflate strips in TIFF', () => large().tiff({ compression: 'deflate' }).toBuffer()],
    ['AVIF', () => large().avif().toBuffer()],
  ])('%s', async (_, make) => {
    const whole = await make();
    expect((await readImage(whole)).width).toBe(160);
    expect((await refusal(withHole(whole, 0.4, 0.7))).reason).toBe('damaged');
  });

  test('but not a sound JPEG with stray bytes between its segments, before its end or after it', async () => {
    const whole = await large().jpeg({ quality: 90 }).toBuffer();
    const [tables, scan, end] = [whole.indexOf(Buffer.of(0xff, 0xdb)), whole.indexOf(Buffer.of(0xff, 0xda)), whole.length - 2];
    const { data } = await readImage(whole);
    for (const [at, stray] of [
      [tables, [0, 0]],
      [scan, [1, 2, 3]],
      [end, new Array(14).fill(0)],
      [whole.length, new Array(600).fill(67)],
    ] as const) {
      const file = Buffer.concat([whole.subarray(0, at), Uint8Array.from(stray), whole.subarray(at)]);
      expect((await readImage(file)).data).toEqual(data);
    }
  });
});

describe('a TIFF that libvips misreads is refused', () => {
  /** Changes the value of a tag, a short. */
  function withTag(tiff: Buffer, tag: number, value: number): Buffer {
    const entry = tiff.indexOf(Buffer.of(tag & 0xff, tag >> 8, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00));
    expect(entry).toBeGreaterThan(0);
    tiff.writeUInt16LE(value, entry + 8);
    return tiff;
  }

  test('with uncompressed YCbCr samples', async () => {
    const tiff = withTag(await image().tiff({ compression: 'none' }).toBuffer(), 262, 6);
    expect(await refusal(tiff)).toEqual({
      reason: 'unsupported',
      message: 'TIFF with uncompressed YCbCr samples is not supported; convert the file to RGB',
    });
  });

  test('with tiles of old-style JPEG', async () => {
    const tiff = withTag(await image().tiff({ compression: 'jpeg', tile: true }).toBuffer(), 259, 6);
    expect(await refusal(tiff)).toEqual({
      reason: 'unsupported',
      message: 'TIFF with old-style JPEG compression is not supported; convert the file to PNG or JPEG',
    });
  });
});

// Made by ../../goldens/unsupported/make.sh.
test.each([
  ['hevc.heic', 'HEIC with HEVC compression is not supported; convert the file to JPEG, PNG or AVIF'],
  ['lzma.tif', 'TIFF with LZMA compression is not supported; save the file with Deflate or LZW'],
  ['lab.tif', '8-bit TIFF in the CIELAB color space is not supported; convert the file to RGB'],
])('%s is sound, and is refused as what it is', async (name, message) => {
  const path = fileURLToPath(new URL(`../../goldens/unsupported/${name}`, import.meta.url));
  expect(await refusal(path)).toEqual({ reason: 'unsupported', message });
});

test('a JPEG with 12 bits a sample is sound, and is refused as what it is', async () => {
  // The same coefficients are valid with 12 bits in extended sequential mode (ITU-T T.81, B.2.2).
  const bytes = Buffer.from(await image().jpeg().toBuffer());
  const frame = bytes.indexOf(Buffer.of(0xff, 0xc0, 0, 17, 8));
  expect(frame).toBeGreaterThan(0);
  bytes[frame + 1] = 0xc1;
  bytes[frame + 4] = 12;
  expect(await refusal(bytes)).toEqual({
    reason: 'unsupported',
    message: 'JPEG with 12 bits a sample is not supported; convert the file to 8 bits',
  });
});

describe('the reason is the most telling of the lines of libvips', () => {
  test.each<[string, ImageErrorReason, string | RegExp]>([
    [
      'source: bad seek to 3587\nsource: bad seek to 3586\nheif: Unsupported feature: Unsupported codec (4.3000)',
      'unsupported',
      'HEIC with HEVC compression is not supported; convert the file to JPEG, PNG or AVIF',
    ],
    [
      'source: bad seek to 2759\nheif: Invalid input: Unspecified: Corrupt frame detected (2.0)',
      'damaged',
      'the image is damaged: heif: Invalid input: Unspecified: Corrupt frame detected (2.0)',
    ],
    ['Input buffer contains unsupported image format', 'not an image', 'not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image'],
    ['tiff2vips: bad labq format', 'unsupported', '8-bit TIFF in the CIELAB color space is not supported; convert the file to RGB'],
    [
      'VipsJpeg: Unsupported JPEG data precision 12',
      'unsupported',
      'JPEG with 12 bits a sample is not supported; convert the file to 8 bits',
    ],
    [
      'LZMA compression support is not configured\ntiff2vips: read error',
      'unsupported',
      'TIFF with LZMA compression is not supported; save the file with Deflate or LZW',
    ],
    ['Unknown error', 'damaged', 'the image is damaged: Unknown error'],
    ['glib: exceeded more than 500000 referenced elements', 'too large', 'the SVG refers to too many elements'],
    ['timeout: 3% complete', 'timeout', 'decoding takes longer than the time limit'],
  ])('%j', (said, reason, message) => {
    expect(decodingError(new Error(said))).toMatchObject({ reason, message });
  });
});

describe('small files that would become large', () => {
  /** A gray PNG of 1 bit a sample: some kilobytes for any size. */
  async function bomb(side: number): Promise<Uint8Array> {
    return sharp({ create: { width: side, height: side, channels: 3, background: 'white' }, limitInputPixels: false })
      .toColourspace('b-w')
      .png({ palette: true, colours: 2 })
      .toBuffer();
  }

  test('are refused by their decoded bytes, not by their pixels alone', async () => {
    const wide = await sharp(new Uint16Array(64 * 48 * 4), { raw: { width: 64, height: 48, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect(await refusal(wide, { maxPixels: 64 * 48 })).toEqual({
      reason: 'too large',
      message: 'the image has 24576 bytes when decoded; the limit is 12288',
    });
    expect((await readImage(wide, { maxPixels: 2 * 64 * 48 })).channels).toBe(4);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>';
    expect((await refusal(Buffer.from(svg))).reason).toBe('too large');
    expect((await refusal(await bomb(4000), { maxPixels: 1e6 })).reason).toBe('too large');
  });

  test('a device or pipe is read with a bound', async () => {
    expect(await refusal('/dev/zero')).toEqual({ reason: 'too large', message: 'not a file, and has more than 512 MiB' });
    expect(await refusal('/dev/null')).toEqual({ reason: 'empty', message: 'the file is empty' });
  });
});

describe('maxPixels', () => {
  test('refuses an image with more pixels before decoding it', async () => {
    const bytes = await image().png().toBuffer();
    expect(await refusal(bytes, { maxPixels: 64 * 48 - 1 })).toEqual({
      reason: 'too large',
      message: 'the image has 64 × 48 pixels; the limit is 3071',
    });
    expect((await readImage(bytes, { maxPixels: 64 * 48 })).width).toBe(64);
    // The size is in the header; the rest of the file is not needed.
    expect((await refusal(bytes.subarray(0, bytes.length >> 1), { maxPixels: 10 })).reason).toBe('too large');
  });

  test.each([0, -1, Number.NaN, '100'])('must be a number of pixels: %o is refused', async (maxPixels) => {
    const received = typeof maxPixels === 'string' ? `'${maxPixels}'` : maxPixels;
    const error = new RangeError(`readImage: options.maxPixels must be a number ≥ 1, received ${received}`);
    await expect(readImage(await image().png().toBuffer(), { maxPixels } as ReadOptions)).rejects.toThrow(error);
  });
});

test.each<[source: unknown, received: string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  [[1, 2, 3], '[1, 2, 3]'],
  [new ArrayBuffer(8), 'ArrayBuffer'],
])('refuses a source that is neither a path nor bytes: %o', async (source, received) => {
  const error = new TypeError(`readImage: source must be a path or a Uint8Array, received ${received}`);
  await expect(readImage(source as string)).rejects.toThrow(error);
});

test('samples without a known white are refused, not clipped to black', async () => {
  // A TIFF of one row with two 32-bit floating-point gray samples.
  const tags: [tag: number, value: number][] = [
    [256, 2], // width
    [257, 1], // height
    [258, 32], // bits a sample
    [259, 1], // no compression
    [262, 1], // black is 0
    [273, 134], // where the samples are
    [277, 1], // samples a pixel
    [278, 1], // rows a strip
    [279, 8], // bytes of the strip
    [339, 3], // floating point
  ];
  const tiff = Buffer.alloc(142);
  tiff.write('II*\0\x08\0\0\0\x0a\0', 'latin1');
  for (const [index, [tag, value]] of tags.entries()) {
    tiff.writeUInt16LE(tag, 10 + 12 * index);
    tiff.writeUInt16LE(4, 12 + 12 * index);
    tiff.writeUInt32LE(1, 14 + 12 * index);
    tiff.writeUInt32LE(value, 18 + 12 * index);
  }
  tiff.writeFloatLE(0.25, 134);
  tiff.writeFloatLE(0.75, 138);
  expect(await sharp(tiff).metadata()).toMatchObject({ format: 'tiff', depth: 'float', width: 2 });
  expect((await refusal(tiff)).message).toBe('the image has float samples; only 8 and 16 bits a sample can be read');
});
