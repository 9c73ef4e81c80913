// Damaged files of pictures, which only some browsers refuse.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { damageOf } from '../../site/studio/picture/damage.ts';

const CUT_OFF = 'The file is cut off, or damaged: its end was not found.';

const photograph = () => sharp('examples/photographs/coffee.png').resize(120, 80);
const animation = async () => {
  const frames = ['red', 'blue'].map((background) =>
    sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } });
};
const withThumbnail = async () => {
  // A whole JPEG within a segment, as cameras have it in Exif.
  const [outer, inner] = [await photograph().jpeg().toBuffer(), await photograph().resize(16, 16).jpeg().toBuffer()];
  const segment = Buffer.concat([Buffer.of(0xff, 0xe1, (inner.length + 2) >> 8, (inner.length + 2) & 255), inner]);
  return Buffer.concat([outer.subarray(0, 2), segment, outer.subarray(2)]);
};

describe.each<[string, () => Promise<Buffer>]>([
  ['JPEG', () => photograph().jpeg().toBuffer()],
  ['progressive JPEG', () => photograph().jpeg({ progressive: true }).toBuffer()],
  ['JPEG with a thumbnail', withThumbnail],
  ['PNG', () => photograph().png().toBuffer()],
  ['PNG with a palette', () => photograph().png({ palette: true, progressive: true }).toBuffer()],
  ['GIF', () => photograph().gif().toBuffer()],
  ['animated GIF', async () => await (await animation()).gif({ delay: [100, 100] }).toBuffer()],
  ['animated WebP', async () => await (await animation()).webp().toBuffer()],
  ['WebP', () => photograph().webp().toBuffer()],
  [
    'lossless WebP',
    () =>
      photograph()
        .webp({ lossless: true })
        .withExif({ IFD0: { Copyright: 'nobody' } })
        .toBuffer(),
  ],
  ['AVIF', () => photograph().avif({ effort: 1 }).toBuffer()],
])('%s', (format, make) => {
  test('is whole, also with bytes behind its end', async () => {
    const file = await make();
    expect(damageOf(Uint8Array.from(file))).toBeUndefined();
    for (const behind of [Buffer.alloc(1), Buffer.from('camera'), Buffer.alloc(1000, 7)]) {
      expect(damageOf(Uint8Array.from(Buffer.concat([file, behind])))).toBeUndefined();
    }
  });

  test('is cut off wherever it ends earlier', async () => {
    const file = Uint8Array.from(await make());
    for (let end = 20; end < file.length; end += Math.ceil(file.length / 500)) {
      if (!(format.startsWith('PNG') && end >= file.length - 4))
        expect(damageOf(file.slice(0, end)), `${end} of ${file.length} bytes`).toBe(CUT_OFF);
    }
    // The last bytes of a GIF and of a PNG only say that nothing follows.
    expect(damageOf(file.slice(0, -1))).toBe(/^GIF|^PNG/.test(format) ? undefined : CUT_OFF);
  });
});

test('a JPEG of which a length is wrong has its end, so the page does not say that it is cut off only', async () => {
  const file = await photograph().jpeg().toBuffer();
  const length = file.indexOf(Buffer.of(0xff, 0xdb)) + 2;
  file.writeUInt16BE(0xffff, length);
  expect(file.subarray(-2)).toEqual(Buffer.of(0xff, 0xd9));
  expect(damageOf(Uint8Array.from(file))).toMatch(/or damaged: its end was not found/);
});

test('each changed byte of the coded data of a PNG is noticed, and none of its texts', async () => {
  const file = Uint8Array.from(
    await photograph()
      .png()
      .withExif({ IFD0: { Copyright: 'nobody' } })
      .toBuffer(),
  );
  const changedAt = (at: number) => file.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const [data, exif] = ['IDAT', 'eXIf'].map((chunk) => Buffer.from(file).indexOf(chunk)) as [number, number];
  for (const at of [16, data + 4, data + 900]) expect(damageOf(changedAt(at))).toBe('The file is damaged: a checksum in it is wrong.');
  expect(damageOf(changedAt(exif + 9))).toBeUndefined();
});

test('files of other formats are left to the browser', () => {
  for (const text of ['', 'B', 'not a picture', '<svg xmlns="http://www.w3.org/2000/svg"/>']) {
    expect(damageOf(Uint8Array.from(Buffer.from(text)))).toBeUndefined();
  }
});

describe('unusual files', () => {
  const gif = () => photograph().gif().toBuffer();
  const gifWith = async (extension: number[]) => {
    const file = await gif();
    const first = file.indexOf(Buffer.of(0x2c, 0, 0, 0, 0));
    return Buffer.concat([file.subarray(0, first), Buffer.from(extension), file.subarray(first, -1)]);
  };
  const application = (name: string) => [0x21, 0xff, 11, ...Buffer.from(name), 1, 1, 0];

  test.each<[string, () => Promise<Buffer>]>([
    ['a GIF with a zero between its image and its end', async () => Buffer.concat([(await gif()).subarray(0, -1), Buffer.of(0, 0x3b)])],
    ['a GIF that ends with one zero', async () => Buffer.concat([(await gif()).subarray(0, -1), Buffer.alloc(1)])],
    ['a GIF that ends with two zeros', async () => Buffer.concat([(await gif()).subarray(0, -1), Buffer.alloc(2)])],
    ['a GIF that ends with 512 zeros', async () => Buffer.concat([(await gif()).subarray(0, -1), Buffer.alloc(512)])],
    ['a GIF with a profile and without an end', () => gifWith(application('ICCRGBG1012'))],
    ['a PNG whose last chunk lacks its checksum', async () => (await photograph().png().toBuffer()).subarray(0, -4)],
    [
      'an AVIF with its data in the first boxes',
      async () => Buffer.concat([box('ftyp', Buffer.from('avifmif1')), box('meta', box('idat', Buffer.alloc(90)))]),
    ],
  ])('%s is whole', async (_, make) => {
    expect(damageOf(Uint8Array.from(await make()))).toBeUndefined();
  });

  test('a GIF that is played and has lost its end is cut off', async () => {
    expect(damageOf(Uint8Array.from(await gifWith(application('NETSCAPE2.0'))))).toBe(CUT_OFF);
  });

  test('a box without a length does not hold up the page', () => {
    const large = Buffer.alloc(16);
    large.writeUInt32BE(1);
    large.write('free', 4);
    expect(damageOf(Uint8Array.from(Buffer.concat([box('ftyp', Buffer.from('avifmif1')), large])))).toBe(CUT_OFF);
  });
});

/** A box of ISO/IEC 14496-12. */
function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4);
  return Buffer.concat([head, content]);
}
