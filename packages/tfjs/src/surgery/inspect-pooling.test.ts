import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from 'vitest';
import { inspectPooling, softPooling2d, swapPooling, swapPoolingInTopology } from '../index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('lists the pooling of a layers model with names, windows, operators and shapes', async () => {
  const block = tfl.sequential({ name: 'block', layers: [tfl.layers.averagePooling2d({ name: 'mean', inputShape: [8, 8, 1] })] });
  const model = tfl.sequential({
    layers: [
      tfl.layers.maxPooling2d({ name: 'max', inputShape: [16, 16, 1], poolSize: 3, strides: 2, padding: 'same' }),
      block,
      softPooling2d({ name: 'soft', beta: 2, weights: 'shared' }),
      tfl.layers.globalMaxPooling2d({ name: 'head' }),
    ],
  });
  const poolings = await inspectPooling(model);
  expect(poolings.map(({ index, path, type, kind }) => [index, path, type, kind])).toEqual([
    [0, 'max', 'MaxPooling2D', 'max'],
    [1, 'block/mean', 'AveragePooling2D', 'average'],
    [2, 'soft', 'SoftPooling2D', 'soft'],
    [3, 'head', 'GlobalMaxPooling2D', 'globalMax'],
  ]);
  expect(poolings[0]).toMatchObject({
    window: { kernelSize: [3, 3], stride: [2, 2], dilation: [1, 1], padding: 'same', ceilMode: false },
    operator: undefined,
    elementType: 'float32',
    inputShape: [null, 16, 16, 1],
    outputShape: [null, 8, 8, 1],
    obstacle: undefined,
  });
  expect(poolings[2]?.operator).toEqual({ beta: 2, weights: 'shared', gradient: 'weights' });
  expect(poolings[3]?.window).toBeUndefined();
  expect(swapPooling(model, { where: [0] }).report.map(({ action }) => action)).toEqual(['replaced', 'kept', 'kept', 'kept']);
});

test('lists the pooling of a saved model and of a graph as well', async () => {
  const pool = { class_name: 'MaxPooling1D', config: { name: 'pool', batch_input_shape: [null, 9, 2], pool_size: 3 } };
  const [layer] = await inspectPooling({ modelTopology: { class_name: 'Sequential', config: [pool] } });
  expect(layer).toMatchObject({ path: 'pool', window: { kernelSize: [3], padding: [[0, 0]] }, outputShape: [null, 3, 2] });

  const attr = { ksize: { list: { i: [1, 2, 2, 1] } }, strides: { list: { i: [1, 2, 2, 1] } }, padding: { s: btoa('VALID') } };
  const nodes = [{ name: 'pool', op: 'MaxPoolWithArgmax', attr }];
  const [node] = await inspectPooling({ modelTopology: { node: nodes } });
  expect(node).toMatchObject({ type: 'MaxPoolWithArgmax', kind: 'max', obstacle: 'it also outputs the positions of its maxima' });
  await expect(inspectPooling({})).rejects.toThrow(
    'inspectPooling: model.modelTopology must be an object, received undefined: for a graph model in memory call inspectPoolingInGraph',
  );
  await expect(swapPoolingInTopology({})).rejects.toThrow(/received undefined: for a layers model in memory call swapPooling, for a graph/);
});

test('says that a trained β would be lost', async () => {
  const layers = [softPooling2d({ inputShape: [4, 4, 1], trainableBeta: true })];
  expect((await inspectPooling(tfl.sequential({ layers })))[0]?.obstacle).toBe('its trained β would be lost');
});

test('what is not a model is an error that says what to give', async () => {
  const expected = 'must be an object with modelTopology, the parsed model.json, received null';
  await expect(inspectPooling(null as never)).rejects.toThrow(`inspectPooling: model ${expected}`);
  await expect(swapPoolingInTopology(null as never)).rejects.toThrow(`swapPoolingInTopology: modelJson ${expected}`);
});
