import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { softPool2d } from 'softpool';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { globalSoftPooling1d, globalSoftPooling2d, globalSoftPooling3d, softPooling1d, softPooling2d, softPooling3d } from '../index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (count: number, seed = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed * 7 + i * i * 0.37));

const POOLING = { '1d': softPooling1d, '2d': softPooling2d, '3d': softPooling3d };
const MAX_POOLING = { '1d': tfl.layers.maxPooling1d, '2d': tfl.layers.maxPooling2d, '3d': tfl.layers.maxPooling3d };

describe('a layer', () => {
  test('pools like the op', () => {
    const data = numbers(2 * 8 * 6 * 3);
    const y = softPooling2d({ poolSize: [2, 3], strides: 2, padding: 'same' }).apply(tf.tensor4d(data, [2, 8, 6, 3])) as tf.Tensor;
    const expected = softPool2d({ data, shape: [2, 8, 6, 3] }, { kernelSize: [2, 3], stride: 2, padding: 'same', layout: 'channelsLast' });
    expect(y.shape).toEqual(expected.shape);
    expect(Array.from(y.dataSync())).toEqual(Array.from(expected.data));
  });

  test.each([
    ['1d', 'MaxPooling1D', { poolSize: 3, strides: 2, padding: 'same' }, [null, 11, 4]],
    ['1d', 'MaxPooling1D', {}, [null, 11, 4]],
    ['2d', 'MaxPooling2D', { poolSize: [3, 2], strides: [2, 3] }, [null, 11, 9, 4]],
    ['2d', 'MaxPooling2D', { padding: 'same', dataFormat: 'channelsFirst' }, [null, 4, 11, 9]],
    ['2d', 'MaxPooling2D', {}, [null, null, 9, 4]],
    ['3d', 'MaxPooling3D', { poolSize: [1, 2, 2], padding: 'same' }, [null, 5, 11, 9, 4]],
    ['3d', 'MaxPooling3D', {}, [null, 5, 11, 9, 4]],
  ] as const)('softPooling%s has the output shape of %s with %j on %j', (dims, _, args, shape) => {
    const theirs = MAX_POOLING[dims](args as never).computeOutputShape([...shape]);
    expect(POOLING[dims](args as never).computeOutputShape([...shape])).toEqual(theirs);
  });

  test('with global pooling gives one number per channel: for 0 and ln 3 it is ¾ ln 3, by hand', () => {
    const x = tf.tensor([0, Math.log(3)], [1, 2, 1]);
    const y = globalSoftPooling1d().apply(x) as tf.Tensor;
    expect(y.shape).toEqual([1, 1]);
    expect(y.dataSync()[0]).toBeCloseTo(0.75 * Math.log(3), 6);
    const z = globalSoftPooling2d({ dataFormat: 'channelsFirst' }).apply(tf.reshape(x, [1, 1, 2, 1])) as tf.Tensor;
    expect(z.dataSync()).toEqual(y.dataSync());
    expect(globalSoftPooling3d().computeOutputShape([null, 4, 5, 6, 7])).toEqual([null, 7]);
  });

  test('throws errors that name its invalid arguments', () => {
    expect(() => softPooling2d({ poolSize: 0 })).toThrow('SoftPooling2D: poolSize must be a positive integer, or 2 of them, received 0');
    expect(() => softPooling2d({ strides: [2] as never })).toThrow(
      'SoftPooling2D: strides must be a positive integer, or 2 of them, received [2]',
    );
    expect(() => softPooling1d({ padding: 'causal' as 'same' })).toThrow(
      "SoftPooling1D: padding must be 'valid' or 'same', received 'causal'",
    );
    expect(() => softPooling2d({ padMode: 'same' as 'zeros' })).toThrow(
      "SoftPooling2D: padMode must be 'ignore' or 'zeros', received 'same'",
    );
    expect(() => globalSoftPooling2d({ beta: -1 })).toThrow('GlobalSoftPooling2D: beta must be a finite number ≥ 0, received -1');
    expect(() => softPooling2d({ weights: 'both' as 'shared' })).toThrow("weights must be 'perChannel' or 'shared', received 'both'");
    expect(() => softPooling2d(null as never)).toThrow('SoftPooling2D: args must be an object, received null');
    expect(() => softPooling2d(3 as never)).toThrow('SoftPooling2D: args must be an object, received 3');
    expect(() => softPooling2d({ poolsize: 3 } as never)).toThrow('SoftPooling2D: args.poolsize is not an option of this call');
    expect(() => softPooling2d({ dilation: 2 } as never)).toThrow('SoftPooling2D: args.dilation is not an option of this call');
    expect(() => globalSoftPooling2d({ keepdims: true } as never)).toThrow('GlobalSoftPooling2D: keepdims must be false, received true');
    expect(() => softPooling2d({ poolSize: 9, name: 'p' }).computeOutputShape([null, 4, 4, 1])).toThrow(
      "p: poolSize[0] must be at most the input's 4, received 9",
    );
  });
});

describe('a model', () => {
  let model: tfl.Sequential;
  const x = (): tf.Tensor => tf.tensor4d(numbers(4 * 8 * 8 * 2), [4, 8, 8, 2]);
  const labels = (): tf.Tensor => tf.tensor2d(numbers(4 * 3, 2), [4, 3]);

  beforeEach(() => {
    model = tfl.sequential({
      layers: [
        softPooling2d({
          ...{ inputShape: [8, 8, 2], poolSize: 3, padding: 'same', padMode: 'zeros' },
          ...{ trainableBeta: 'perChannel', beta: 0.5, gradient: 'exact', weights: 'shared' },
        }),
        globalSoftPooling2d({ trainableBeta: true }),
        tfl.layers.dense({ units: 3, kernelInitializer: tfl.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }) }),
      ],
    });
  });

  test('saved and loaded gives the same output and the same training step', async () => {
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
    expect(outputs(loaded, x())).toEqual(outputs(model, x()));
    for (const each of [model, loaded]) {
      each.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      await each.trainOnBatch(x(), labels());
    }
    expect(loaded.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(
      model.getWeights().map((weight) => Array.from(weight.dataSync())),
    );
    expect(loaded.layers.map((layer) => layer.getConfig())).toEqual(model.layers.map((layer) => layer.getConfig()));
  });

  test('loaded in a new process gives the same output and the same training step', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'softpool-'));
    await model.save(
      tf.io.withSaveHandler(async ({ weightData, ...artifacts }) => {
        await writeFile(join(folder, 'model.json'), JSON.stringify(artifacts));
        await writeFile(join(folder, 'weights.bin'), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const elsewhere = `
      import { readFileSync } from 'node:fs';
      import * as tf from '@tensorflow/tfjs-core';
      import * as tfl from '@tensorflow/tfjs-layers';
      import '@tensorflow/tfjs-backend-cpu';
      import '@softpool/tfjs';
      const [folder, input, target] = JSON.parse(process.argv[1]);
      const artifacts = JSON.parse(readFileSync(folder + '/model.json', 'utf8'));
      const weightData = Uint8Array.from(readFileSync(folder + '/weights.bin')).buffer;
      const model = await tfl.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData }));
      const x = tf.tensor4d(input, [4, 8, 8, 2]);
      const output = Array.from(model.predict(x).dataSync());
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      await model.trainOnBatch(x, tf.tensor2d(target, [4, 3]));
      console.log(JSON.stringify([output, model.getWeights().map((weight) => Array.from(weight.dataSync()))]));
    `;
    const given = JSON.stringify([folder, Array.from(x().dataSync()), Array.from(labels().dataSync())]);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', elsewhere, given]);
    const before = outputs(model, x());
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.trainOnBatch(x(), labels());
    expect(JSON.parse(stdout)).toEqual([before, model.getWeights().map((weight) => Array.from(weight.dataSync()))]);
  });

  test('trains its β, from 0 if a step made it negative', async () => {
    model.compile({ optimizer: tf.train.sgd(50), loss: 'meanSquaredError' });
    const before = Array.from(model.getWeights()[0]!.dataSync());
    expect(before).toEqual([0.5, 0.5]);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x(), labels());
    const [perChannel, one] = model.getWeights();
    expect([perChannel!.shape, one!.shape]).toEqual([[2], []]);
    expect(Array.from(perChannel!.dataSync())).not.toEqual(before);
    // A step of length 0 leaves what the one before it made of β.
    model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
    await model.trainOnBatch(x(), labels());
    for (const beta of model.getWeights().slice(0, 2)) for (const value of beta.dataSync()) expect(value).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['in inference', {}, {}, -0.25],
    ['in training, if it is frozen', { trainable: false }, { training: true }, -0.25],
    ['but not in training', {}, { training: true }, 0],
  ])('leaves a negative β as it is %s', (_, args, kwargs, after) => {
    const layer = softPooling2d({ poolSize: 2, trainableBeta: true, ...args });
    const call = () => Array.from((layer.apply(x(), kwargs) as tf.Tensor).dataSync());
    call();
    const variable = layer.weights[0]!;
    // As an optimizer changes it, past the constraint.
    (variable as unknown as { val: tf.Variable }).val.assign(tf.scalar(-0.25));
    const outputs = call();
    expect(Array.from(variable.read().dataSync())).toEqual([after]);
    // With β = 0 it is average pooling.
    const average = Array.from(tf.avgPool(x() as tf.Tensor4D, 2, 2, 'valid').dataSync());
    for (const [i, y] of outputs.entries()) expect(y).toBeCloseTo(average[i]!, 5);
  });

  test('leaves no tensors behind', async () => {
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const [input, output] = [x(), labels()];
    await model.trainOnBatch(input, output);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let i = 0; i < 3; i++) {
      await model.trainOnBatch(input, output);
      (model.predict(input) as tf.Tensor).dispose();
    }
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  });
});

function outputs(model: tfl.LayersModel, x: tf.Tensor): number[] {
  return Array.from((model.predict(x) as tf.Tensor).dataSync());
}
