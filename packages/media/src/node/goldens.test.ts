/**
 * Photographs pooled by 4, compared with images in `packages/media/goldens/`.
 *
 * Each of these is compared with the definition in float64, `softpool/reference`. After an intended
 * change, `UPDATE_GOLDENS=1 npx vitest run --project node-shared goldens` writes them again. An
 * image of differences is written to `test-output/media/`.
 *
 * The tolerance is one level of 255 in any sample: the error of a pooled value is below 1e-6
 * (float32), which can only change the rounding of a value halfway between two levels.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { encodeImage, type Pixels, poolImage, readImage } from './index.ts';

const TOLERANCE = 1;

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const DIFFERENCES = `${ROOT}test-output/media`;

const GOLDENS = [
  { photograph: 'astronaut', linear: false, golden: 'astronaut-by-4', size: [128, 128] },
  { photograph: 'chelsea', linear: false, golden: 'chelsea-by-4', size: [113, 75] },
  { photograph: 'coffee', linear: false, golden: 'coffee-by-4', size: [150, 100] },
  { photograph: 'coffee', linear: true, golden: 'coffee-by-4-linear', size: [150, 100] },
] as const;

describe.each(GOLDENS)('$golden', ({ photograph, linear, golden, size }) => {
  const source = `${ROOT}examples/photographs/${photograph}.png`;
  const path = `${ROOT}packages/media/goldens/${golden}.png`;

  test('equals the definition', async () => {
    if (env.UPDATE_GOLDENS !== undefined)
      await writeFile(path, await encodeImage(poolImage(await readImage(source), { factor: 4, linear })));
    const { data, info } = await sharp(source).raw().toBuffer({ resolveWithObject: true });
    const x = Float64Array.from(data, (sample) => (linear ? light(sample / 255) : sample / 255));
    const y = softPool2d(
      { data: x, shape: [info.height, info.width, 3] },
      { layout: 'channelsLast', kernelSize: 4, ceilMode: true, weights: 'shared', beta: 1 / 0.225 },
    );
    const expected = Uint8Array.from(y.data, (value) => Math.round(255 * (linear ? encoded(value) : value)));
    const kept = await decoded(path);
    expect([kept.width, kept.height]).toEqual(size);
    await expectSame(kept, { ...kept, data: expected }, `${golden}-definition`);
  });

  test('equals poolImage', async () => {
    const pixels = poolImage(await readImage(source), { factor: 4, linear });
    await expectSame(pixels, await decoded(path), golden);
  });
});

/** IEC 61966-2-1. */
const light = (sample: number): number => (sample > 0.04045 ? ((sample + 0.055) / 1.055) ** 2.4 : sample / 12.92);
const encoded = (value: number): number => (value > 0.0031308 ? 1.055 * value ** (1 / 2.4) - 0.055 : value * 12.92);

async function decoded(path: string): Promise<Pixels<Uint8Array>> {
  const { data, info } = await sharp(await readFile(path))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as Pixels['channels'] };
}

/**
 * Fails with the largest difference, its place, and the path of an image of all differences,
 * multiplied by 64.
 */
async function expectSame(actual: Pixels, expected: Pixels, name: string): Promise<void> {
  const { width, height, channels } = expected;
  expect([actual.width, actual.height, actual.channels]).toEqual([width, height, channels]);
  const differences = Uint8Array.from(actual.data, (sample, i) => Math.abs(sample - expected.data[i]!));
  let worst = 0;
  for (let i = 1; i < differences.length; i++) if (differences[i]! > differences[worst]!) worst = i;
  if (differences[worst]! <= TOLERANCE) return;
  await mkdir(DIFFERENCES, { recursive: true });
  const file = `${DIFFERENCES}/${name}-difference.png`;
  await sharp(
    differences.map((level) => Math.min(255, 64 * level)),
    { raw: { width, height, channels } },
  ).toFile(file);
  const [row, column] = [Math.floor(worst / channels / width), Math.floor(worst / channels) % width];
  expect.fail(`${name}: differs by ${differences[worst]} levels at row ${row}, column ${column}; all differences are in ${file}`);
}
