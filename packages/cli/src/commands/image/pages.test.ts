import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TiffPage, tiffOf } from '@softpool/testing/pictures';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

const GRAYS = [40, 120, 200];

/** Three pages of 8 × 6 pixels, each of one gray. */
function pages(): Sharp {
  const data = Buffer.concat(GRAYS.map((gray) => Buffer.alloc(8 * 6 * 3, gray)));
  return sharp(data, { raw: { width: 8, height: 18, channels: 3, pageHeight: 6 } });
}

/** The gray at the center of each page, and how the file plays. */
async function seen(path: string): Promise<object> {
  const { pages = 1, delay, loop, format } = await sharp(path).metadata();
  const grays: number[] = [];
  for (let page = 0; page < pages; page++) {
    const { data, info } = await sharp(path, { page }).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([4, 3]);
    grays.push(data[info.channels * 5] ?? Number.NaN);
  }
  return { format, grays, delay, loop };
}

/** Within what lossy compression changes. */
const NEAR = GRAYS.map((gray) => expect.toSatisfy((value: number) => Math.abs(value - gray) <= 2));

test('--pages all keeps the frames of an animation, their delays and the loop', async () => {
  const folder = await temporaryFolder();
  await writeFile(
    join(folder, 'a.gif'),
    await pages()
      .gif({ delay: [100, 200, 300], loop: 2 })
      .toBuffer(),
  );
  await writeFile(
    join(folder, 'b.webp'),
    await pages()
      .webp({ delay: [50, 60, 70], loop: 0 })
      .toBuffer(),
  );
  const { status, stderr } = await runImage(folder, 'a.gif b.webp -o out/{name}.{ext} --factor 2 --pages all --format webp --jobs 1');
  expect(status).toBe(0);
  expect(stderr).not.toContain('first of');
  expect(await seen(join(folder, 'out/a.webp'))).toEqual({ format: 'webp', grays: NEAR, delay: [100, 200, 300], loop: 2 });
  expect(await seen(join(folder, 'out/b.webp'))).toEqual({ format: 'webp', grays: NEAR, delay: [50, 60, 70], loop: 0 });
});

test('--pages all keeps the pages of a TIFF', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.tif'), await pages().tiff({ compression: 'deflate' }).toBuffer());
  for (const method of ['soft', 'lanczos3']) {
    expect((await runImage(folder, `a.tif -o ${method}/ --size 4x4 --pages all --method ${method}`)).status).toBe(0);
    expect(await seen(join(folder, method, 'a.tif'))).toMatchObject({ format: 'tiff', grays: GRAYS });
  }
});

const GRAY: TiffPage = { width: 8, height: 8, channels: 1 };

test.each<[string, TiffPage[], string, string]>([
  [
    'of different sizes',
    [GRAY, GRAY, { ...GRAY, width: 20, height: 12 }],
    '--factor 2',
    'page 3: its result has 10 × 6 pixels, and that of page 1 4 × 4 pixels; pages of one file must be alike; use --pages first',
  ],
  [
    'of which one is too small',
    [{ ...GRAY, width: 20 }, GRAY],
    '--size 10x4 --fit fill',
    "page 2: --width must be at most the image's width, 8, received 10; pooling only makes images smaller",
  ],
  [
    'in gray and in color',
    [GRAY, { ...GRAY, channels: 3 }],
    '--factor 2',
    'page 2: it is color with 8 bits, and page 1 is gray with 8 bits; pages of one file must be alike; use --pages first',
  ],
])('--pages all refuses pages %s, in a dry run too', async (_, tiff, flags, message) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.tif'), tiffOf(tiff));
  for (const dry of ['', '--dry-run']) {
    const { status, stdout, stderr } = await runImage(folder, `a.tif -o out/ ${flags} --pages all ${dry}`);
    expect([status, stdout.length, stderr]).toEqual([1, 0, `softpool: a.tif: ${message}\n`]);
  }
  expect(await filesBelow(folder)).toEqual(['a.tif']);
});

test('--pages all takes pages of different sizes whose results are of one size', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.tif'), tiffOf([GRAY, { ...GRAY, width: 20, height: 12 }]));
  expect((await runImage(folder, 'a.tif -o out/ --size 4x3 --fit fill --pages all')).status).toBe(0);
  expect(await seen(join(folder, 'out/a.tif'))).toMatchObject({ grays: [99, 99] });
});

test.each(['', '--shard 1/1'])('all pages are read from a named pipe %s', async (flags) => {
  const folder = await temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'pipe.gif')]);
  await writeFile(join(folder, 'list.txt'), 'pipe.gif\n');
  const gif = await pages().gif().toBuffer();
  const reading = runImage(folder, `--files list.txt -o out --pages all --format webp --factor 2 ${flags}`.trim());
  const [, { status }] = await Promise.all([writeFile(join(folder, 'pipe.gif'), gif), reading]);
  expect(status).toBe(0);
  expect(await seen(join(folder, 'out/pipe.webp'))).toMatchObject({ format: 'webp', grays: NEAR });
});

test('a GIF becomes a PNG on standard output, which holds one page', async () => {
  const folder = await temporaryFolder();
  await pages().toFile(join(folder, 'a.gif'));
  const { status, problems } = await runImage(folder, 'a.gif -o - --pages all --factor 2');
  const message = 'png holds one page, and the file has 3; use --format webp or tiff, or --pages first';
  expect([status, problems]).toEqual([1, [`softpool: a.gif: ${message}`]]);
});

test('a format that holds one page is refused with --pages all', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.gif'), await pages().gif().toBuffer());
  const message = 'jpeg holds one page, and the file has 3; use --format webp or tiff, or --pages first';
  for (const dry of ['', '--dry-run']) {
    const { status, stdout, stderr } = await runImage(folder, `a.gif -o out/ --factor 2 --pages all --format jpg ${dry}`);
    expect([status, stdout.length, stderr]).toEqual([1, 0, `softpool: a.gif: ${message}\n`]);
  }
  expect(await filesBelow(folder)).toEqual(['a.gif']);
});

test('the first page is taken by default, and it is said', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.gif'), await pages().gif().toBuffer());
  const { status, stderr } = await runImage(folder, 'a.gif -o out/ --factor 2');
  expect(status).toBe(0);
  expect(stderr).toMatch(/^a\.gif 8×6 → out\/a\.png 4×3 \(\d+ ms\)\nsoftpool: a\.gif: took the first of 3 pages; --pages all takes all\n$/);
  expect(await seen(join(folder, 'out/a.png'))).toMatchObject({ grays: [40] });
  const inJson = await runImage(folder, 'a.gif -o json/ --factor 2 --json');
  expect(JSON.parse(inJson.stdout.toString())).toMatchObject({ files: [{ pages: 3 }] });
});
