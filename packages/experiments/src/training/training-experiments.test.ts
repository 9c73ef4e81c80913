// Tiny trainings end to end: interrupted, resumed and compared.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { temporaryFolder } from '@softpool/testing/tiny';
import type { Json } from '@softpool/training/node';
import { describe, expect, test, vi } from 'vitest';
import { runExperiment } from '../run/run-experiment.ts';
import { classificationExperiment } from './classification.ts';
import { gradientExperiment } from './gradient.ts';
import { videoExperiment } from './video.ts';

vi.mock('@softpool/training/internal', async (original) => ({
  ...(await original<object>()),
  chartSvg: async () => '<svg/>',
  svgToPng: () => new Uint8Array(),
})); // charts would take longest

const CLASSIFICATION = { data: ['textured-shapes?samples=72&size=12'], epochs: 2, batchSize: 18, limit: 36, testLimit: 0 };
const VIDEO = { epochs: 1, batchSize: 8, limit: 16, testLimit: 16, size: 8 };

interface Line {
  readonly run: string;
  readonly result: {
    readonly top1: number;
    readonly trainingLoss: readonly number[];
    readonly steps: number;
    readonly firstOutputs: string;
  };
}

async function lines(out: string): Promise<Line[]> {
  const text = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd();
  return text.split('\n').map((line) => {
    const { run, result } = JSON.parse(line) as Line;
    return { run, result };
  });
}

describe('classification', () => {
  test('resumed within a run gives the same results and tables', { tags: 'long' }, async () => {
    const [out, undisturbed] = [await temporaryFolder(), await temporaryFolder()];
    const whole = await runExperiment(classificationExperiment({ ...CLASSIFICATION, seeds: 1 }), { output: undisturbed });

    const stop = new AbortController();
    const onProgress = ({ run, share }: { run: string; share: number }): void => {
      if (run.endsWith('/soft-exact/seed-1') && share >= 0.5) stop.abort();
    };
    const stopped = await runExperiment(classificationExperiment({ ...CLASSIFICATION, seeds: 1 }), {
      output: out,
      signal: stop.signal,
      onProgress,
    });
    expect(stopped).toMatchObject({ status: 'stopped', done: 4, total: 7 });
    const continued = await runExperiment(classificationExperiment({ ...CLASSIFICATION, seeds: 1 }), { output: out, resume: true });

    expect(await lines(out)).toEqual(await lines(undisturbed));
    expect(continued.report?.tables).toEqual(whole.report?.tables);
    expect(continued.report?.tables.map(({ title }) => title)).toEqual([
      'textured-shapes: small2d, 2 epochs, batches of 18, learning rate 0.05',
      'textured-shapes: differences, seed by seed',
    ]);
    expect(continued.report?.tables[1]?.note).toBe('A single seed does not allow a significance test.');
  });

  test('gradients differ in training only, with equal initial outputs', async () => {
    const out = await temporaryFolder();
    await runExperiment(classificationExperiment({ ...CLASSIFICATION, seeds: 2 }), { output: out });
    const results = new Map((await lines(out)).map(({ run, result }) => [run.replace('textured-shapes/', ''), result]));
    expect([...results.keys()].slice(0, 7)).toEqual(
      ['max', 'average', 'average-all', 'soft', 'soft-exact', 'soft-all', 'soft-all-exact'].map((name) => `${name}/seed-1`),
    );
    const of = (run: string) => results.get(run)!;
    for (const [one, other] of [
      ['soft', 'soft-exact'],
      ['soft-all', 'soft-all-exact'],
    ]) {
      expect(of(`${one}/seed-1`).firstOutputs).toBe(of(`${other}/seed-1`).firstOutputs);
      expect(of(`${one}/seed-1`).trainingLoss).not.toEqual(of(`${other}/seed-1`).trainingLoss);
    }
    const distinct = new Set(
      ['max', 'average', 'average-all', 'soft', 'soft-all'].flatMap((name) =>
        [1, 2].map((seed) => of(`${name}/seed-${seed}`).firstOutputs),
      ),
    );
    expect(distinct.size).toBe(10);
    // 36 pictures, 18 per step, 2 epochs.
    expect(new Set([...results.values()].map(({ steps }) => steps))).toEqual(new Set([4]));
    // 18 test pictures.
    for (const { top1 } of results.values()) expect(top1 * 18).toBeCloseTo(Math.round(top1 * 18), 9);

    const itself = runExperiment(gradientExperiment({ seeds: 2, from: [out] }), { output: out, force: true });
    await expect(itself).rejects.toThrow(`${out} is an experiment that this one reads; choose another folder`);
    const gradients = await runExperiment(gradientExperiment({ seeds: 2, from: [out] }), { output: join(out, 'gradient') });
    expect((await lines(join(out, 'gradient'))).map(({ run, result }) => [run, result])).toEqual(
      [1, 2].flatMap((seed) =>
        ['soft', 'soft-exact', 'soft-all', 'soft-all-exact'].map((name) => [
          `textured-shapes/${name}/seed-${seed}`,
          of(`${name}/seed-${seed}`),
        ]),
      ),
    );
    expect(await readdir(join(out, 'gradient'))).not.toContain('runs'); // nothing was trained
    expect(gradients.report?.method.join(' ')).toContain(`Existing runs come from ${out}`);
    const rows = gradients.report?.tables[1]?.rows.map(([words, difference]) => [words, difference]);
    const percent = (name: string): [number, number] => [100 * of(`${name}/seed-1`).top1, 100 * of(`${name}/seed-2`).top1];
    const [exact, soft] = [percent('soft-exact'), percent('soft')];
    const [first, second] = [exact[0] - soft[0], exact[1] - soft[1]];
    expect(rows?.[0]?.[0]).toBe('soft, exact gradient − soft');
    expect(Number.parseFloat(rows?.[0]?.[1]?.replace('−', '-') ?? '')).toBeCloseTo((first + second) / 2, 1);

    // A missing seed is trained with the settings of the experiment.
    const more = await runExperiment(gradientExperiment({ seeds: 3, from: [out] }), { output: join(out, 'more') });
    expect(more).toMatchObject({ status: 'finished', done: 12 });
    expect((await lines(join(out, 'more'))).at(-1)?.result.steps).toBe(4);
    expect(await readdir(join(out, 'more/runs/textured-shapes/soft'))).toEqual(['seed-3']);
  });
});

test('corrupt samples are named once, counted in results and noted in the table', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'colors');
  for (const [name, color] of Object.entries({ blue: [0, 0, 255], red: [255, 0, 0] })) {
    for (let i = 0; i < 5; i++) {
      await plain(data, `train/${name}/${i}.png`, 8, 8, color as [number, number, number]);
      await plain(data, `val/${name}/${i}.png`, 8, 8, color as [number, number, number]);
    }
  }
  const [training, test] = [join(data, 'train/blue/0.png'), join(data, 'val/red/4.png')];
  for (const path of [training, test]) await writeFile(path, 'Dear reader');
  const warnings: string[] = [];
  const options = { data: [data], seeds: 1, epochs: 2, batchSize: 5 };
  const { report } = await runExperiment(classificationExperiment(options), {
    output: join(folder, 'out'),
    onWarning: (message) => warnings.push(message),
  });
  // In this order: the training comes first. Seven networks and two epochs read each sample.
  expect(warnings).toEqual([training, test].map((path) => expect.stringContaining(`skipped: ${path}`)));
  const results = (await lines(join(folder, 'out'))) as unknown as { result: { skipped: unknown } }[];
  expect(results.map(({ result }) => result.skipped)).toEqual(Array(7).fill({ training: 1, test: 1 }));
  expect(report?.tables[0]?.note).toBe('Corrupt samples were skipped: in a run at most 1 of the training data and 1 of the test data.');
});

test('results on data that has changed are not compared', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'colors');
  for (const name of ['blue', 'red']) for (const i of [0, 1]) await plain(data, `train/${name}/${i}.png`, 8, 8, [8 * i, 0, 0]);
  await cp(join(data, 'train'), join(data, 'val'), { recursive: true });
  const output = join(folder, 'out');
  const run = (seeds: number) =>
    runExperiment(classificationExperiment({ data: [data], seeds, epochs: 1, limit: 2 }), { output, resume: true });
  expect(await run(1)).toMatchObject({ status: 'finished', done: 7 });

  const added = join(data, 'train/red/2.png');
  await cp(join(data, 'train/red/1.png'), added);
  const message = 'colors: the data has changed since colors/max/seed-1, whose result is not comparable; restore the data, or start over';
  await expect(run(2)).rejects.toThrow(message);
  expect(await lines(output)).toHaveLength(7);
  const gradients = gradientExperiment({ seeds: 2, from: [output] });
  await expect(runExperiment(gradients, { output: join(folder, 'gradient') })).rejects.toThrow(
    'colors: the data has changed since colors/',
  );

  await rm(added);
  expect(await run(2)).toMatchObject({ status: 'finished', done: 14 });
});

test('video, and gradient without earlier experiments', async () => {
  const out = await temporaryFolder();
  const { report } = await runExperiment(videoExperiment({ ...VIDEO, seeds: 1 }), { output: out });
  expect(report?.tables[0]?.rows.map(([words]) => words)).toEqual(['max', 'average', 'soft', 'soft, exact gradient']);
  expect(report?.charts.map(({ name }) => name)).toEqual(['moving-shapes-accuracy', 'moving-shapes-training-loss']);
  const config = JSON.parse(await readFile(join(out, 'runs/moving-shapes/soft/seed-1/config.json'), 'utf8'));
  expect(config).toMatchObject({ settings: { momentum: 0.9, weightDecay: 1e-4, schedule: 'cosine' } });

  const both = await runExperiment(gradientExperiment({ classification: { ...CLASSIFICATION, epochs: 1 }, video: VIDEO, seeds: 1 }), {
    output: join(out, 'both'),
  });
  expect(both).toMatchObject({ status: 'finished', done: 6 });
  expect(both.report?.tables.map(({ title }) => title.split(':')[0])).toEqual([
    'textured-shapes',
    'textured-shapes',
    'moving-shapes',
    'moving-shapes',
  ]);
  const clips = (await lines(join(out, 'both'))).filter(({ run }) => run.startsWith('moving-shapes/'));
  expect(clips).toEqual((await lines(out)).filter(({ run }) => run.includes('/soft')));
});

test('networks with different initial outputs are not compared', async () => {
  const experiment = gradientExperiment({ classification: CLASSIFICATION, video: VIDEO, seeds: 1 });
  const made = (firstOutputs: string): Json => ({ top1: 0.5, loss: 1, trainingLoss: [1], steps: 1, firstOutputs });
  const results = new Map(experiment.runs.map(({ id }) => [id, made(id.includes('moving-shapes/soft-exact') ? 'other' : 'same')]));
  expect(() => experiment.report(results as never)).toThrow('moving-shapes: with seed 1, soft-exact and soft differ before training');
});

test('tables have percentages, the loss of the last epoch, and a dash for a loss that is not finite', () => {
  const experiment = videoExperiment({ seeds: 2 });
  const results = new Map(
    experiment.runs.map(({ id }): [string, Json] => {
      const [, variant = '', seed = ''] = id.split('/');
      const isSecond = seed === 'seed-2';
      const top1 = variant === 'max' ? (isSecond ? 0.6 : 0.5) : isSecond ? 0.9 : 0.7;
      const loss = variant === 'average' && isSecond ? null : isSecond ? 3 : 1;
      return [id, { top1, loss, trainingLoss: [9, isSecond ? 0.5 : 0.25], steps: 1, firstOutputs: '' }];
    }),
  );
  const { tables } = experiment.report(results as never);
  expect(tables[0]?.rows.slice(0, 2)).toEqual([
    ['max', '55.00 ± 7.07', '2.0000 ± 1.4142', '0.3750 ± 0.1768'],
    ['average', '80.00 ± 14.14', '–', '0.3750 ± 0.1768'],
  ]);
  // 20 and 30 points: 25 ± 5. With one degree of freedom, the interval reaches 12.706 errors.
  expect(tables[1]?.rows[0]?.slice(0, 3)).toEqual(['soft − max', '+25.00 ± 5.00', '−38.53 … +88.53']);
});

test.each<[object, string]>([
  [{ model: 'zz' }, 'options.model must be one of resnet18, resnet34, resnet50, '],
  [{ model: 'small3d' }, "small2d, received 'small3d'"], // takes clips
  [{ epochs: Number.NaN }, 'options.epochs must be a positive integer, received NaN'],
  [{ batchSize: 1.5 }, 'options.batchSize must be a positive integer, received 1.5'],
  [{ learningRate: 0 }, 'options.learningRate must be a finite number above 0, received 0'],
  [{ data: [] }, 'options.data must be a list of at least one, received []'],
  [{ data: [''] }, "options.data[0] must be a path or generator, received ''"],
  [{ limit: -1 }, 'options.limit must be an integer ≥ 0, received -1'],
  [{ augment: 'all' }, "received 'all'"],
  [{ backend: 'gpu' }, "options.backend must be 'wasm' or 'webgpu' or 'cpu', received 'gpu'"],
  [{ epoch: 3 }, 'options.epoch is not an option of this call'],
])('classification refuses %j at once', (options, message) => {
  expect(() => classificationExperiment(options)).toThrow(message);
});

test('video and gradient refuse invalid options at once, with their paths', () => {
  expect(() => videoExperiment({ model: 'small2d' })).toThrow(
    "videoExperiment: options.model must be one of r3d_18, r3d_50, r2plus1d_18, small3d, received 'small2d'",
  );
  expect(() => videoExperiment({ frames: 1 })).toThrow('options.frames must be an integer ≥ 2, received 1');
  expect(() => videoExperiment({ noise: Number.NaN })).toThrow('options.noise must be a number ≥ 0, received NaN');
  expect(() => gradientExperiment({ video: { epochs: 0 } })).toThrow(
    'gradientExperiment: options.video.epochs must be a positive integer, received 0',
  );
  expect(() => gradientExperiment({ classification: { seeds: 2 } as object })).toThrow('options.classification.seeds is not an option');
});

test('invalid options are errors', async () => {
  expect(() => classificationExperiment({ seeds: 0 })).toThrow(
    'classificationExperiment: options.seeds must be a positive integer, received 0',
  );
  expect(() => classificationExperiment({ data: ['a/set', 'b/set/.'] })).toThrow('two tasks have the name set');
  const out = await temporaryFolder();
  expect(() => gradientExperiment({ from: [out] })).toThrow(`${out} has no experiment: experiment.json is missing`);
  const unreadable = await temporaryFolder();
  await mkdir(join(unreadable, 'experiment.json'));
  expect(() => gradientExperiment({ from: [unreadable] })).toThrow(`cannot read ${join(unreadable, 'experiment.json')}: EISDIR`);
  for (const [name, value] of Object.entries({ backend: 'wasm', classification: { epochs: -3 }, video: {} })) {
    expect(() => gradientExperiment({ from: [out], [name]: value })).toThrow(
      `gradientExperiment: options.${name} must be left out with options.from, received `,
    );
  }
  for (const settings of [null, 3]) {
    await writeFile(join(out, 'experiment.json'), JSON.stringify({ format: 'softpool-experiment', settings }));
    expect(() => gradientExperiment({ from: [out] })).toThrow('experiment.json is not the configuration of an experiment');
  }
});
