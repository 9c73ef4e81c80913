// Equal seeds give equal runs, and interrupted runs end like uninterrupted ones.
import { symlinkSync } from 'node:fs';
import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripes, stripesTransform, temporaryFolder, tinyModel, tinyTraining } from '@softpool/testing/tiny';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import type { Transform } from '../data/data-set.ts';
import { record, run, runKilled, weights } from '../testing/tiny-runs.ts';
import type { TrainOptions } from './options.ts';
import { train } from './train.ts';

// Charts would take longest.
vi.mock('../charts/training-curves.ts', () => ({ writeCurves: () => {} }));

beforeAll(async () => {
  expect(await openBackend('wasm')).toBe('wasm (WebAssembly, one thread)');
});

/** The files of an uninterrupted run. */
async function undisturbed() {
  const out = await temporaryFolder();
  await run(out);
  const [best, checkpoint] = await Promise.all(['best', 'checkpoint'].map((name) => readFile(join(out, `${name}.safetensors`))));
  return { record: await record(out), final: await weights(out), best: best!, checkpoint: checkpoint! };
}

async function expectSame(out: string, expected: Awaited<ReturnType<typeof undisturbed>>): Promise<void> {
  expect(await record(out)).toEqual(expected.record);
  expect((await weights(out)).equals(expected.final)).toBe(true);
  expect((await readFile(join(out, 'best.safetensors'))).equals(expected.best)).toBe(true);
  expect((await readFile(join(out, 'checkpoint.safetensors'))).equals(expected.checkpoint)).toBe(true);
}

test('the seed determines the record and the weights', async () => {
  const one = await undisturbed();
  const out = await temporaryFolder();
  await run(out);
  await expectSame(out, one);
  const other = await temporaryFolder();
  await run(other, { seed: 6 });
  expect((await weights(other)).equals(one.final)).toBe(false);
  expect((await record(other))[0]).not.toEqual(one.record[0]);
});

describe('an interrupted run ends like an uninterrupted one', () => {
  let whole: Awaited<ReturnType<typeof undisturbed>>;
  beforeAll(async () => {
    whole = await undisturbed();
  });

  test.each([
    ['before its first checkpoint', 1, 1000],
    ['in the middle of an epoch, by a checkpoint after each step', 5, 1],
    ['behind its checkpoint, whose later steps are done again', 5, 2],
    ['at the last step of an epoch', 6, 1],
    ['at its very last step', 9, 4],
  ])('killed %s', async (_, step, checkpointSteps) => {
    const out = await temporaryFolder();
    await runKilled(out, step, { checkpointSteps });
    const { status } = await run(out, { resume: true, checkpointSteps });
    expect(status).toBe('finished');
    await expectSame(out, whole);
  });

  test('killed with another optimizer, in its warm-up', async () => {
    const options = { optimizer: 'adamw', learningRate: 0.01, warmupEpochs: 2, clipGradNorm: 0.5 } as const;
    const [out, other] = [await temporaryFolder(), await temporaryFolder()];
    await run(other, options);
    await runKilled(out, 5, { ...options, checkpointSteps: 2 });
    await run(out, { ...options, resume: true });
    expect((await weights(out)).equals(await weights(other))).toBe(true);
    expect((await weights(out)).equals(whole.final)).toBe(false);
  });

  test('killed repeatedly', async () => {
    const out = await temporaryFolder();
    await runKilled(out, 2, { checkpointSteps: 1 });
    await runKilled(out, 4, { resume: true, checkpointSteps: 1 });
    await runKilled(out, 8, { resume: true, checkpointSteps: 3 });
    await run(out, { resume: true });
    await expectSame(out, whole);
  });

  test('stopped by its signal: it saves and resumes at the same step', async () => {
    const out = await temporaryFolder();
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }): void => {
      if (step === 4) stop.abort();
    };
    expect(await run(out, { signal: stop.signal, onStep })).toMatchObject({ status: 'stopped', epochs: 1, steps: 4 });
    expect(await record(out)).toEqual(whole.record.slice(0, 5)); // 4 steps and an epoch
    const steps: number[] = [];
    await run(out, { resume: true, onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual([5, 6, 7, 8, 9]);
    await expectSame(out, whole);
  });

  test('stopped while a read hangs', async () => {
    const out = await temporaryFolder();
    const stop = new AbortController();
    const { dataSet, transform } = tinyTraining().trainingData;
    const hanging: Transform = { ...transform, apply: () => new Promise(() => {}) };
    setTimeout(() => stop.abort(), 50);
    const options = { trainingData: { dataSet, transform: hanging }, signal: stop.signal };
    expect(await run(out, options)).toMatchObject({ status: 'stopped', steps: 0 });
    await run(out, { resume: true });
    await expectSame(out, whole);
  });

  test('stopped during validation', async () => {
    const out = await temporaryFolder();
    const stop = new AbortController();
    const { dataSet, transform } = tinyTraining().validationData;
    const stopping: Transform = {
      ...transform,
      apply: (sample, random) => {
        stop.abort();
        return transform.apply(sample, random);
      },
    };
    const options = { validationData: { dataSet, transform: stopping }, signal: stop.signal };
    expect(await run(out, options)).toMatchObject({ status: 'stopped', epochs: 0, steps: 3 });
    await run(out, { resume: true });
    await expectSame(out, whole);
  });

  test('stopped by a read error: earlier steps are kept', async () => {
    const out = await temporaryFolder();
    const { dataSet, transform } = tinyTraining().trainingData;
    let reads = 0;
    const failing = {
      ...dataSet,
      read: (index: number) => (++reads > 70 ? Promise.reject(new Error('the disk is gone')) : dataSet.read(index)),
    };
    await expect(run(out, { trainingData: { dataSet: failing, transform } })).rejects.toThrow('the disk is gone');
    const steps: number[] = [];
    await run(out, { resume: true, onStep: ({ step }) => steps.push(step) });
    expect(steps[0]).toBe(5); // 40 samples and 16 more were read before the error
    await expectSame(out, whole);
  });

  test('after it has finished: nothing changes', async () => {
    const out = await temporaryFolder();
    await run(out);
    expect(await run(out, { resume: true, onStep: () => expect.unreachable() })).toMatchObject({ status: 'finished', steps: 9 });
    await expectSame(out, whole);
  });
});

/** A linear network without bias. */
function linearModel(kernelInitializer: 'zeros' | 'ones'): tfl.LayersModel {
  const dense = tfl.layers.dense({ name: 'fc', units: 3, useBias: false, kernelInitializer });
  return tfl.sequential({ layers: [tfl.layers.flatten({ name: 'flat', inputShape: [6, 6, 1] }), dense] });
}

test('of equal epochs the first is the best', async () => {
  const out = await temporaryFolder();
  // 1 + 1e-30 is 1 in float32: no step changes a weight.
  const { best } = await run(out, { model: linearModel('ones'), learningRate: 1e-30, weightDecay: 0 });
  expect(best?.epoch).toBe(1);
  const epochs = (await record(out)).filter(({ type }) => type === 'epoch');
  expect(epochs.map(({ isBest }) => isBest)).toEqual([true, false, false]);
});

test('the time left is that of the samples left, in this epoch and in those that follow', async () => {
  const left: number[] = [];
  await run(await temporaryFolder(), {
    onStep: ({ secondsLeft, samplesPerSecond }) => left.push(Math.round(secondsLeft * samplesPerSecond)),
  });
  // 3 epochs of 40 samples, in batches of 16, 16 and 8.
  expect(left).toEqual([104, 88, 80, 64, 48, 40, 24, 8, 0]);
});

describe('the folder of a run', () => {
  test('is reused only with resume or force', async () => {
    const out = await temporaryFolder();
    await run(out, { epochs: 1 });
    const before = await weights(out);
    await expect(run(out, { epochs: 1 })).rejects.toThrow(
      `${out} already has a run (config.json); use resume to continue it, or force to replace it`,
    );
    expect((await weights(out)).equals(before)).toBe(true);
    await expect(run(out, { resume: true, force: true })).rejects.toThrow('resume and force exclude each other');
    await run(out, { epochs: 1, seed: 9, force: true });
    expect((await weights(out)).equals(before)).toBe(false);
    expect((await record(out)).filter(({ type }) => type === 'epoch')).toHaveLength(1);
  });

  test('is not resumed with other settings, which are named', async () => {
    const out = await temporaryFolder();
    await run(out, { epochs: 1, settings: { model: 'tiny' } });
    await expect(run(out, { epochs: 1, settings: { model: 'large' }, resume: true, learningRate: 0.1, batchSize: 8 })).rejects.toThrow(
      `${out} cannot be resumed with other settings: model was "tiny" and is now "large"; batchSize was 16 and is now 8; learningRate was 0.05 and is now 0.1`,
    );
    const trainingData = { dataSet: stripes(41), transform: stripesTransform() };
    await expect(run(out, { epochs: 1, settings: { model: 'tiny' }, resume: true, trainingData })).rejects.toThrow(
      'trainingData.samples was 40 and is now 41',
    );
  });

  test('must exist to be resumed', async () => {
    const out = await temporaryFolder();
    await expect(run(join(out, 'none'), { resume: true })).rejects.toThrow(`${out}/none has no run: config.json is missing`);
    await writeFile(join(out, 'config.json'), '{"format":');
    await expect(run(out, { resume: true })).rejects.toThrow(/config\.json is not JSON: /);
    await writeFile(join(out, 'config.json'), '{}');
    await expect(run(out, { resume: true })).rejects.toThrow(/config\.json is not the configuration of a run$/);
    await writeFile(join(out, 'config.json'), '{"format":"softpool-run","settings":null}');
    await expect(run(out, { resume: true })).rejects.toThrow(/config\.json is not the configuration of a run$/);
  });

  test('is not resumed from a damaged checkpoint or one of another network', async () => {
    const out = await temporaryFolder();
    await runKilled(out, 5, { checkpointSteps: 2 });
    const checkpoint = join(out, 'checkpoint.safetensors');
    const whole = await readFile(checkpoint);
    await writeFile(checkpoint, whole.subarray(0, 2000));
    await expect(run(out, { resume: true })).rejects.toThrow(
      /^cannot resume: .*checkpoint\.safetensors: the safetensors file is truncated/,
    );
    await writeFile(checkpoint, await readFile(join(out, 'best.safetensors')));
    await expect(run(out, { resume: true })).rejects.toThrow('the file holds weights only, without the state of a training');
    await writeFile(checkpoint, whole);
    await truncate(join(out, 'record.jsonl'), (await stat(join(out, 'record.jsonl'))).size - 400);
    await expect(run(out, { resume: true })).rejects.toThrow(/record\.jsonl lost lines: it has 3, but had 6 at the checkpoint$/);
  });

  test('is not resumed from a checkpoint that has more tensors than the network', async () => {
    const [out, other] = [await temporaryFolder(), await temporaryFolder()];
    const { layers } = tinyModel();
    const larger = tfl.sequential({ layers: [...layers, tfl.layers.dense({ name: 'more', units: 3, useBias: false })] });
    await runKilled(other, 1, { model: larger, checkpointSteps: 1 });
    await runKilled(out, 1, { checkpointSteps: 1 });
    await writeFile(join(out, 'checkpoint.safetensors'), await readFile(join(other, 'checkpoint.safetensors')));
    await expect(run(out, { resume: true })).rejects.toThrow(
      /^cannot resume: .*checkpoint\.safetensors: the model lacks its tensor (weights|velocity)\/more\/kernel$/,
    );
  });

  test('is not resumed from a checkpoint with a flipped bit', async () => {
    const out = await temporaryFolder();
    await runKilled(out, 5, { checkpointSteps: 2 });
    const checkpoint = join(out, 'checkpoint.safetensors');
    const whole = await readFile(checkpoint);
    for (const place of [-1, -500, -1000]) {
      const flipped = Buffer.from(whole);
      const at = flipped.length + place;
      flipped[at] = (flipped[at] as number) ^ 1;
      await writeFile(checkpoint, flipped);
      const model = tinyModel();
      await expect(train({ ...tinyTraining(), model, output: out, resume: true })).rejects.toThrow(
        `cannot resume: ${checkpoint}: the file is damaged: its content does not match its SHA-256`,
      );
    }
    const position = whole.toString('latin1').replace(/(?<=lossSum.":\d+\.)\d/, (digit) => `${9 - Number(digit)}`);
    await writeFile(checkpoint, Buffer.from(position, 'latin1'));
    await expect(run(out, { resume: true })).rejects.toThrow('its content does not match its SHA-256');
  });

  test('with a damaged record is not resumed, and the line is named', async () => {
    const out = await temporaryFolder();
    await runKilled(out, 5, { checkpointSteps: 2 });
    const path = join(out, 'record.jsonl');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, lines.with(1, lines[1]!.replace('"type":', '"type";')).join('\n'));
    const onStep = (): void => expect.unreachable();
    await expect(run(out, { resume: true, onStep })).rejects.toThrow(/^.*record\.jsonl, line 2 is damaged: .*JSON/);
    await writeFile(path, lines.with(1, '{"type":"stop"}').join('\n'));
    await expect(run(out, { resume: true, onStep })).rejects.toThrow(`${path}, line 2 is damaged: it is not a step or an epoch`);
  });

  test('may have an incomplete line from a kill, which is removed', async () => {
    const [out, whole] = [await temporaryFolder(), await undisturbed()];
    await runKilled(out, 5, { checkpointSteps: 2 });
    await appendFile(join(out, 'record.jsonl'), '{"type":"st');
    await writeFile(join(out, '.checkpoint.safetensors.tmp'), 'half a checkp');
    await run(out, { resume: true });
    await expectSame(out, whole);
    expect(await readdir(out)).not.toContain('.checkpoint.safetensors.tmp');
  });

  test('on a full disk keeps the previous checkpoint, from which the run resumes', async () => {
    const [out, whole] = [await temporaryFolder(), await undisturbed()];
    const fill = ({ step }: { step: number }): void => {
      // The temporary file of the next checkpoint.
      if (step === 4) symlinkSync('/dev/full', join(out, '.checkpoint.safetensors.tmp'));
    };
    await expect(run(out, { checkpointSteps: 2, onStep: fill })).rejects.toThrow(
      `cannot write ${out}/checkpoint.safetensors: no space left (step 3 is saved; the run can be resumed)`,
    );
    await run(out, { resume: true });
    await expectSame(out, whole);
  });

  test('in use by another training is left alone', async () => {
    const out = await temporaryFolder();
    const refused: unknown[] = [];
    const others: Promise<void>[] = [];
    await run(out, {
      onStep: ({ step }) => {
        if (step > 2) return;
        const other = step === 1 ? run(out, { resume: true }) : run(out, { force: true });
        others.push(other.then(() => {}).catch(({ message }: Error) => void refused.push(message)));
      },
    });
    await Promise.all(others);
    expect(refused).toEqual(Array(2).fill(`process ${process.pid} is writing to ${out}; wait for it, stop it, or choose another folder`));
    await expectSame(out, await undisturbed());
  });

  test('that cannot be created or written is named with the reason', async () => {
    const out = await temporaryFolder();
    await writeFile(join(out, 'file'), '');
    await expect(run(join(out, 'file/run'))).rejects.toThrow(`cannot write ${out}/file/run: a part of the path is a file, not a folder`);
    await rm(join(out, 'file'));
  });
});

describe('invalid options are rejected before anything is written', () => {
  const one = { ...stripes(4), classes: ['rows'], labels: new Uint16Array(4) };
  const transform = stripesTransform();
  test.each<[Partial<TrainOptions>, string]>([
    [{ epochs: 0 }, 'train: options.epochs must be a positive integer, received 0'],
    [{ batchSize: 2.5 }, 'train: options.batchSize must be a positive integer, received 2.5'],
    [{ learningRate: Number.NaN }, 'train: options.learningRate must be a finite number above 0, received NaN'],
    [{ momentum: 1 }, 'train: options.momentum must be a number from 0 to below 1, received 1'],
    [{ optimizer: 'adamw', momentum: 0.5 }, "train: options.momentum must be left out unless options.optimizer is 'sgd', received 0.5"],
    [{ schedule: 'constant', gamma: 0.3 }, "train: options.gamma must be left out unless options.schedule is 'step', received 0.3"],
    [{ schedule: 'cosine', stepSize: 20 }, "train: options.stepSize must be left out unless options.schedule is 'step', received 20"],
    [{ weightDecay: -1 }, 'train: options.weightDecay must be a finite number ≥ 0, received -1'],
    [{ schedule: 'linear' as 'step' }, `train: options.schedule must be 'step' or 'cosine' or 'constant', received 'linear'`],
    [{ optimizer: 'adam' as 'adamw' }, `train: options.optimizer must be 'sgd' or 'adamw', received 'adam'`],
    [{ warmupEpochs: 5, epochs: 5 }, 'train: options.warmupEpochs must be below options.epochs, 5, received 5'],
    [{ warmupEpochs: -1 }, 'train: options.warmupEpochs must be an integer ≥ 0, received -1'],
    [{ clipGradNorm: -1 }, 'train: options.clipGradNorm must be a finite number ≥ 0, received -1'],
    [{ seed: 0.5 }, 'train: options.seed must be a 32-bit integer, received 0.5'],
    [{ labelSmoothing: 1 }, 'train: options.labelSmoothing must be a number from 0 to below 1, received 1'],
    [{ settings: { seed: 3 } }, 'train: options.settings.seed is reserved; choose another name'],
    [{ trainingData: { dataSet: one, transform } }, 'train: the model has 3 classes, but stripes 1 has 1'],
    [{ trainingData: { dataSet: stripes(0), transform } }, 'train: stripes 1 has no samples'],
    [
      { trainingData: { dataSet: stripes(4), transform: { ...transform, inputShape: [8, 8, 1] } } },
      `train: the model's input is [6, 6, 1], but the transform's inputShape is [8, 8, 1]`,
    ],
    [
      { validationData: { dataSet: { ...stripes(4), classes: ['rows', 'waves', 'diagonals'] }, transform } },
      'train: class 1 is columns in stripes 1, but waves in stripes 1',
    ],
  ])('%o', async (options, message) => {
    const out = join(await temporaryFolder(), 'run');
    await expect(run(out, options)).rejects.toThrow(message);
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });
});
