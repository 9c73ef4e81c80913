// Weights with torchvision's names are loaded into models, all or none, and saved.
import { runInNewContext } from 'node:vm';
import '@tensorflow/tfjs-backend-cpu';
import { torchFile } from '@softpool/testing/torch-file';
import { softPooling2d } from '@softpool/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchNormalization } from '../backbones/layers/batch-normalization.ts';
import { loadWeights, saveWeights, WeightsMismatchError } from './load.ts';
import { openWeights } from './open-weights.ts';
import { encodeSafetensors } from './safetensors.ts';
import type { StoredTensor, TensorData } from './tensor-file.ts';
import { prefixOf } from './torchvision-names.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Tensors = Record<string, TensorData>;

function tensor(shape: readonly number[], ...values: readonly number[]): TensorData {
  return { shape, data: Float32Array.from(values) };
}

/** A 1×1 convolution, its normalization and a head. */
function smallModel(): tfl.LayersModel {
  const layers = [
    tfl.layers.conv2d({ name: 'layer1.0.conv1', filters: 2, kernelSize: 1, useBias: false, inputShape: [2, 2, 3] }),
    tfl.layers.batchNormalization({ name: 'layer1.0.bn1' }),
    tfl.layers.globalAveragePooling2d({ name: 'avgpool' }),
    tfl.layers.dense({ name: 'fc', units: 3 }),
  ];
  return tfl.sequential({ layers });
}

/** Weights of that model in PyTorch's layout. */
const SMALL: Tensors = {
  'layer1.0.conv1.weight': tensor([2, 3, 1, 1], 1, 2, 3, 4, 5, 6),
  'layer1.0.bn1.weight': tensor([2], 7, 8),
  'layer1.0.bn1.bias': tensor([2], 9, 10),
  'layer1.0.bn1.running_mean': tensor([2], 11, 12),
  'layer1.0.bn1.running_var': tensor([2], 13, 14),
  'fc.weight': tensor([3, 2], 15, 16, 17, 18, 19, 20),
  'fc.bias': tensor([3], 21, 22, 23),
};

/** The same in TensorFlow.js's layout, by hand: kernels with the outputs last. */
const SMALL_VALUES = {
  'layer1.0.conv1/kernel': [1, 4, 2, 5, 3, 6],
  'layer1.0.bn1/gamma': [7, 8],
  'layer1.0.bn1/beta': [9, 10],
  'layer1.0.bn1/moving_mean': [11, 12],
  'layer1.0.bn1/moving_variance': [13, 14],
  'fc/kernel': [15, 17, 19, 16, 18, 20],
  'fc/bias': [21, 22, 23],
};

function valuesOf(model: tfl.LayersModel): Record<string, number[]> {
  return Object.fromEntries(model.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]));
}

async function fileOf(tensors: Tensors): Promise<ReadonlyMap<string, StoredTensor>> {
  return (await openWeights(new Blob([encodeSafetensors(tensors)]))).tensors;
}

function renamed(tensors: Tensors, rename: (name: string) => string): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]));
}

describe('weights are loaded', () => {
  test('from a safetensors file, without leaking tensors', async () => {
    const model = smallModel();
    const before = tf.memory().numTensors;
    const { loaded, ignored, left } = await loadWeights(model, await fileOf(SMALL));
    expect(loaded).toEqual(Object.keys(SMALL));
    expect({ ignored, left }).toEqual({ ignored: [], left: [] });
    expect(valuesOf(model)).toEqual(SMALL_VALUES);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('from a file of torch.save', async () => {
    const model = smallModel();
    const { tensors } = await openWeights(new Blob([await torchFile(SMALL)]));
    await loadWeights(model, tensors);
    expect(valuesOf(model)).toEqual(SMALL_VALUES);
  });

  test('with the prefix of DataParallel and batch counts, which are ignored', async () => {
    const model = smallModel();
    const tensors = renamed({ ...SMALL, 'layer1.0.bn1.num_batches_tracked': tensor([], 100) }, (name) => `module.${name}`);
    const { ignored } = await loadWeights(model, await fileOf(tensors));
    expect(ignored).toEqual(['layer1.0.bn1.num_batches_tracked']);
    expect(valuesOf(model)).toEqual(SMALL_VALUES);
  });

  test('with DenseNet’s old names', async () => {
    const names = ['norm.1', 'conv.1', 'norm.2', 'conv.2'] as const;
    const path = 'features.denseblock1.denselayer12';
    const layers = [
      tfl.layers.batchNormalization({ name: `${path}.norm1`, inputShape: [1, 1, 1] }),
      tfl.layers.conv2d({ name: `${path}.conv1`, filters: 1, kernelSize: 1, useBias: false }),
      tfl.layers.batchNormalization({ name: `${path}.norm2` }),
      tfl.layers.conv2d({ name: `${path}.conv2`, filters: 1, kernelSize: 1, useBias: false }),
    ];
    const model = tfl.sequential({ layers });
    const tensors: Tensors = {};
    for (const name of names) {
      const start = 10 * Object.keys(tensors).length;
      if (name.startsWith('conv')) tensors[`${path}.${name}.weight`] = tensor([1, 1, 1, 1], start);
      else
        for (const [index, kind] of ['weight', 'bias', 'running_mean', 'running_var'].entries())
          tensors[`${path}.${name}.${kind}`] = tensor([1], start + index);
    }
    await loadWeights(model, await fileOf(tensors));
    // Moving statistics come last.
    expect(Object.values(valuesOf(model)).flat()).toEqual([0, 1, 40, 50, 51, 90, 2, 3, 52, 53]);
  });

  test('into 3-D convolutions', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.conv3d({ name: 'stem.0', filters: 2, kernelSize: [1, 2, 3], inputShape: [4, 4, 4, 2] })],
    });
    const shape = [2, 2, 1, 2, 3];
    await loadWeights(model, await fileOf({ 'stem.0.weight': tensor(shape, ...Array(24).keys()), 'stem.0.bias': tensor([2], 24, 25) }));
    const kernel = await (model.weights[0]!.read() as tf.Tensor5D).array();
    for (const [out, ins, y, x] of [
      [0, 0, 0, 0],
      [1, 0, 1, 2],
      [0, 1, 1, 0],
      [1, 1, 0, 1],
    ] as const) {
      expect(kernel[0]?.[y]?.[x]?.[ins]?.[out]).toBe(12 * out + 6 * ins + 3 * y + x);
    }
  });

  test('into 3-D normalizations, and a trained β, which keeps its name', async () => {
    const layers = [
      softPooling2d({ name: 'maxpool', poolSize: 2, trainableBeta: true, inputShape: [4, 4, 1] }),
      batchNormalization({ name: 'bn1', epsilon: 1e-5, momentum: 0.9 }),
    ];
    const saved = await saveWeights(tfl.sequential({ layers }));
    expect(Object.keys(saved).sort()).toEqual(['bn1.bias', 'bn1.running_mean', 'bn1.running_var', 'bn1.weight', 'maxpool.beta']);
  });
});

describe('everything that does not fit is listed, and the model does not change', () => {
  const cases: [what: string, change: (tensors: Tensors) => Tensors, lists: Partial<WeightsMismatchError>, message: string][] = [
    [
      'missing',
      ({ 'fc.bias': _, 'layer1.0.bn1.running_var': __, ...rest }) => rest,
      { missing: ['layer1.0.bn1.running_var', 'fc.bias'], unexpected: [], misshapen: [] },
      'the weights do not fit this model: 2 missing: layer1.0.bn1.running_var, fc.bias',
    ],
    [
      'unexpected',
      (tensors) => ({ ...tensors, 'layer1.0.conv1.bias': tensor([2], 1, 2), 'layer9.bn1.num_batches_tracked': tensor([], 1) }),
      { missing: [], unexpected: ['layer1.0.conv1.bias', 'layer9.bn1.num_batches_tracked'], misshapen: [] },
      '2 unexpected: layer1.0.conv1.bias, layer9.bn1.num_batches_tracked',
    ],
    [
      'with another shape',
      (tensors) => ({ ...tensors, 'fc.weight': tensor([2, 3], 1, 2, 3, 4, 5, 6), 'fc.bias': tensor([1, 3], 1, 2, 3) }),
      {
        missing: [],
        unexpected: [],
        misshapen: [
          { name: 'fc.weight', shape: [2, 3], expected: [3, 2] },
          { name: 'fc.bias', shape: [1, 3], expected: [3] },
        ],
      },
      '2 with another shape: fc.weight is [2, 3], expected [3, 2], fc.bias is [1, 3], expected [3]',
    ],
    [
      'all three kinds',
      ({ 'fc.bias': _, ...rest }) => ({ ...rest, 'FC.bias': tensor([3], 1, 2, 3), 'layer1.0.bn1.bias': tensor([1], 1) }),
      { missing: ['fc.bias'], unexpected: ['FC.bias'], misshapen: [{ name: 'layer1.0.bn1.bias', shape: [1], expected: [2] }] },
      '1 missing: fc.bias; 1 unexpected: FC.bias; 1 with another shape: layer1.0.bn1.bias is [1], expected [2]',
    ],
    [
      'a prefix on some names only',
      (tensors) => renamed(tensors, (name) => (name.startsWith('fc') ? name : `module.${name}`)),
      {
        missing: Object.keys(SMALL).slice(0, 5),
        unexpected: Object.keys(SMALL)
          .slice(0, 5)
          .map((name) => `module.${name}`),
      },
      '5 unexpected: module.layer1.0.conv1.weight,',
    ],
    ['nothing at all', () => ({}), { missing: Object.keys(SMALL) }, '7 missing'],
  ];
  test.each(cases)('%s', async (_what, change, lists, message) => {
    const model = smallModel();
    const before = valuesOf(model);
    const error = await loadWeights(model, await fileOf(change(SMALL))).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(WeightsMismatchError);
    expect(error).toMatchObject(lists);
    expect((error as Error).message).toContain(message);
    expect(valuesOf(model)).toEqual(before);
  });

  test('a failure to read the last tensor', async () => {
    const model = smallModel();
    const before = valuesOf(model);
    const broken: StoredTensor = { dtype: 'F32', shape: [3], read: () => Promise.reject(new Error('the disk is gone')) };
    const refusal = loadWeights(model, new Map([...(await fileOf(SMALL)), ['fc.bias', broken]]));
    await expect(refusal).rejects.toThrow('cannot read fc.bias: the disk is gone');
    expect(valuesOf(model)).toEqual(before);
  });

  test('values of another context, as in Jest, are values', async () => {
    const data = (runInNewContext('Float32Array') as typeof Float32Array).of(1, 2, 3);
    const model = smallModel();
    const other: StoredTensor = { dtype: 'F32', shape: [3], read: async () => data };
    await loadWeights(model, new Map([...(await fileOf(SMALL)), ['fc.bias', other]]));
    expect(Object.values(valuesOf(model))).toContainEqual([1, 2, 3]);
    expect(encodeSafetensors({ a: { shape: [3], data } })).toEqual(
      encodeSafetensors({ a: { shape: [3], data: Float32Array.of(1, 2, 3) } }),
    );
  });

  test.each([
    ['strings', ['1', '2', '3'], "received ['1', '2', '3']"],
    ['text', '123', "received '123'"],
    ['double precision', new Float64Array(3), 'received Float64Array'],
    ['too few', new Float32Array(2), 'received 2 values'],
  ])('values of another type or number: %s', async (_what, data, received) => {
    const model = smallModel();
    const before = valuesOf(model);
    const other: StoredTensor = { dtype: 'F32', shape: [3], read: async () => data as Float32Array };
    await expect(loadWeights(model, new Map([...(await fileOf(SMALL)), ['fc.bias', other]]))).rejects.toThrow(
      `cannot read fc.bias: its values must be a Float32Array of 3, ${received}`,
    );
    expect(valuesOf(model)).toEqual(before);
  });

  test('a misspelled option', async () => {
    const model = smallModel();
    const before = valuesOf(model);
    const load = async (options: object) => await loadWeights(model, await fileOf(SMALL), options);
    await expect(load({ exept: ['fc'] })).rejects.toThrow(
      'loadWeights: options.exept is not an option of this call; it takes except, prefix',
    );
    await expect(load({ except: 'fc' })).rejects.toThrow("loadWeights: options.except must be a list of names, received 'fc'");
    const noMap = Object.fromEntries(await fileOf(SMALL)) as never;
    await expect(loadWeights(model, noMap)).rejects.toThrow(
      'loadWeights: tensors must be a Map, received Object: give the `tensors` of what openWeights or readWeights resolves to',
    );
    expect(valuesOf(model)).toEqual(before);
  });

  test('two tensors with the same name in torchvision', async () => {
    const tensors = { 'denselayer1.norm.1.bias': tensor([1], 1), 'denselayer1.norm1.bias': tensor([1], 1) };
    await expect(loadWeights(smallModel(), await fileOf(tensors))).rejects.toThrow(
      'two tensors that torchvision calls denselayer1.norm1.bias',
    );
  });
});

describe('excepted names do not change', () => {
  test('a head of another size', async () => {
    const model = smallModel();
    const { 'fc/kernel': kernel, 'fc/bias': bias } = valuesOf(model);
    const tensors = { ...SMALL, 'fc.weight': tensor([1, 2], 1, 2), 'fc.bias': tensor([1], 1) };
    const { loaded, left } = await loadWeights(model, await fileOf(tensors), { except: ['fc'] });
    expect(loaded).toEqual(Object.keys(SMALL).slice(0, 5));
    expect(left).toEqual(['fc.weight', 'fc.bias']);
    expect(valuesOf(model)).toEqual({ ...SMALL_VALUES, 'fc/kernel': kernel, 'fc/bias': bias });
  });

  test('a module that the model lacks, and a tensor that the file lacks', async () => {
    const { 'fc.bias': _, ...rest } = SMALL;
    const tensors = { ...rest, 'AuxLogits.fc.weight': tensor([1], 1), 'AuxLogits.fc.bias': tensor([1], 1) };
    const { left } = await loadWeights(smallModel(), await fileOf(tensors), { except: ['AuxLogits', 'fc.bias'] });
    expect(left).toEqual(['fc.bias', 'AuxLogits.fc.weight', 'AuxLogits.fc.bias']);
  });

  test('a common prefix is not enough, and unknown names are an error', async () => {
    const tensors = { ...SMALL, fc2: tensor([1], 1) };
    await expect(loadWeights(smallModel(), await fileOf(tensors), { except: ['fc'] })).rejects.toMatchObject({ unexpected: ['fc2'] });
    await expect(loadWeights(smallModel(), await fileOf(SMALL), { except: ['fcc'] })).rejects.toThrow(
      "loadWeights: options.except must be names in the model or the file, received 'fcc'",
    );
  });
});

describe('saved weights equal loaded ones', () => {
  test('by name, shape and value', async () => {
    const model = smallModel();
    await loadWeights(model, await fileOf(SMALL));
    expect(await saveWeights(model)).toEqual(SMALL);
  });

  test('for any kernel size', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 3 }), async (filters, channels, kernelSize) => {
        const layer = tfl.layers.conv2d({ name: 'conv1', filters, kernelSize, useBias: false, inputShape: [4, 4, channels] });
        const model = tfl.sequential({ layers: [layer] });
        const shape = [filters, channels, kernelSize, kernelSize];
        const tensors = { 'conv1.weight': tensor(shape, ...Array(filters * channels * kernelSize ** 2).keys()) };
        await loadWeights(model, await fileOf(tensors));
        const there = tf.tensor(tensors['conv1.weight'].data, shape as [number, number, number, number]);
        expect(model.weights[0]?.read().dataSync()).toEqual(tf.transpose(there, [2, 3, 1, 0]).dataSync());
        expect(await saveWeights(model)).toEqual(tensors);
        model.dispose();
        there.dispose();
      }),
      { numRuns: 25 },
    );
  });

  test('two weights with the same name are an error', async () => {
    const layers = [tfl.layers.dense({ name: 'fc', units: 1, inputShape: [1] }), tfl.layers.dense({ name: 'fc', units: 1 })];
    await expect(saveWeights(tfl.sequential({ layers }))).rejects.toThrow('the model has two weights that PyTorch calls fc.weight');
  });
});

test.each(['_orig_mod.', 'model.', 'model_ema.module.', 'module._orig_mod.'])(
  'the prefix %s is named by the error and removed by the option',
  async (prefix) => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ name: 'fc', units: 1, inputShape: [2] })] });
    const tensor = (...values: number[]) => ({ shape: values.length === 2 ? [1, 2] : [1], data: Float32Array.from(values) });
    const file = encodeSafetensors({ [`${prefix}fc.weight`]: tensor(3, 4), [`${prefix}fc.bias`]: tensor(5), 'optimizer.step': tensor(9) });
    const { tensors } = await openWeights(new Blob([file]));
    const error = await loadWeights(model, tensors).catch((each: unknown) => each);
    expect(error).toMatchObject({ name: 'WeightsMismatchError', prefix });
    expect((error as Error).message).toBe(
      `the weights do not fit this model: its names have the prefix '${prefix}' in the file; remove it by options.prefix`,
    );
    const report = await loadWeights(model, tensors, { prefix });
    expect(report).toEqual({ loaded: ['fc.weight', 'fc.bias'], ignored: ['optimizer.step'], left: [] });
    expect(model.getWeights().map((each) => Array.from(each.dataSync()))).toEqual([[3, 4], [5]]);
    await expect(loadWeights(model, tensors, { prefix: 'net.' })).rejects.toThrow(
      "loadWeights: options.prefix must be a prefix of names in the file, received 'net.'",
    );
  },
);

test('a prefix is that of more than half of the names', () => {
  expect(prefixOf(['a.x', 'a.y', 'b.z'], new Set(['x', 'y', 'z']))).toBe('a.');
  expect(prefixOf(['a.x', 'b.y'], new Set(['x', 'y']))).toBeUndefined();
});
