/** Layers with masks, as TensorFlow.js passes them through models, compared with the definition. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { globalSoftPool, softPool1d } from 'softpool/reference';
import { beforeAll, describe, expect, test } from 'vitest';
import { globalSoftPooling1d, globalSoftPooling2d, globalSoftPooling3d, softPooling1d } from '../layers.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 + Math.sin(7 + i * i * 0.37));

/** Two sequences of 6 steps with 2 channels; of the first 4 count, of the second 6. */
const LENGTHS = [4, 6];
const MASK = LENGTHS.map((length) => Array.from({ length: 6 }, (_, step) => (step < length ? 1 : 0)));
const DATA = numbers(24).map((value, i) => value * (MASK.flat()[Math.floor(i / 2)] as number));
const x = (): tf.Tensor3D => tf.tensor3d(DATA, [2, 6, 2]);

/** The definition, for each sequence by itself. */
const POOLED = LENGTHS.flatMap((length, n) => {
  const data = Float64Array.from(DATA.slice(n * 12, n * 12 + length * 2));
  return Array.from(globalSoftPool({ data, shape: [1, length, 2] }, { layout: 'channelsLast' }).data);
});

function sequential(...layers: tfl.layers.Layer[]): tfl.Sequential {
  return tfl.sequential({ layers: [tfl.layers.masking({ inputShape: [6, 2] }), ...layers] });
}

test('a global layer leaves out masked steps', () => {
  expectClose(sequential(globalSoftPooling1d()).predict(x()), POOLED);
  expectClose(sequential(tfl.layers.dropout({ rate: 0.5 }), globalSoftPooling1d()).predict(x()), POOLED);
});

test('a mask can be given in a call, and has the shape of the input without its channels', () => {
  expectClose(globalSoftPooling1d().apply(x(), { mask: tf.tensor2d(MASK) }), POOLED);
  const picture = tf.transpose(tf.reshape(x(), [2, 3, 2, 2]), [0, 3, 1, 2]);
  const mask = tf.reshape(tf.tensor2d(MASK), [2, 3, 2]);
  expectClose(globalSoftPooling2d({ dataFormat: 'channelsFirst' }).apply(picture, { mask }), POOLED);
  const volume = tf.reshape(x(), [2, 3, 2, 1, 2]);
  expectClose(globalSoftPooling3d().apply(volume, { mask: tf.expandDims(mask, -1) }), POOLED);
  expect(() => globalSoftPooling1d().apply(x(), { mask: tf.ones([2, 2]) })).toThrow('options.mask must be of shape [2, 6]');
});

test('a mask of another shape is an error that names both, of every layer with masks', () => {
  const mask = tf.ones([2, 4]);
  for (const layer of [softPooling1d({ name: 'p' }), globalSoftPooling1d({ name: 'p' })]) {
    expect(() => layer.apply(tf.ones([2, 5, 3]), { mask })).toThrow(/mask must be of shape \[2, 5\], .* received \[2, 4\]/);
  }
});

test('words of 0 in an embedding do not count', () => {
  const weights = [tf.tensor2d(numbers(10), [5, 2])];
  const embedding = tfl.layers.embedding({ inputDim: 5, outputDim: 2, maskZero: true, inputLength: 3, weights });
  const model = tfl.sequential({ layers: [embedding, globalSoftPooling1d()] });
  const table = numbers(10).map(Math.fround);
  const word = (index: number): number[] => table.slice(index * 2, index * 2 + 2);
  const pooled = globalSoftPool({ data: Float64Array.from([...word(3), ...word(1)]), shape: [1, 2, 2] }, { layout: 'channelsLast' });
  expectClose(model.predict(tf.tensor2d([[3, 1, 0]])), Array.from(pooled.data));
});

test('a model in a model, and recurrent layers, pass masks on', () => {
  const inner = tfl.sequential({ layers: [globalSoftPooling1d({ inputShape: [6, 2] })] });
  expectClose(sequential(inner).predict(x()), POOLED);
  const lstm = tfl.layers.lstm({ units: 2, returnSequences: true, kernelInitializer: 'ones', recurrentInitializer: 'zeros' });
  const model = sequential(lstm, globalSoftPooling1d());
  // Masked steps repeat the state, so their number would change the result.
  const short = tfl.model({ inputs: model.inputs, outputs: lstm.output as tfl.SymbolicTensor });
  const states = short.predict(x()) as tf.Tensor3D;
  const first = tf.slice(states, [0, 0, 0], [1, 4, 2]);
  const pooled = globalSoftPool({ data: first.dataSync() as Float32Array, shape: [1, 4, 2] }, { layout: 'channelsLast' });
  expectClose(tf.slice(model.predict(x()) as tf.Tensor, [0, 0], [1, 2]), Array.from(pooled.data));
});

test('softPooling1d in a model in a model changes the mask of the layers behind it', () => {
  const definition = (values: readonly number[]): number[] =>
    Array.from(globalSoftPool({ data: Float64Array.from(values), shape: [1, values.length / 2, 2] }, { layout: 'channelsLast' }).data);
  // Steps 0–3 of the first sequence count, and all of the second: two and three windows of 2 steps.
  const windows = (start: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => definition(DATA.slice((start + 2 * i) * 2, (start + 2 * i + 2) * 2))).flat();
  const inner = tfl.sequential({ layers: [softPooling1d({ inputShape: [6, 2] }), globalSoftPooling1d()] });
  const expected = [...definition(windows(0, 2)), ...definition(windows(6, 3))];
  expectClose(sequential(inner).predict(x()), expected);
  const twice = tfl.sequential({ layers: [softPooling1d({ inputShape: [6, 2] }), softPooling1d({ poolSize: 3 }), globalSoftPooling1d()] });
  expectClose(sequential(twice).predict(x()), expected);
});

test('the mask of merged inputs has one axis more in TensorFlow.js, which does not count', () => {
  const input = tfl.input({ shape: [6, 2] });
  const masked = tfl.layers.masking().apply(input) as tfl.SymbolicTensor;
  const sum = tfl.layers.add().apply([masked, masked]) as tfl.SymbolicTensor;
  const pooled = softPooling1d().apply(sum) as tfl.SymbolicTensor;
  const outputs = [sum, pooled].map((each) => globalSoftPooling1d().apply(each) as tfl.SymbolicTensor);
  const [whole, inWindows] = tfl.model({ inputs: input, outputs }).predict(x()) as tf.Tensor[];
  const doubled = LENGTHS.flatMap((length, n) => {
    const data = Float64Array.from(DATA.slice(n * 12, n * 12 + length * 2), (value) => 2 * value);
    return Array.from(globalSoftPool({ data, shape: [1, length, 2] }, { layout: 'channelsLast' }).data);
  });
  expectClose(whole, doubled);
  const each = sequential(tfl.layers.activation({ activation: 'linear' }), softPooling1d(), globalSoftPooling1d());
  expectClose(inWindows, Array.from((each.predict(tf.mul(x(), 2)) as tf.Tensor).dataSync()));
});

test('layers that merge inputs without a mask have none, and dot has none', () => {
  const [a, b] = [tfl.input({ shape: [6, 2] }), tfl.input({ shape: [6, 2] })];
  const masked = tfl.layers.masking().apply(a) as tfl.SymbolicTensor;
  const plain = tfl.layers.reshape({ targetShape: [6, 2] }).apply(b) as tfl.SymbolicTensor;
  const sum = tfl.layers.add().apply([plain, plain]) as tfl.SymbolicTensor;
  const beside = tfl.layers.concatenate().apply([plain, plain]) as tfl.SymbolicTensor;
  const products = tfl.layers.dot({ axes: [2, 2] }).apply([masked, masked]) as tfl.SymbolicTensor;
  const outputs = [sum, beside, products].flatMap((each) => [each, globalSoftPooling1d().apply(each) as tfl.SymbolicTensor]);
  const results = tfl.model({ inputs: [a, b], outputs }).predict([x(), x()]) as tf.Tensor[];
  for (let i = 0; i < results.length; i += 2) {
    const merged = results[i] as tf.Tensor;
    const pooled = globalSoftPool({ data: merged.dataSync() as Float32Array, shape: merged.shape }, { layout: 'channelsLast' });
    expectClose(results[i + 1], Array.from(pooled.data));
  }
});

test('layers that merge inputs pass on the mask of an outer model, however many there are', () => {
  const input = tfl.input({ shape: [6, 2] });
  let sum: tfl.SymbolicTensor = input;
  // By 2⁴⁰ ways from the first to the last.
  for (let i = 0; i < 40; i++) sum = tfl.layers.average().apply([sum, sum]) as tfl.SymbolicTensor;
  const pooled = softPooling1d().apply(sum) as tfl.SymbolicTensor;
  const average = tfl.layers.average().apply([pooled, pooled]) as tfl.SymbolicTensor;
  const merged = tfl.model({ inputs: input, outputs: globalSoftPooling1d().apply(average) as tfl.SymbolicTensor });
  const plain = tfl.sequential({ layers: [softPooling1d({ inputShape: [6, 2] }), globalSoftPooling1d()] });
  expectClose(sequential(merged).predict(x()), Array.from((sequential(plain).predict(x()) as tf.Tensor).dataSync()));
});

test('the mask of another input does not count', () => {
  const [a, b, c] = [tfl.input({ shape: [6, 2] }), tfl.input({ shape: [6, 2] }), tfl.input({ shape: [3, 2] })];
  const masked = tfl.layers.masking().apply(a) as tfl.SymbolicTensor;
  const steps = tfl.layers.simpleRNN({ units: 2, kernelInitializer: 'ones', recurrentInitializer: 'zeros', activation: 'linear' });
  const last = steps.apply(masked) as tfl.SymbolicTensor;
  const kept = tfl.layers.conv1d({ filters: 2, kernelSize: 1, kernelInitializer: 'ones', useBias: false });
  const inputs = [kept.apply(b), tfl.layers.reshape({ targetShape: [1, 2] }).apply(last), tfl.layers.dropout({ rate: 0.5 }).apply(c)];
  const outputs = inputs.map((each) => globalSoftPooling1d().apply(each as tfl.SymbolicTensor) as tfl.SymbolicTensor);
  const model = tfl.model({ inputs: [a, b, c], outputs: [last, ...outputs] });
  const pictures = [x(), x(), tf.reshape(x(), [4, 3, 2])];
  const whole = (data: number[], length: number): number[] =>
    Array.from(
      globalSoftPool({ data: Float64Array.from(data), shape: [data.length / length / 2, length, 2] }, { layout: 'channelsLast' }).data,
    );
  const sums = DATA.map((_, i) => (DATA[i - (i % 2)] as number) + (DATA[i - (i % 2) + 1] as number));
  const [first, second, third, fourth] = model.predict([...pictures.slice(0, 2), tf.slice(pictures[2] as tf.Tensor, 0, 2)]) as tf.Tensor[];
  expectClose(second, whole(sums, 6));
  expectClose(third, Array.from((first as tf.Tensor).dataSync()));
  expectClose(fourth, whole(DATA.slice(0, 12), 3));
});

test('softPooling1d leaves out masked steps, and masks the windows that hold no others', () => {
  const definition = (start: number, count: number): number[] => {
    const data = Float64Array.from(DATA.slice(start * 2, (start + count) * 2));
    return Array.from(softPool1d({ data, shape: [1, count, 2] }, { kernelSize: count, layout: 'channelsLast' }).data);
  };
  // Windows of 3 at 0 and 3: the second of the first sequence has one step that counts.
  const expected = [...definition(0, 3), ...definition(3, 1), ...definition(6, 3), ...definition(9, 3)];
  expectClose(sequential(softPooling1d({ poolSize: 3 })).predict(x()), expected);
  // Windows of 2: the last of the first sequence has none.
  const pairs = [0, 2].flatMap((start) => definition(start, 2));
  const others = [6, 8, 10].flatMap((start) => definition(start, 2));
  expectClose(sequential(softPooling1d({ poolSize: 2 })).predict(x()), [...pairs, 0, 0, ...others]);
  const global = (values: number[]): number[] =>
    Array.from(globalSoftPool({ data: Float64Array.from(values), shape: [1, values.length / 2, 2] }, { layout: 'channelsLast' }).data);
  expectClose(sequential(softPooling1d({ poolSize: 2 }), globalSoftPooling1d()).predict(x()), [...global(pairs), ...global(others)]);
  const same = softPooling1d({ poolSize: 3, strides: 2, padding: 'same' });
  expect((same.computeMask(x(), tf.tensor2d(MASK)) as tf.Tensor).arraySync()).toEqual([
    [1, 1, 0],
    [1, 1, 1],
  ]);
});

describe('a model with masks', () => {
  const build = (): tfl.Sequential => {
    const kernelInitializer = tfl.initializers.constant({ value: 0.5 });
    return sequential(
      softPooling1d({ poolSize: 2, trainableBeta: true, gradient: 'exact' }),
      globalSoftPooling1d({ trainableBeta: 'perChannel', gradient: 'exact' }),
      tfl.layers.dense({ units: 1, kernelInitializer }),
    );
  };

  test('trains as with sequences of their own lengths', async () => {
    const model = build();
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.slice(x(), [0, 0, 0], [1, 6, 2]), tf.tensor2d([[0]]));
    const short = tfl.sequential({ layers: [tfl.layers.masking({ inputShape: [4, 2] }), ...build().layers.slice(1)] });
    short.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await short.trainOnBatch(tf.slice(x(), [0, 0, 0], [1, 4, 2]), tf.tensor2d([[0]]));
    const weights = (each: tfl.LayersModel): number[] => each.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
    expect(weights(model)[0]).not.toBe(1);
    for (const [i, value] of weights(short).entries()) expect(weights(model)[i]).toBeCloseTo(value, 5);
  });

  test('gives the same output once saved and loaded', async () => {
    const model = build();
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
    expect((loaded.predict(x()) as tf.Tensor).arraySync()).toEqual((model.predict(x()) as tf.Tensor).arraySync());
  });

  test('leaves no tensors behind', async () => {
    const model = build();
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const [input, output] = [x(), tf.tensor2d([[0], [1]])];
    await model.trainOnBatch(input, output);
    const before = tf.memory().numTensors;
    await model.trainOnBatch(input, output);
    (model.predict(input) as tf.Tensor).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function expectClose(tensor: unknown, expected: readonly number[]): void {
  const values = Array.from((tensor as tf.Tensor).dataSync());
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
}
