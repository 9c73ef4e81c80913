import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareMethods, readImage } from '@softpool/media/node';
import { temporaryFolder } from '@softpool/testing/tiny';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { runExperiment } from '../run/run-experiment.ts';
import { DOWNSAMPLING_METHODS, downsamplingExperiment } from './downsampling.ts';
import type { DownsamplingMethod, DownsamplingResult } from './types.ts';

const ASTRONAUT = 'examples/photographs/astronaut.png';

/** Writes a detail of a photograph to a file. */
async function detail(folder: string, width: number, height: number, name = 'detail.png'): Promise<string> {
  const path = join(folder, name);
  await sharp(ASTRONAUT).extract({ left: 180, top: 60, width, height }).png().toFile(path);
  return path;
}

const context = { folder: '', signal: undefined, onProgress: () => {} };

async function only(options: Parameters<typeof downsamplingExperiment>[0]): Promise<DownsamplingResult> {
  const [run] = downsamplingExperiment(options).runs;
  return (await run?.perform(context)) as DownsamplingResult;
}

const figuresOf = ({ figures }: DownsamplingResult, method: DownsamplingMethod, enlargedBy: string) =>
  figures.find((entry) => entry.method === method && entry.enlargedBy === enlargedBy);

describe('figures', () => {
  test('equal those of compareMethods', async () => {
    const path = await detail(await temporaryFolder(), 96, 64);
    const found = await only({ data: [path], factors: [4], seeds: 1, enlargeBy: ['cubic', 'linear'] });
    expect([found.width, found.height]).toEqual([96, 64]);
    const picture = await readImage(path);
    const names = { soft: 'soft, shared weights', average: 'average (area)', max: 'max', lanczos3: 'lanczos3' } as const;
    for (const enlargeBy of ['cubic', 'linear'] as const) {
      for (const row of await compareMethods(picture, { factor: 4, methods: ['soft', 'average', 'max', 'lanczos3'], enlargeBy })) {
        const { ssim, psnr } = figuresOf(found, names[row.method as keyof typeof names], enlargeBy) ?? {};
        expect([row.method, ssim, psnr]).toEqual([row.method, row.ssim, row.psnr]);
      }
      const [perChannel] = await compareMethods(picture, { factor: 4, methods: ['soft'], weights: 'perChannel', enlargeBy });
      expect(figuresOf(found, 'soft, per channel', enlargeBy)?.ssim).toBe(perChannel?.ssim);
    }
  });

  test('of a uniform picture are perfect with every method', async () => {
    const path = join(await temporaryFolder(), 'plain.png');
    await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 90, g: 120, b: 200 } } })
      .png()
      .toFile(path);
    const { figures } = await only({ data: [path], factors: [8] });
    expect(figures).toHaveLength(2 * DOWNSAMPLING_METHODS.length);
    expect(figures.filter(({ ssim, psnr }) => ssim !== 1 || psnr !== null)).toEqual([]);
  });

  test('with upsampling by nearest, averaging has the highest PSNR', async () => {
    const { figures } = await only({ data: [await detail(await temporaryFolder(), 64, 64)], factors: [2], enlargeBy: ['nearest'] });
    const best = figures.reduce((a, b) => ((b.psnr as number) > (a.psnr as number) ? b : a));
    expect(best.method).toBe('average (area)');
  });

  test('are measured on the center of a large picture, cropped so that all factors divide it', async () => {
    const path = await detail(await temporaryFolder(), 120, 61);
    const found = await only({ data: [path], factors: [2, 8], crop: 50 });
    expect([found.width, found.height]).toEqual([48, 48]);
  });
});

test('the experiment has a table of figures and one of differences for each upsampling filter', async () => {
  const folder = await temporaryFolder();
  const data = await Promise.all([
    detail(folder, 48, 48, 'a.png'),
    sharp('examples/photographs/coffee.png')
      .extract({ left: 100, top: 100, width: 48, height: 48 })
      .png()
      .toFile(join(folder, 'b.png'))
      .then(() => join(folder, 'b.png')),
  ]);
  const out = join(folder, 'out');
  const experiment = downsamplingExperiment({ data, factors: [2, 4], seeds: 2 });
  const { status, report } = await runExperiment(experiment, { output: out, command: 'softpool experiment downsampling' });
  expect(status).toBe('finished');
  expect(report?.tables.map(({ title }) => title)).toEqual([
    'Enlarged by cubic',
    'Enlarged by cubic: soft, shared weights minus each other method',
    'Enlarged by nearest',
    'Enlarged by nearest: soft, shared weights minus each other method',
  ]);
  expect(report?.tables[0]?.rows.map(([method]) => method)).toEqual([...DOWNSAMPLING_METHODS]);
  expect((await readdir(out)).sort()).toEqual([
    'downsampling.png',
    'downsampling.svg',
    'experiment.json',
    'results.jsonl',
    'table.json',
    'table.md',
  ]);
  const lines = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { run: string }).run)).toEqual([
    '1-a.png/by-2',
    '1-a.png/by-4',
    '2-b.png/by-2',
    '2-b.png/by-4',
  ]);
  const markdown = await readFile(join(out, 'table.md'), 'utf8');
  expect(markdown).toContain('`softpool experiment downsampling`');
  expect(markdown).toContain('upsampled to its size by the resampler that the table names');
  expect(markdown).toContain('Paper: not comparable: ');

  // Recompute a cell of the table from the results.
  const values = lines
    .map((line) => JSON.parse(line) as { run: string; result: DownsamplingResult })
    .filter(({ run }) => run.endsWith('by-2'))
    .map(({ result }) => figuresOf(result, 'max', 'cubic')?.ssim as number) as [number, number];
  const [mean, deviation] = [(values[0] + values[1]) / 2, Math.abs(values[0] - values[1]) / Math.SQRT2];
  expect(report?.tables[0]?.rows[3]?.[1]).toBe(`${mean.toFixed(4)} ± ${deviation.toFixed(4)}`);
});

test('invalid options are errors', async () => {
  expect(() => downsamplingExperiment({ data: [] })).toThrow('options.data must be a list of at least one');
  expect(() => downsamplingExperiment({ data: ['a.png'], factors: [2, 4, 2] })).toThrow(
    'options.factors[2] must be different from the entries before it, received 2',
  );
  expect(() => downsamplingExperiment({ data: ['a'], factors: [1.5] })).toThrow('options.factors[0] must be an integer ≥ 2, received 1.5');
  expect(() => downsamplingExperiment({ data: ['a'], enlargeBy: ['box' as 'cubic'] })).toThrow(
    "options.enlargeBy[0] must be 'nearest' or 'linear' or",
  );
  await expect(only({ data: [await detail(await temporaryFolder(), 40, 10)] })).rejects.toThrow(
    '40 × 10 pixels are too few; both sides need at least 11',
  );
  await expect(only({ data: ['missing.png'] })).rejects.toThrow('missing.png');
});
