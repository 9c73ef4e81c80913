import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareMethods, readImage } from '@softpool/media/node';
import { temporaryFolder } from '@softpool/testing/tiny';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { runExperiment } from '../run/run-experiment.ts';
import { DOWNSAMPLING_METHODS, downsamplingExperiment } from './downsampling.ts';
import { downsamplingReport } from './report.ts';
import type { DownsamplingMethod, DownsamplingResult } from './types.ts';

const ASTRONAUT = 'examples/photographs/astronaut.png';

/** Writes a detail of a photograph to a file. */
async function detail(folder: string, width: number, height: number, name = 'detail.png'): Promise<string> {
  const path = join(folder, name);
  await sharp(ASTRONAUT).extract({ left: 180, top: 60, width, height }).png().toFile(path);
  return path;
}

const context = { folder: '', results: new Map(), signal: undefined, onProgress: () => {}, onWarning: () => {} };

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
    // The least common multiple of 4 and 6 is 12, that of 3 and 5 is 15: more than the crop.
    const sidesOf = async (factors: number[], crop: number) => {
      const { width, height } = await only({ data: [path], factors, crop, seeds: 1, enlargeBy: ['nearest'] });
      return [width, height];
    };
    expect(await sidesOf([4, 6], 1024)).toEqual([120, 60]);
    expect(await sidesOf([3, 5], 11)).toEqual([15, 15]);
  });

  test('are those of the part in the middle of the picture', async () => {
    const folder = await temporaryFolder();
    const found = await only({ data: [await detail(folder, 120, 61)], factors: [2], crop: 50, seeds: 1 });
    const middle = join(folder, 'middle.png');
    await sharp(join(folder, 'detail.png')).extract({ left: 35, top: 5, width: 50, height: 50 }).toFile(middle);
    expect(found).toEqual(await only({ data: [middle], factors: [2], seeds: 1 }));
  });

  test('of Lp pooling are those of the root of the mean square', async () => {
    const path = join(await temporaryFolder(), 'stripes.png');
    // Columns of 0 and 200: √(200² / 2) = 141, which differs by 141 and 59.
    const stripes = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => 200 * (Math.floor(i / 3) % 2));
    await sharp(stripes, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toFile(path);
    const found = figuresOf(await only({ data: [path], factors: [2], enlargeBy: ['nearest'] }), 'Lp, p = 2', 'nearest');
    expect(found?.psnr).toBeCloseTo(10 * Math.log10(255 ** 2 / ((141 ** 2 + 59 ** 2) / 2)), 9);
  });

  test('of stochastic pooling are means over its draws', async () => {
    const data = [await detail(await temporaryFolder(), 32, 32)];
    const psnrOf = async (seeds: number) =>
      figuresOf(await only({ data, factors: [2], seeds, enlargeBy: ['nearest'] }), 'stochastic', 'nearest')?.psnr as number;
    const [one, two, three] = [await psnrOf(1), await psnrOf(2), await psnrOf(3)];
    const draws = [one, 2 * two - one, 3 * three - 2 * two];
    expect(new Set(draws.map((psnr) => psnr.toFixed(6))).size).toBe(3);
    for (const psnr of draws) expect(Math.abs(psnr - one)).toBeLessThan(1);
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

test('differences are those of the first method, with Holm’s adjustment over the whole table', () => {
  const methods = ['soft, shared weights', 'average (area)', 'max'] as const;
  // The first method minus each other one, picture by picture.
  const differences = {
    'soft, shared weights': [
      [0, 0, 0],
      [0, 0, 0],
    ],
    'average (area)': [
      [0.1, 0.1, 0.11],
      [1, 1.1, 1.2],
    ],
    max: [
      [0.03, 0.05, 0.07],
      [-1, -3, -5],
    ],
  };
  const resultOf = (picture: string, psnr?: null): DownsamplingResult => ({
    width: 16,
    height: 16,
    figures: methods.map((method) => {
      const [ssims, psnrs] = differences[method] as [number[], number[]];
      return {
        method,
        enlargedBy: 'cubic',
        ssim: 0.9 - ssims[Number(picture)]!,
        psnr: psnr === null ? null : 30 - psnrs[Number(picture)]!,
      };
    }),
  });
  const subject = { pictures: ['0', '1', '2'], methods, factors: [2], enlargeBy: ['cubic'], crop: 16, seeds: 1 } as const;
  // With two degrees of freedom, p = 1 − t / √(2 + t²): 0.001 and 0.003 for average, 0.049 and
  // 0.12 for max.
  // Multiplied by 4, 3, 2 and 1, only the first two are below 0.05.
  expect(downsamplingReport(subject, (picture) => resultOf(picture)).tables[1]?.rows).toEqual([
    ['average (area)', '+0.1033 ± 0.0033 *', '+1.10 ± 0.06 *'],
    ['max', '+0.0500 ± 0.0115', '−3.00 ± 1.15'],
  ]);
  // Of equal pictures, PSNR is infinite.
  const { tables } = downsamplingReport(subject, (picture) => resultOf(picture, null));
  expect([tables[0]?.rows[0]?.[2], tables[1]?.rows[0]?.[2]]).toEqual(['∞', '–']);
});

test.each([
  [1, '1 draw.'],
  [5, '5 draws.'],
])('the report says how often stochastic pooling was drawn: %i', (seeds, draws) => {
  const subject = { pictures: [], methods: [], factors: [], enlargeBy: [], crop: 16, seeds };
  const report = downsamplingReport(subject, () => ({ width: 16, height: 16, figures: [] }));
  expect(report.method.join(' ')).toContain(`Figures of stochastic pooling are means over ${draws} `);
});

test('invalid options are errors', async () => {
  expect(() => downsamplingExperiment({ data: ['a'], crop: 10 })).toThrow('options.crop must be an integer ≥ 11, received 10');
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
