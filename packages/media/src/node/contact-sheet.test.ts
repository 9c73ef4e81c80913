import sharp from 'sharp';
import { expect, test } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { type ComparisonRow, compareMethods, type Pixels } from './index.ts';

type Image = Pixels<Uint8Array | Uint16Array>;

/** An image of one color. */
function plain(width: number, height: number, color: readonly number[], wide = false): Image {
  const channels = color.length as 1 | 2 | 3 | 4;
  const samples = Array.from({ length: width * height * channels }, (_, i) => color[i % channels]!);
  return { data: wide ? Uint16Array.from(samples) : Uint8Array.from(samples), width, height, channels };
}

interface Sheet {
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): number[];
}

async function decode(png: Uint8Array): Promise<Sheet> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)];
  return { width: info.width, height: info.height, at };
}

function row(method: ComparisonRow['method'], pixels: Image): ComparisonRow {
  return { method, pixels, ssim: 0.9, psnr: 30, milliseconds: 1.5 };
}

test('each image has a column, with the whole image above its crop', async () => {
  const [red, green, blue] = [plain(60, 40, [255, 0, 0]), plain(15, 10, [0, 128, 0]), plain(15, 10, [0, 0, 255])];
  const sheet = await decode(await contactSheet(red, [row('soft', green), row('max', blue)], { title: 'three' }));
  // Three columns of 300 with 24 between and 32 around; a whole image 200 high, a crop of 300.
  expect(sheet.width).toBe(32 + 300 + 24 + 300 + 24 + 300 + 32);
  for (const [column, color] of [red, green, blue].map((image) => [...image.data.subarray(0, 3)]).entries()) {
    const middle = 32 + 150 + column * 324;
    const [whole, crop] = [32 + 56 + 34 + 100, 32 + 56 + 34 + 200 + 24 + 150];
    expect(sheet.at(middle, whole)).toEqual(color);
    expect(sheet.at(middle, crop)).toEqual(color);
    expect(sheet.at(middle + 162, whole)).toEqual([255, 255, 255]);
  }
  expect(sheet.height).toBeGreaterThan(32 + 56 + 34 + 200 + 24 + 300 + 32);
  expect(sheet.height).toBeLessThan(800);
});

test('all crops show the same part of the image', async () => {
  // Squares of 4 × 4 equal pixels, which a factor of 4 makes one pixel each.
  const data = Uint8Array.from({ length: 68 * 64 }, (_, i) => ((Math.floor((i % 68) / 4) * 71 + Math.floor(i / 272) * 131) * 7) % 256);
  const squares: Image = { data, width: 68, height: 64, channels: 1 };
  const sheet = await decode(await contactSheet(squares, await compareMethods(squares, { factor: 4, methods: ['average'] })));
  const top = sheet.height - 32 - 30 - 300;
  for (let y = top; y < top + 300; y += 7) {
    for (let x = 32; x < 32 + 300; x += 7) expect(sheet.at(x + 324, y)).toEqual(sheet.at(x, y));
  }
});

test('a title is drawn without fonts of the system, and only if there is one', async () => {
  const inked = async (title?: string): Promise<number> => {
    const sheet = await decode(await contactSheet(plain(60, 40, [255, 0, 0]), [], { title }));
    let dark = 0;
    for (let y = 32; y < 64; y++) for (let x = 32; x < sheet.width - 32; x++) if (sheet.at(x, y)[0]! < 128) dark++;
    return dark;
  };
  expect(await inked('a title')).toBeGreaterThan(100);
  expect(await inked('<b>&amp; "quoted" </span>')).toBeGreaterThan(100);
  expect(await inked()).toBe(0);
  expect(await inked('  ')).toBe(0);
});

test('a title longer than the sheet is cut off', async () => {
  const sheet = await decode(await contactSheet(plain(60, 40, [255, 0, 0]), [], { title: 'a very long title '.repeat(30) }));
  expect(sheet.width).toBe(32 + 300 + 32);
});

test.each([
  ['one pixel', plain(1, 1, [9, 9, 9])],
  ['a row of 10000', plain(10000, 1, [9])],
  ['a column of 3000', plain(1, 3000, [9])],
  ['16 bits', plain(40, 30, [2313, 2313, 2313], true)],
  ['gray with alpha', plain(40, 30, [9, 255])],
])('a sheet of %s fits a screen', async (_, picture) => {
  const rows = await compareMethods(picture, { factor: 1, methods: ['soft', 'nearest'] });
  const sheet = await decode(await contactSheet(picture, rows));
  expect(sheet.width).toBe(3 * 300 + 2 * 24 + 2 * 32);
  expect(sheet.height).toBeGreaterThan(400);
  expect(sheet.height).toBeLessThan(1200);
  expect(sheet.at(32 + 150, 32 + 56 + 34 + 15)).toEqual([9, 9, 9]);
});

test('transparent pixels are shown on white', async () => {
  const sheet = await decode(await contactSheet(plain(60, 40, [255, 0, 0, 0]), []));
  expect(sheet.at(32 + 150, 32 + 56 + 34 + 100)).toEqual([255, 255, 255]);
});

test('an image whose samples do not fit its size is refused and named', async () => {
  const red = plain(60, 40, [255, 0, 0]);
  const broken: Image = { ...red, width: 61 };
  await expect(contactSheet(broken, [])).rejects.toThrow(/contactSheet: pixels\.data must hold 7320 samples/);
  await expect(contactSheet(red, [row('soft', broken)])).rejects.toThrow(/contactSheet: rows\[0\]\.pixels\.data must hold 7320/);
});
