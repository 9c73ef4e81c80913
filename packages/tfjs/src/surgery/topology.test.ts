import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { globalSoftPool } from '../index.ts';
import { swapPooling } from './layers-model.ts';
import { swapPoolingInTopology } from './topology.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('a saved model swapped on disk and loaded equals the model swapped in memory', async () => {
  const frames = tfl.input({ shape: [12, 12, 1] });
  const block = tfl.sequential({
    name: 'block',
    layers: [
      tfl.layers.conv2d({ inputShape: [12, 12, 1], filters: 2, kernelSize: 3, padding: 'same' }),
      tfl.layers.zeroPadding2d({ name: 'zeros' }),
      tfl.layers.maxPooling2d({ name: 'pool', poolSize: 3, strides: 2 }),
    ],
  });
  const shared = tfl.layers.maxPooling2d({ name: 'shared' });
  const small = shared.apply(block.apply(frames)) as tfl.SymbolicTensor;
  const head = tfl.layers.globalMaxPooling2d({ name: 'head' }).apply(shared.apply(frames)) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: frames, outputs: [small, head] });
  const options = { beta: 0.5, weights: 'shared', gradient: 'exact', from: ['max', 'globalMax'] } as const;

  const artifacts = await saved(model);
  const before = structuredClone(artifacts.modelTopology);
  const { modelJson, report } = await swapPoolingInTopology(artifacts, options);
  const inMemory = swapPooling(model, options);
  expect(report).toEqual(inMemory.report);
  expect(report.map(({ path, after }) => [path, after])).toEqual([
    ['block/zeros', 'no zeros'],
    ['block/pool', 'soft 2×2/2 same, β 0.5, shared weights, exact gradient'],
    ['shared', 'soft 2×2/2, β 0.5, shared weights, exact gradient'],
    ['head', 'global soft, β 0.5, shared weights, exact gradient'],
  ]);
  const loaded = await tfl.loadLayersModel(tf.io.fromMemory(modelJson));
  expect(loaded.toJSON()).toEqual(inMemory.model.toJSON());
  expect(outputs(loaded)).toEqual(outputs(inMemory.model));
  expect(artifacts.modelTopology).toEqual(before);
  expect(modelJson.weightData).toBe(artifacts.weightData);
  expect(modelJson.weightSpecs).toBe(artifacts.weightSpecs);

  const back = await swapPoolingInTopology(modelJson, { from: ['soft', 'globalSoft'], to: 'max', where: ['shared', 'head'] });
  expect(back.report.map(({ after, reason }) => [after, reason])).toEqual([
    ['soft 2×2/2 same, β 0.5, shared weights, exact gradient', 'not selected by `where`'],
    ['max 2×2/2', 'same window'],
    ['global max', 'selected by `from`'],
  ]);
});

describe('a topology of Keras', () => {
  /** The start of Keras's ResNet50, as tensorflowjs_converter writes it. */
  const resNet = (): { modelTopology: { keras_version: string; backend: string; model_config: object } } => ({
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'resnet50',
          trainable: true,
          layers: [
            layer('InputLayer', 'input_1', { batch_input_shape: [null, 224, 224, 3], dtype: 'float32', sparse: false, ragged: false }),
            layer(
              'ZeroPadding2D',
              'conv1_pad',
              {
                padding: [
                  [3, 3],
                  [3, 3],
                ],
                data_format: 'channels_last',
              },
              'input_1',
            ),
            layer(
              'Conv2D',
              'conv1_conv',
              {
                filters: 64,
                kernel_size: [7, 7],
                strides: [2, 2],
                padding: 'valid',
                data_format: 'channels_last',
                kernel_initializer: { module: 'keras.initializers', class_name: 'Orthogonal', config: { gain: 1, seed: null } },
              },
              'conv1_pad',
            ),
            layer(
              'ZeroPadding2D',
              'pool1_pad',
              {
                padding: [
                  [1, 1],
                  [1, 1],
                ],
                data_format: 'channels_last',
              },
              'conv1_conv',
            ),
            layer(
              'MaxPooling2D',
              'pool1_pool',
              { pool_size: [3, 3], padding: 'valid', strides: [2, 2], data_format: 'channels_last' },
              'pool1_pad',
            ),
            layer('GlobalAveragePooling2D', 'avg_pool', { data_format: 'channels_last', keepdims: false }, 'pool1_pool'),
          ],
          input_layers: [['input_1', 0, 0]],
          output_layers: [['avg_pool', 0, 0]],
        },
      },
    },
  });

  test('of a ResNet becomes that of the paper', async () => {
    const given = {
      format: 'layers-model',
      generatedBy: 'keras v2.15.0',
      convertedBy: 'TensorFlow.js Converter v4.22.0',
      ...resNet(),
      weightsManifest: [],
    };
    const { modelJson, report } = await swapPoolingInTopology(given, { beta: 2 });
    expect(report.map(({ path, action, after, outputShape }) => [path, action, after, outputShape])).toEqual([
      ['pool1_pad', 'replaced', 'no zeros', [null, 112, 112, 64]],
      ['pool1_pool', 'replaced', 'soft 2×2/2 same, β 2', [null, 56, 56, 64]],
      ['avg_pool', 'kept', 'global average', [null, 64]],
    ]);
    const { layers } = (modelJson.modelTopology.model_config as { config: { layers: unknown[] } }).config;
    expect(layers[4]).toEqual(
      layer(
        'SoftPooling2D',
        'pool1_pool',
        {
          pool_size: [2, 2],
          padding: 'same',
          strides: [2, 2],
          data_format: 'channels_last',
          beta: 2,
          weights: 'per_channel',
          gradient: 'weights',
        },
        'pool1_pad',
      ),
    );
    expect({ ...modelJson, modelTopology: 0 }).toEqual({ ...given, modelTopology: 0 });
    expect(modelJson.weightsManifest).toBe(given.weightsManifest);
    const { model_config: _, ...others } = modelJson.modelTopology;
    expect(others).toEqual({ keras_version: '2.15.0', backend: 'tensorflow' });
    const again = await swapPoolingInTopology(modelJson);
    expect(again.report.map(({ action, outputShape }) => [action, outputShape])).toEqual([
      ['kept', [null, 56, 56, 64]],
      ['kept', [null, 64]],
    ]);
  });

  test('of an old sequential model is its list of layers', async () => {
    const pool = { class_name: 'AveragePooling1D', config: { name: 'pool', batch_input_shape: [null, 9, 2], pool_size: 3, strides: null } };
    const given = { modelTopology: { class_name: 'Sequential', config: [pool], keras_version: '2.1.4' } };
    const { modelJson, report } = await swapPoolingInTopology(given, { from: 'average' });
    expect(report).toMatchObject([{ before: 'average 3/3', after: 'soft 3/3', outputShape: [null, 3, 2] }]);
    expect(modelJson.modelTopology.config).toMatchObject([{ class_name: 'SoftPooling1D', config: { pool_size: [3], strides: [3] } }]);
  });

  test('that cannot be built is swapped as well, without shapes', async () => {
    const { modelTopology } = resNet();
    const unknown = JSON.parse(JSON.stringify(modelTopology).replaceAll('GlobalAveragePooling2D', 'GlobalAveragePooling9D'));
    const { report } = await swapPoolingInTopology({ modelTopology: unknown });
    expect(report.map(({ path, after, outputShape }) => [path, after, outputShape])).toEqual([
      ['pool1_pad', 'no zeros', undefined],
      ['pool1_pool', 'soft 2×2/2 same', undefined],
    ]);
  });

  test('may have global 3-D pooling, which TensorFlow.js lacks: it becomes soft, but not max again', async () => {
    const given = { modelTopology: { class_name: 'Sequential', config: [{ class_name: 'GlobalMaxPooling3D', config: { name: 'head' } }] } };
    const soft = await swapPoolingInTopology(given, { from: 'globalMax' });
    expect(soft.report).toMatchObject([{ after: 'global soft' }]);
    const { report } = await swapPoolingInTopology(soft.modelJson, { from: 'globalSoft', to: 'max' });
    expect(report).toMatchObject([{ action: 'refused', reason: 'TensorFlow.js has no global max pooling in 3-D' }]);
  });

  test('of global pooling with keepdims, which TensorFlow.js ignores, is loaded after surgery too', async () => {
    const head = {
      class_name: 'GlobalMaxPooling2D',
      config: { name: 'head', batch_input_shape: [null, 8, 8, 3], data_format: 'channels_last', keepdims: true },
    };
    const given = { modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: [head] } } };
    const load = (topology: object) => tfl.loadLayersModel({ load: async () => ({ modelTopology: topology }) });
    const { modelJson } = await swapPoolingInTopology(given, { from: 'globalMax' });
    const x = tf.randomUniform([2, 8, 8, 3], -1, 1, 'float32', 4);
    const [was, is] = [await load(given.modelTopology), await load(modelJson.modelTopology)].map((model) => model.predict(x) as tf.Tensor);
    expect(is!.shape).toEqual(was!.shape);
    expect(is!.arraySync()).toEqual(globalSoftPool(x).arraySync());
  });

  test('that is invalid, or has an invalid window, throws an error that says so', async () => {
    const pool = (config: object) => ({
      modelTopology: { class_name: 'Sequential', config: [{ class_name: 'MaxPooling2D', config: { name: 'pool', ...config } }] },
    });
    for (const [given, message] of [
      [
        {},
        'swapPoolingInTopology: modelJson.modelTopology must be an object, received undefined: for a layers model in memory call swapPooling, for a graph model swapPoolingInGraph',
      ],
      [
        { modelTopology: { config: {} } },
        'swapPoolingInTopology: modelJson.modelTopology must be an object with node, model_config, or class_name and config, received Object with config',
      ],
      [
        { modelTopology: { class_name: 'Model', config: { layers: null } } },
        'swapPoolingInTopology: the layers of modelJson.modelTopology must be a list of objects, received null',
      ],
      [
        { modelTopology: { model_config: { class_name: 'Sequential', config: [7] } } },
        'swapPoolingInTopology: the layers of modelJson.modelTopology must be a list of objects, received [7]',
      ],
      [pool({ pool_size: [2] }), 'swapPoolingInTopology: pool: pool_size must be positive integers for 2 axes, received [2]'],
      [pool({ strides: 0 }), 'swapPoolingInTopology: pool: strides must be positive integers for 2 axes, received 0'],
      [pool({ padding: 'causal' }), "swapPoolingInTopology: pool: padding must be 'valid' or 'same', received 'causal'"],
    ] as const) {
      await expect(swapPoolingInTopology(given as { modelTopology: object })).rejects.toThrow(new TypeError(message));
    }
  });
});

/** A layer of a functional model, with what Keras says of any layer. */
function layer(className: string, name: string, config: object, input?: string): object {
  return {
    class_name: className,
    name,
    config: { name, trainable: true, ...config },
    inbound_nodes: input === undefined ? [] : [[[input, 0, 0, {}]]],
  };
}

async function saved(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  return await new Promise((resolve) => {
    void model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        resolve(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
  });
}

function outputs(model: tfl.LayersModel): number[][] {
  const inputs = model.inputs.map(({ shape }, i) => tf.randomUniform([2, ...(shape.slice(1) as number[])], -1, 1, 'float32', i + 1));
  return (model.predict(inputs) as tf.Tensor[]).map((y) => Array.from(y.dataSync()));
}

test('thousands of poolings behind zero padding are replaced with it', async () => {
  const count = 5000;
  const call = (name: string) => [[[name, 0, 0, {}]]];
  const layers = Array.from({ length: count }, (_, i) => [
    {
      class_name: 'ZeroPadding2D',
      name: `zeros${i}`,
      config: {
        name: `zeros${i}`,
        padding: [
          [1, 1],
          [1, 1],
        ],
      },
      inbound_nodes: call(i === 0 ? 'x' : `pool${i - 1}`),
    },
    {
      class_name: 'MaxPooling2D',
      name: `pool${i}`,
      config: { name: `pool${i}`, pool_size: [3, 3], strides: [2, 2] },
      inbound_nodes: call(`zeros${i}`),
    },
  ]).flat();
  layers.unshift({
    class_name: 'InputLayer',
    name: 'x',
    config: { name: 'x', batch_input_shape: [null, 8, 8, 1] },
    inbound_nodes: [],
  } as never);
  const config = { name: 'chain', layers, input_layers: [['x', 0, 0]], output_layers: [[`pool${count - 1}`, 0, 0]] };
  const { report } = await swapPoolingInTopology({ modelTopology: { class_name: 'Model', config } });
  expect(report.filter(({ after }) => after === 'no zeros')).toHaveLength(count);
  expect(report.filter(({ after }) => after === 'soft 2×2/2 same')).toHaveLength(count);
});

test('shapes of recurrent layers are known without their weights and states', async () => {
  const lstm = {
    class_name: 'LSTM',
    config: { name: 'lstm', units: 2_000_000, return_sequences: true, stateful: true, batch_input_shape: [4, 6, 2_000_000] },
  };
  const pool = { class_name: 'MaxPooling1D', config: { name: 'pool', pool_size: [2] } };
  const topology = { class_name: 'Sequential', config: { name: 'large', layers: [lstm, pool] } };
  const { report } = await swapPoolingInTopology({ modelTopology: topology });
  expect(report[0]?.outputShape).toEqual([4, 3, 2_000_000]); // the weights alone would take 128 TB
});

test('layers that are not connected, or in a circle, do not hang', async () => {
  const pool = (name: string, input: string) => ({
    class_name: 'MaxPooling2D',
    name,
    config: { name },
    inbound_nodes: [[[input, 0, 0, {}]]],
  });
  const model = (...layers: object[]) => ({
    modelTopology: { class_name: 'Model', config: { name: 'm', layers, input_layers: [], output_layers: [] } },
  });
  await expect(swapPoolingInTopology(model(pool('a', 'lost')))).rejects.toThrow(
    "swapPoolingInTopology: a: inbound_nodes must be layers of the model, received 'lost'",
  );
  await expect(swapPoolingInTopology(model(pool('a', 'b'), pool('b', 'a')))).rejects.toThrow(
    "swapPoolingInTopology: a: inbound_nodes must be layers that do not depend on this one, received 'a'",
  );
});
