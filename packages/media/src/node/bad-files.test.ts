import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    expect(reason).toBe('not an image');
    expect(message).toMatch(/^(not an image, or an unknown format|the image is damaged: .+)$/);
  });

  test('a missing file, a folder, a path with a file as a folder', async () => {
    expect(await refusal(join(folder, 'none.png'))).toEqual({ reason: 'unreadable', message: 'no such file' });
    expect(await refusal(folder)).toEqual({ reason: 'unreadable', message: 'is a folder' });
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
      expect(reason).toBe('not an image');
      expect(message).toMatch(/^(not an image, or an unknown format|the image is damaged: .+)$/);
    }
  });

  test('a PNG with a wrong checksum', async () => {
    const bytes = Buffer.from(await image().png().toBuffer());
    bytes[bytes.length >> 1]! ^= 0xff;
    expect((await refusal(bytes)).message).toMatch(/^the image is damaged: /);
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
