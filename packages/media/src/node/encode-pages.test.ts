import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type EncodePagesOptions, encodePages, type Pixels, readImage, readTiming } from './index.ts';

/** A page of 3 × 2 pixels of one gray. */
function page(gray: number, width = 3): Pixels<Uint8Array> {
  return { data: new Uint8Array(width * 2).fill(gray), width, height: 2, channels: 1 };
}

test('a TIFF has the pages, in 8 and in 16 bits', async () => {
  const file = await encodePages([page(10), page(200)], { format: 'tiff' });
  const wide = [1000, 60_000].map((gray) => ({ ...page(0), data: new Uint16Array(6).fill(gray) }));
  const deep = await encodePages(wide, { format: 'tiff' });
  for (const [i, gray] of [10, 200].entries()) {
    const { data } = await sharp(file, { page: i }).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual(Array(6).fill(gray));
    const picture = await readImage(deep, { page: i });
    expect([picture.pages, picture.width, picture.height, picture.data[0]]).toEqual([2, 3, 2, wide[i]!.data[0]]);
    expect(await sharp(file, { page: i }).metadata()).toMatchObject({ channels: 1, space: 'b-w' });
    expect(await sharp(deep, { page: i }).metadata()).toMatchObject({ channels: 1, space: 'grey16' });
  }
});

test('an animated WebP has the frames, their delays and the loop', async () => {
  const file = await encodePages([page(10), page(200), page(90)], { format: 'webp', delay: [40, 50, 60], loop: 3 });
  expect(await readTiming(file)).toEqual({ delay: [40, 50, 60], loop: 3 });
  for (const [i, gray] of [10, 200, 90].entries()) {
    const picture = await readImage(file, { page: i });
    expect([picture.pages, picture.format]).toEqual([3, 'webp']);
    expect(Math.abs(picture.data[0]! - gray)).toBeLessThanOrEqual(2);
  }
});

test('a file of one page has no timing', async () => {
  expect(await readTiming('examples/photographs/chelsea.png')).toEqual({ delay: undefined, loop: undefined });
  expect((await readImage('examples/photographs/chelsea.png')).pages).toBe(1);
});

describe('refused are', () => {
  test.each<[string, Pixels<Uint8Array | Uint16Array>[], unknown, Error]>([
    [
      'fewer delays than pages',
      [page(1), page(2)],
      { format: 'webp', delay: [70] },
      new RangeError('encodePages: options.delay must be a list of milliseconds, one for each of the 2 pages, received [70]'),
    ],
    ['no pages', [], { format: 'tiff' }, new RangeError('encodePages: pages must hold at least one image')],
    [
      'pages of different sizes',
      [page(1), page(1, 4)],
      { format: 'webp' },
      new RangeError('encodePages: all pages must have the size and samples of the first; page 2 differs'),
    ],
    [
      'a format of one page',
      [page(1)],
      { format: 'png' },
      new TypeError("encodePages: options.format must be 'webp' or 'tiff', received 'png'"),
    ],
    [
      'a quality above 100',
      [page(1)],
      { format: 'webp', quality: 101 },
      new RangeError('encodePages: options.quality must be an integer from 1 to 100, received 101'),
    ],
  ])('%s', async (_, pages, options, error) => {
    await expect(encodePages(pages, options as EncodePagesOptions)).rejects.toThrow(error);
  });

  test('a page that is not there', async () => {
    const file = await encodePages([page(1), page(2)], { format: 'tiff' });
    await expect(readImage(file, { page: 2 })).rejects.toThrow(
      new RangeError('readImage: options.page must be less than the number of pages, 2, received 2'),
    );
    await expect(readImage(file, { page: -1 })).rejects.toThrow(
      new RangeError('readImage: options.page must be an integer ≥ 0, received -1'),
    );
  });
});
