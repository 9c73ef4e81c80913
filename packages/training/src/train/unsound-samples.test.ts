// Samples that are corrupt or not finite, and trainings that diverge.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '@softpool/models/internal';
import { stripes, stripesTransform, temporaryFolder, tinyTraining } from '@softpool/testing/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import { CorruptSampleError, type DataSet, type Transform } from '../data/data-set.ts';
import { linearModel, record, run, runKilled, weights } from '../testing/tiny-runs.ts';
import { TrainingDivergedError, whyDiverged } from './divergence.ts';

// Charts would take longest.
vi.mock('../charts/training-curves.ts', () => ({ writeCurves: () => {} }));

beforeAll(async () => {
  expect(await openBackend('wasm')).toBe('wasm (WebAssembly, one thread)');
});

test('corrupt samples are reported, skipped and counted, and not twice after a stop', async () => {
  const trainingData = { dataSet: stripes(40, 1, [3, 20, 21]), transform: stripesTransform(true) };
  const validationData = { dataSet: stripes(20, 2, [7]), transform: stripesTransform() };
  const options = { trainingData, validationData, epochs: 2, maxCorrupt: 3 };
  const whole = await temporaryFolder();
  const reports: string[] = [];
  await run(whole, { ...options, onCorrupt: ({ reason }) => reports.push(reason) });
  expect(reports.slice(0, 4).sort()).toEqual(['stripes/20 is torn', 'stripes/21 is torn', 'stripes/3 is torn', 'stripes/7 is torn']);
  const epochs = (await record(whole)).filter(({ type }) => type === 'epoch');
  for (const epoch of epochs)
    expect(epoch).toMatchObject({ training: { samples: 37, skipped: 3 }, validation: { samples: 19, skipped: 1 } });

  const out = await temporaryFolder();
  for (let step = 1; step <= 6; step++) await runKilled(out, step, { ...options, resume: step > 1, checkpointSteps: 1 });
  await run(out, { ...options, resume: true });
  expect(await record(out)).toEqual(await record(whole));
  expect((await weights(out)).equals(await weights(whole))).toBe(true);

  await expect(run(await temporaryFolder(), { ...options, maxCorrupt: 2 })).rejects.toThrow(
    /^stripes 1: 3 of 40 samples are corrupt so far, more than the limit of 2; first: stripes\/\d+ is torn$/,
  );
});

test('a resumed run keeps its limit of corrupt samples and its checkpoints unless others are given', async () => {
  const trainingData = { dataSet: stripes(40, 1, [3, 20, 21]), transform: stripesTransform(true) };
  const plain = { trainingData, epochs: 2 };
  const options = { ...plain, maxCorrupt: 3, checkpointEpochs: 2, checkpointSteps: 1 };
  const whole = await temporaryFolder();
  await run(whole, options);
  const out = await temporaryFolder();
  await runKilled(out, 4, options);
  await runKilled(out, 5, { ...plain, resume: true });
  const steps: number[] = [];
  await run(out, { ...plain, resume: true, onStep: ({ step }) => steps.push(step) });
  expect(steps).toEqual([6]);
  expect((await readdir(out)).sort()).toEqual((await readdir(whole)).sort());
  for (const name of ['final.safetensors', 'epoch-2.safetensors']) {
    expect((await readFile(join(out, name))).equals(await readFile(join(whole, name)))).toBe(true);
  }

  const other = await temporaryFolder();
  await runKilled(other, 1, options);
  await expect(run(other, { ...plain, resume: true, maxCorrupt: 2 })).rejects.toThrow('more than the limit of 2');
});

/** Samples of which some reads fail. Reads count from 1 and follow the order of the epoch. */
function failingReads(samples: number, isCorrupt: (read: number) => boolean): DataSet {
  const dataSet = stripes(samples);
  let reads = 0;
  return {
    ...dataSet,
    read: (index) => (isCorrupt(++reads) ? Promise.reject(new CorruptSampleError('it is torn')) : dataSet.read(index)),
  };
}

test('corrupt samples from before a stop count towards the limit', async () => {
  const out = await temporaryFolder();
  // The second read of each process is of its first batch.
  const options = () => ({
    trainingData: { dataSet: failingReads(40, (read) => read === 2), transform: stripesTransform() },
    maxCorrupt: 1,
  });
  await runKilled(out, 1, { ...options(), checkpointSteps: 1 });
  await expect(run(out, { ...options(), resume: true })).rejects.toThrow('2 of 40 samples are corrupt so far, more than the limit of 1');
});

test('corrupt samples at the end of an epoch are counted, although no batch follows', async () => {
  const out = await temporaryFolder();
  // Batches of 16, 16 and 8: the last is empty.
  const trainingData = { dataSet: failingReads(40, (read) => read > 32), transform: stripesTransform() };
  expect(await run(out, { trainingData, epochs: 1, maxCorrupt: 8 })).toMatchObject({ status: 'finished', steps: 2 });
  expect((await record(out)).at(-1)).toMatchObject({ type: 'epoch', training: { samples: 32, skipped: 8 } });
});

describe('a diverging training stops and says where and what to try', () => {
  test('a NaN loss', async () => {
    const out = await temporaryFolder();
    await expect(run(out, { learningRate: 1e30, checkpointSteps: 1000 })).rejects.toThrow(
      /^the loss is (NaN|Infinity) at step \d \(epoch 1, learning rate 1e\+30\): training diverged; try a smaller learning rate, such as 1e\+29$/,
    );
    expect((await record(out)).at(-1)).toMatchObject({ type: 'failure', reason: expect.stringContaining('the loss is') });
  });

  test('initial weights that are not finite are refused before the folder is made', async () => {
    const out = join(await temporaryFolder(), 'run');
    const model = linearModel('ones');
    const kernel = new Float32Array(36 * 3);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      kernel[107] = value;
      model.setWeights([tf.tensor(kernel, [36, 3])]);
      await expect(run(out, { model })).rejects.toThrow(
        'train: the initial weights of the model are not finite: fc/kernel has NaN or infinity',
      );
    }
    expect(existsSync(out)).toBe(false);
  });

  test('non-finite weights are never saved as a checkpoint', async () => {
    const out = await temporaryFolder();
    await expect(run(out, { learningRate: 3e38, weightDecay: 10, checkpointSteps: 1 })).rejects.toThrow(
      /^(velocity\/)?conv1\/kernel is no longer finite after step 1: training diverged; try a smaller learning rate$/,
    );
    const { tensors } = await readSafetensors(new Blob([await readFile(join(out, 'checkpoint.safetensors'))]));
    for (const tensor of tensors.values()) expect((await tensor.read()).every(Number.isFinite)).toBe(true);
  });

  test('non-finite values of the optimizer are not saved either', async () => {
    const out = await temporaryFolder();
    // Gradients of about 1e25, whose squares exceed float32. A step is 1e24 / ∞: the weights stay.
    const transform: Transform = { ...stripesTransform(), apply: async () => new Float32Array(36).fill(1e25) };
    const trainingData = { dataSet: stripes(40), transform };
    const training = run(out, { model: linearModel('zeros'), trainingData, optimizer: 'adamw', checkpointSteps: 1 });
    await expect(training).rejects.toThrow(
      new TrainingDivergedError('moment2/fc/kernel is no longer finite after step 1: training diverged; try a smaller learning rate'),
    );
  });

  test('a NaN input is named', async () => {
    const out = await temporaryFolder();
    const { dataSet, transform } = tinyTraining().trainingData;
    const broken: Transform = {
      ...transform,
      apply: async (sample, random) =>
        sample.data === undefined ? new Float32Array() : (await transform.apply(sample, random)).fill(Number.NaN, 35),
    };
    const options = { trainingData: { dataSet, transform: broken } };
    await expect(run(out, options)).rejects.toThrow(
      /^the loss is NaN at step 1 .*: the input of sample \d+ contains NaN; check this sample and the transform$/,
    );
    expect((await record(out)).at(-1)).toMatchObject({ type: 'failure', epoch: 1, step: 1 });
  });

  test('a NaN in the last value of a batch is named by the last sample', () => {
    const batch = { x: new Float32Array(10).fill(Number.NaN, 9), indices: Uint32Array.from({ length: 10 }, (_, i) => i) };
    expect(whyDiverged({ loss: Number.NaN, epoch: 1, step: 1, learningRate: 0.1, batch })).toBe(
      'the loss is NaN at step 1 (epoch 1, learning rate 0.1): the input of sample 9 contains NaN; check this sample and the transform',
    );
  });
});
