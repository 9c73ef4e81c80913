// Evaluations equal counts by hand, and merged shards equal single runs exactly.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { stripes, stripesTransform, tinyModel } from '@softpool/testing/tiny';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import type { DataSet, Transform } from '../data/data-set.ts';
import type { Classifier } from './classifier.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluationResult } from './result.ts';
import { encodeEvaluation, MergeError, mergeEvaluations, parseEvaluation } from './shards.ts';

beforeAll(() => openBackend('wasm'));

/** Samples that carry their logits, so that the network's outputs are given here. */
function spoken(logits: readonly (readonly number[])[], labels: readonly number[]) {
  const size = logits[0]?.length ?? 0;
  const dataSet: DataSet = {
    name: 'spoken',
    classes: Array.from({ length: size }, (_, i) => `class ${i}`),
    labels: Uint16Array.from(labels),
    describe: String,
    read: async (index) => ({ data: Uint8Array.from([index]), shape: [1] }),
  };
  const transform: Transform = { inputShape: [size], apply: async ({ data }) => Float32Array.from(logits[data[0] as number] as number[]) };
  const input = tfl.input({ shape: [size] });
  return {
    dataSet,
    transform,
    model: tfl.model({ inputs: input, outputs: tfl.layers.activation({ activation: 'linear' }).apply(input) as tfl.SymbolicTensor }),
  };
}

test('top-1, top-5, loss, classes and the confusion matrix equal counts by hand', async () => {
  const logits = [
    [5, 1, 0, 0, 0, 0], // label 0: correct
    [0, 1, 0, 0, 0, 5], // label 1: second, predicted 5
    [2, 2, 1, 1, 1, 1], // label 1: tied with 0, which comes first
    [1, 2, 3, 4, 5, 0], // label 5: last of six, predicted 4
    [0, 0, 0, 0, 0, 0], // label 0: first among equals
  ];
  const result = await evaluate({ ...spoken(logits, [0, 1, 1, 5, 0]), batchSize: 2 });
  expect(result).toMatchObject({ samples: 5, top1: 2 / 5, top5: 4 / 5, skipped: [], shard: { index: 1, count: 1 } });
  const losses = logits.map(
    (z, i) => Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - (z[[0, 1, 1, 5, 0][i] as number] as number),
  );
  expect(result.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 5, 10);
  const { perClass, confusion } = result;
  expect(perClass[0]).toEqual({ name: 'class 0', samples: 2, correct: 2, predicted: 3, recall: 1, precision: 2 / 3 });
  expect(perClass[1]).toEqual({ name: 'class 1', samples: 2, correct: 0, predicted: 0, recall: 0, precision: Number.NaN });
  expect(perClass[4]).toMatchObject({ samples: 0, predicted: 1, recall: Number.NaN, precision: 0 });
  const counted = Object.fromEntries(
    [...confusion].flatMap((count, cell) => (count > 0 ? [[`${Math.floor(cell / 6)}→${cell % 6}`, count]] : [])),
  );
  expect(counted).toEqual({ '0→0': 2, '1→5': 1, '1→0': 1, '5→4': 1 });
});

test('batches are not kept once they are evaluated', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const inputs: WeakRef<Float32Array>[] = [];
  const model: Classifier = {
    inputShape: [1],
    classes: 2,
    backend: 'none',
    weights: { values: 0, sha256: '' },
    async logits(x) {
      inputs.push(new WeakRef(x));
      return new Float32Array(2);
    },
  };
  const { dataSet } = spoken([[0, 1]], Array(50).fill(0));
  const transform: Transform = { inputShape: [1], apply: async () => new Float32Array(1) };
  let kept = 0;
  await evaluate({
    ...{ model, dataSet, transform, batchSize: 1 },
    onProgress({ done }) {
      if (done < 50) return;
      collectGarbage();
      kept = inputs.filter((input) => input.deref() !== undefined).length;
    },
  });
  expect(inputs.length).toBe(50);
  expect(kept).toBeLessThan(5);
});

test('NaN logits give no prediction and a NaN loss', async () => {
  // biome-ignore format: two samples
  const result = await evaluate(spoken([[1, Number.NaN], [1, 0]], [0, 0]));
  expect(result).toMatchObject({ samples: 2, top1: 1 / 2, top5: 1 / 2, loss: Number.NaN });
  expect(Array.from(result.confusion)).toEqual([1, 0, 0, 0]);
  expect(parseEvaluation(encodeEvaluation(result))).toEqual(result);
});

test('evaluation leaks no tensors and does not change moving statistics', async () => {
  const model = tinyModel();
  const before = model.weights.map((weight) => Array.from(weight.read().dataSync()));
  const { numTensors, numBytes } = tf.memory();
  await evaluate({ model, dataSet: stripes(10), transform: stripesTransform(), batchSize: 4 });
  expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  expect(model.weights.map((weight) => Array.from(weight.read().dataSync()))).toEqual(before);
});

test('a classifier of another runtime is evaluated as a layers model is', async () => {
  const dataSet = stripes(10);
  const model = tinyModel();
  const options = { dataSet, transform: stripesTransform(), batchSize: 4 };
  const expected = await evaluate({ ...options, model });
  const classifier: Classifier = {
    inputShape: [null, null, null],
    classes: dataSet.classes.length,
    backend: 'another',
    weights: { values: 0, sha256: '' },
    logits: async (x, shape) => tf.tidy(() => (model.apply(tf.tensor(x, [...shape])) as tf.Tensor).dataSync()) as Float32Array,
  };
  const { subject, ...result } = await evaluate({ ...options, model: classifier });
  expect({ ...counts({ ...result, subject }), subject: 0 }).toEqual({ ...counts(expected), subject: 0 });
  expect([subject.backend, subject.weights]).toEqual(['another', classifier.weights]);
  await expect(evaluate({ ...options, model: { ...classifier, classes: 4 } })).rejects.toThrow('evaluate: the model has 4 classes');
  for (const length of [0, 4, 13]) {
    const wrong = { ...classifier, logits: async () => new Float32Array(length) };
    await expect(evaluate({ ...options, model: wrong })).rejects.toThrow(
      'evaluate: the result of options.model.logits must be a Float32Array of 12 logits, 4 × 3, received Float32Array',
    );
  }
});

test('samples are read on demand', async () => {
  const model = tinyModel();
  const dataSet = stripes(200);
  let read = 0;
  const ahead: number[] = [];
  const counting = { ...dataSet, read: (index: number) => dataSet.read(index).finally(() => read++) };
  const onProgress = ({ done }: { done: number }) => ahead.push(read - done);
  await evaluate({ model, dataSet: counting, transform: stripesTransform(), batchSize: 10, onProgress });
  expect(ahead).toHaveLength(20);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(20);
});

test('skipped samples are done, too', async () => {
  const done: number[] = [];
  const onProgress = (progress: { done: number; total: number }) => done.push(progress.done, progress.total);
  const options = { transform: stripesTransform(), batchSize: 4, maxCorrupt: 2, onProgress };
  await evaluate({ model: tinyModel(), dataSet: stripes(10, 1, [1, 6]), ...options });
  expect(done).toEqual([4, 10, 8, 10, 10, 10]);
});

/** Everything of an evaluation but times. */
const counts = ({ seconds, ...rest }: EvaluationResult) => rest;

describe('shards of an evaluation', () => {
  const options = () => ({
    model: tinyModel(),
    dataSet: stripes(50, 4, [13, 49]),
    transform: stripesTransform(),
    batchSize: 8,
    maxCorrupt: 2,
  });
  const shardOf = async (index: number, count: number): Promise<EvaluationResult> =>
    // Through a file, as in an array job.
    parseEvaluation(encodeEvaluation(await evaluate({ ...options(), shard: { index, count } })));

  test.each([1, 2, 3, 7, 11])('%i of them merge into the whole in any order', async (count) => {
    const whole = await evaluate(options());
    expect(whole).toMatchObject({ samples: 48, skipped: [{ index: 13, reason: 'stripes/13 is torn' }, { index: 49 }] });
    const shards = new Map<string, EvaluationResult>();
    for (let index = count; index >= 1; index--) shards.set(`${index}.json`, await shardOf(index, count));
    expect(counts(mergeEvaluations(shards))).toEqual(counts(whole));
  });

  test('have no more corrupt samples than a single run may have', async () => {
    // Samples 13 and 49 are corrupt, one in each half: each shard is within the limit of one.
    const strict = { ...options(), maxCorrupt: 1 };
    const shards = new Map<string, EvaluationResult>();
    for (const index of [1, 2]) {
      const shard = await evaluate({ ...strict, shard: { index, count: 2 } });
      expect(shard.skipped).toHaveLength(1);
      shards.set(`${index}.json`, parseEvaluation(encodeEvaluation(shard)));
    }
    const message = '2 of 50 samples are corrupt, more than the limit of 1; first: stripes/13 is torn';
    expect(() => mergeEvaluations(shards)).toThrow(message);
    await expect(evaluate(strict)).rejects.toThrow('2 of 50 samples are corrupt so far, more than the limit of 1');
  });

  test('that do not fit together are rejected by name', async () => {
    const [one, two] = [await shardOf(1, 3), await shardOf(2, 3)];
    const merged = (shards: Record<string, EvaluationResult>) => () => mergeEvaluations(new Map(Object.entries(shards)));
    expect(merged({ 'a.json': one })).toThrow('missing shards 2, 3 of 3');
    expect(merged({ 'a.json': one, 'b.json': two })).toThrow('missing shard 3 of 3');
    const many = { ...one, shard: { index: 1, count: 2 ** 40 } };
    expect(merged({ 'a.json': many })).toThrow(/^missing shards 2, 3, .*, 21 and 1099511627755 more of 1099511627776$/);
    expect(merged({ 'a.json': one, 'b.json': one })).toThrow('b.json and a.json are both shard 1 of 3');
    expect(merged({ 'a.json': one, 'b.json': await shardOf(2, 2) })).toThrow(
      'b.json does not belong to a.json: shards is 2 in one and 3 in the other',
    );
    const shard = { index: 2, count: 3 };
    const others = [
      [{ ...options(), batchSize: 4, shard }, 'batchSize is 4 in one and 8 in the other'],
      [{ ...options(), maxCorrupt: 3, shard }, 'maxCorrupt is 3 in one and 2 in the other'],
      [{ ...options(), dataSet: stripes(51, 4), shard }, 'data.samples is 51 in one and 50 in the other'],
      [{ ...options(), model: tinyModel(9), shard }, 'weights.sha256 is'],
      [{ ...options(), settings: { inputSize: [6, 6] }, shard }, 'settings.inputSize is [6,6] in one and not set in the other'],
    ] as const;
    for (const [other, message] of others) {
      expect(merged({ 'a.json': one, 'b.json': await evaluate(other) })).toThrow(`b.json does not belong to a.json: ${message}`);
    }
    expect(merged({})).toThrow('no shards to merge');
  });

  test('without samples are written without numbers that JSON lacks', async () => {
    // 50 samples are 7 batches of 8, so the first of 11 shards has none.
    const empty = await evaluate({ ...options(), shard: { index: 1, count: 11 } });
    const file = JSON.parse(encodeEvaluation(empty));
    expect(file).toMatchObject({ samples: 0, loss: 'NaN', top1: 'NaN', top5: 'NaN' });
    expect(file.perClass[0]).toMatchObject({ samples: 0, recall: 'NaN', precision: 'NaN' });
    expect(parseEvaluation(encodeEvaluation(empty))).toEqual(empty);
  });

  test('in damaged files are rejected', async () => {
    const text = encodeEvaluation(await shardOf(1, 2));
    expect(() => parseEvaluation(text.slice(0, 100), 'a.json')).toThrow(/^a\.json is not JSON: /);
    expect(() => parseEvaluation('[]', 'a.json')).toThrow('a.json is not an evaluation: it lacks "format": "softpool-evaluation"');
    const changed = JSON.parse(text);
    changed.counts.top1 += 1;
    expect(() => parseEvaluation(JSON.stringify(changed), 'a.json')).toThrow('a.json is damaged: its counts contradict each other');
    const cells = JSON.parse(text).confusion;
    for (const [part, damage] of [
      ['counts', { top5: 999 }],
      ['counts', { lossUnits: '-999' }],
      ['counts', { lossUnits: '' }],
      ['shard', { index: 5 }],
      ['shard', { count: 1.5 }],
      ['confusion', { 0: [50, 50, 3] }],
      ['confusion', { 0: [-1, 0, 3] }],
      ['confusion', { [cells.length]: cells[0] }],
    ] as const) {
      const file = JSON.parse(text);
      Object.assign(file[part], damage);
      expect(() => parseEvaluation(JSON.stringify(file), 'a.json')).toThrow('a.json is damaged');
    }
    for (const [path, value, shown] of [
      ['subject', null, 'subject.data.name is not set'],
      ['subject', {}, 'subject.data.name is not set'],
      ['subject.settings', [], 'subject.settings is []'],
      ['subject.batchSize', '8', 'subject.batchSize is "8"'],
      ['subject.maxCorrupt', undefined, 'subject.maxCorrupt is not set'],
      ['time', { seconds: 'x' }, 'time.seconds is "x"'],
      ['time', {}, 'time.seconds is not set'],
      ['time', null, 'time.seconds is not set'],
      ['counts', null, 'counts.top1 is not set'],
      ['counts.lossUnits', '9'.repeat(400), `counts.lossUnits is "${'9'.repeat(79)}…`],
      ['skipped', [1], 'skipped is [1]'],
      ['skipped', [{ index: 50, reason: 'beyond the last of 50' }], 'skipped is [{"index":50,"reason":"beyond the last of 50"}]'],
      ['skipped', {}, 'skipped is {}'],
      ['perClass', [{}], 'perClass is [{}]'],
      ['perClass', null, 'perClass is null'],
      ['confusion', 7, 'confusion is 7'],
      ['shard', null, 'shard.count is not set'],
      ['samples', -1, 'samples is -1'],
    ] as const) {
      const file = JSON.parse(text);
      const [name, part] = path.split('.') as [string, string | undefined];
      if (part === undefined) file[name] = value;
      else file[name][part] = value;
      expect(() => parseEvaluation(JSON.stringify(file), 'a.json'), path).toThrow(new MergeError(`a.json is damaged: ${shown}`));
    }
    const whole = JSON.parse(text);
    whole.counts.samples = 500;
    expect(parseEvaluation(JSON.stringify(whole)).samples).toBe(JSON.parse(text).samples);
    expect(() => parseEvaluation('{"format":"softpool-evaluation"}', 'a.json')).toThrow('a.json is damaged');
  });
});

test.each([
  [{ batchSize: 0 }, 'evaluate: options.batchSize must be a positive integer, received 0'],
  [{ shard: { index: 3, count: 2 } }, 'evaluate: options.shard.index must be an integer from 1 to 2, received 3'],
  [{ shard: { index: 0, count: 2 } }, 'received 0'],
  [{ dataSet: { ...stripes(4), classes: ['rows', 'columns'] } }, 'evaluate: the model has 3 classes, but stripes 1 has 2'],
  [{ dataSet: { ...stripes(4), labels: Uint16Array.of(3) } }, 'evaluate: stripes 1 has 3 classes; the label of sample 0 is 3'],
  [{ dataSet: { ...stripes(2), labels: Int16Array.of(0, -1) as never } }, 'evaluate: stripes 1 has 3 classes; the label of sample 1 is -1'],
  [{ shards: 2 }, 'evaluate: options.shards is not an option of this call'],
  [{ signal: new AbortController() }, 'evaluate: options.signal must be an AbortSignal, received AbortController'],
])('%o is rejected', async (options, message) => {
  const plain = { model: tinyModel(), dataSet: stripes(4), transform: stripesTransform() };
  await expect(evaluate({ ...plain, ...(options as object) })).rejects.toThrow(message);
});

test('a signal stops the evaluation while it waits for a sample that never comes', async () => {
  const dataSet = { ...stripes(4), read: () => new Promise<never>(() => {}) };
  const stop = new AbortController();
  const evaluation = evaluate({ model: tinyModel(), dataSet, transform: stripesTransform(), signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(evaluation).rejects.toThrow('enough');
});

test('a signal stops the evaluation', async () => {
  const stop = new AbortController();
  const options = { model: tinyModel(), dataSet: stripes(50), transform: stripesTransform(), batchSize: 8, signal: stop.signal };
  await expect(evaluate({ ...options, onProgress: () => stop.abort(new Error('enough')) })).rejects.toThrow('enough');
});
