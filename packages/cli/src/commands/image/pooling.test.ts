import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSamples, look, noise, plain, save } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { runImage, temporaryFolder } from '../../testing/run-cli.ts';

/** The image that the command writes for `in.png` without a problem. */
async function pooled(folder: string, flags: string, input = 'in.png'): ReturnType<typeof look> {
  const { status, problems } = await runImage(folder, `${input} -o out.png ${flags}`);
  expect(problems).toEqual([]);
  expect(status).toBe(0);
  return look(join(folder, 'out.png'));
}

/** Four pixels, each channel in another order. */
const FOUR = [
  [10, 0, 250],
  [20, 0, 3],
  [30, 0, 90],
  [40, 200, 1],
];

testFirst(2, ['soft', 'average', 'max', 'nearest', 'linear', 'cubic', 'lanczos3'])('%s keeps an image of one color', async (method) => {
  const folder = await temporaryFolder();
  await plain(folder, 'in.png', 6, 4, [200, 100, 50]);
  const { width, height, pixels } = await pooled(folder, `--factor 2 --method ${method}`);
  expect([width, height]).toEqual([3, 2]);
  expect(pixels).toEqual(Array.from({ length: 6 }, () => [200, 100, 50]));
});

testFirst(2, [
  ['--method average', [25, 50, 86]],
  ['--method max', [40, 200, 250]],
  ['--beta 0', [25, 50, 86]],
  ['--beta 1000 --pool-weights perChannel', [40, 200, 250]],
])('%s gives the mean or the maximum of four pixels', async (flags, expected) => {
  const folder = await temporaryFolder();
  await save(fromSamples(FOUR, 2), folder, 'in.png');
  expect((await pooled(folder, `--factor 2 ${flags}`)).pixels).toEqual([expected]);
});

test('soft gives the softmax-weighted mean of four pixels, by default with β = 1/0.225 and shared weights', async () => {
  const folder = await temporaryFolder();
  await save(fromSamples(FOUR, 2), folder, 'in.png');
  const weighted = (weight: (pixel: number[], channel: number) => number): number[] =>
    [0, 1, 2].map((channel) => {
      const weights = FOUR.map((pixel) => Math.exp(weight(pixel, channel)));
      const sum = weights.reduce((a, b) => a + b);
      return Math.round(FOUR.reduce((total, pixel, i) => total + pixel[channel]! * (weights[i]! / sum), 0));
    });
  const perChannel = await pooled(folder, '--factor 2 --beta 3 --pool-weights perChannel');
  expect(perChannel.pixels).toEqual([weighted((pixel, channel) => (3 * pixel[channel]!) / 255)]);
  const shared = await pooled(folder, '--factor 2 --force');
  // A shared weight is the sum of the weights of all channels.
  expect(shared.pixels).toEqual([weighted((pixel) => Math.log(pixel.reduce((sum, x) => sum + Math.exp(x / 255 / 0.225), 0)))]);
});

test('--linear averages black and white to 188 instead of 128', async () => {
  const folder = await temporaryFolder();
  await save(
    fromSamples(
      [
        [0, 0, 0],
        [255, 255, 255],
      ],
      2,
    ),
    folder,
    'in.png',
  );
  expect((await pooled(folder, '--factor 2 --method average')).pixels).toEqual([[128, 128, 128]]);
  // Half the light, encoded: 255 × (1.055 × 0.5^(1/2.4) − 0.055) = 187.5.
  expect((await pooled(folder, '--factor 2 --method average --linear --force')).pixels).toEqual([[188, 188, 188]]);
});

test('a transparent pixel contributes no color', async () => {
  const folder = await temporaryFolder();
  await save(
    fromSamples(
      [
        [255, 0, 0, 255],
        [0, 0, 255, 0],
      ],
      2,
    ),
    folder,
    'in.png',
  );
  expect((await pooled(folder, '--factor 2 --method average')).pixels).toEqual([[255, 0, 0, 128]]);
});

testFirst(6, [
  ['--factor 3', 3, 3], // a narrower window at the edge counts
  ['--size 4x2', 3, 2], // 9 × 2 ÷ 7 = 2.6
  ['--size 4×2', 3, 2],
  ['--size 4x2 --fit fill', 4, 2],
  ['--size 4x2 --fit cover', 4, 2],
  ['--width 4', 4, 3], // 7 × 4 ÷ 9 = 3.1
  ['--height 3', 4, 3], // 9 × 3 ÷ 7 = 3.9
  ['--width 5 --height 7', 5, 4], // 7 × 5 ÷ 9 = 3.9
  ['--width 5 --height 7 --fit fill', 5, 7],
  ['--width 50%', 5, 4], // 4.5, and 7 × 5 ÷ 9 = 3.9
  ['--height 30%', 3, 2], // 2.1, and 9 × 2 ÷ 7 = 2.6
  ['--width 50% --height 50% --fit fill', 5, 4],
  ['--width 1', 1, 1],
  ['--kernel 4', 2, 1],
  ['--kernel 3 --stride 2', 4, 3],
  ['--kernel 3 --stride 2 --padding 1', 5, 4],
  ['--kernel 7 --stride 1', 3, 1],
])('%s makes 9 × 7 pixels %i × %i', async (flags, width, height) => {
  const folder = await temporaryFolder();
  await save(noise(9, 7), folder, 'in.png');
  expect(await pooled(folder, flags)).toMatchObject({ width, height });
});

test('the EXIF orientation is applied', async () => {
  const folder = await temporaryFolder();
  const onItsSide = await noise(8, 4).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  await writeFile(join(folder, 'in.jpg'), onItsSide);
  expect(await pooled(folder, '--factor 2', 'in.jpg')).toMatchObject({ width: 2, height: 4 });
});

test('16 bits a sample stay 16 bits', async () => {
  const folder = await temporaryFolder();
  const wide = sharp(Uint16Array.of(1000, 3000, 1001, 2999), { raw: { width: 2, height: 2, channels: 1 } }).toColourspace('grey16');
  await writeFile(join(folder, 'in.png'), await wide.png().toBuffer());
  expect((await pooled(folder, '--factor 2 --method average')).depth).toBe('ushort');
  const { data } = await sharp(join(folder, 'out.png'))
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  expect(new Uint16Array(data.buffer, data.byteOffset, 1)[0]).toBe(2000);
});
