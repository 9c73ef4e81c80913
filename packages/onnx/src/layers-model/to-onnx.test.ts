/**
 * The written model as a whole: its inputs and outputs, names, functions and nodes, and which
 * models are refused.
 */
import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { globalSoftPooling2d, softPooling2d } from '@softpool/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { inspectPooling, swapPooling } from '../index.ts';
import { difference, differenceOf, modelOfLayers, TOLERANCE, transposesIn, withRandomWeights } from '../testing/layers-model.ts';
import { type ToOnnxOptions, toOnnx, UnsupportedLayersError } from '../tfjs.ts';

const { layers } = tfl;

/** A symbolic tensor. */
type Features = tfl.SymbolicTensor;

async function written(model: tfl.LayersModel, options?: ToOnnxOptions) {
  const { graph, ...rest } = fromBinary(ModelProtoSchema, await toOnnx(model, options));
  return { ...rest, graph: graph! };
}

/** E.g. `x: N×3×axis`. */
function portsOf(ports: Awaited<ReturnType<typeof written>>['graph']['input']): string[] {
  return ports.map(({ name, type }) => {
    const shape = type?.value.case === 'tensorType' ? type.value.value.shape : undefined;
    return `${name}: ${shape?.dim.map(({ value }) => value.value).join('×')}`;
  });
}

function small(): tfl.LayersModel {
  return modelOfLayers(
    [8, 9, 3],
    layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, activation: 'relu' }),
    softPooling2d({ name: 'pool', poolSize: 2 }),
    layers.flatten({ name: 'flat' }),
    layers.dense({ name: 'logits', units: 5 }),
  );
}

describe('layout', () => {
  test('a value that several layers need in another order is transposed once', async () => {
    const x = tfl.input({ shape: [5, 6, 3], name: 'x' });
    const convolved = [1, 2].map((size) => layers.conv2d({ name: `conv${size}`, filters: 2, kernelSize: size }).apply(x) as Features);
    const flat = convolved.map((each) => layers.flatten().apply(each) as Features);
    expect(await transposesIn(tfl.model({ inputs: x, outputs: flat }))).toEqual([
      'x → x/transposed_0312',
      'conv1 → conv1/transposed_0231',
      'conv2 → conv2/transposed_0231',
    ]);
  });

  test('a permuted value is transposed by its own axes, though it is stored where the original is', async () => {
    const x = tfl.input({ shape: [5, 6, 3], name: 'x' });
    const convolved = layers.conv2d({ filters: 5, kernelSize: 2 }).apply(x) as Features;
    const outputs = [
      convolved,
      ...[
        [2, 3, 1],
        [3, 2, 1],
      ].map((dims) => layers.permute({ dims }).apply(convolved) as Features),
    ];
    const flat = outputs.map((each) => layers.flatten().apply(each) as Features);
    const model = withRandomWeights(tfl.model({ inputs: x, outputs: [...flat, ...outputs] }));
    for (const layout of ['channelsLast', 'channelsFirst'] as const) {
      expect(await difference(model, { layout })).toBeLessThan(TOLERANCE);
    }
  });

  test('several poolings of one value share its transpose', async () => {
    const x = tfl.input({ shape: [5, 6, 3], name: 'x' });
    const pooled = [1, 2].map((beta) => globalSoftPooling2d({ beta }).apply(x) as Features);
    for (const inline of [true, false]) {
      expect(await difference(tfl.model({ inputs: x, outputs: pooled }), { inline })).toBeLessThan(TOLERANCE);
    }
  });

  test('inputs and outputs are as in the layers model, or have channels first', async () => {
    const model = modelOfLayers([null, 7, 3], layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3 }));
    const last = await written(model);
    expect([portsOf(last.graph.input), portsOf(last.graph.output)]).toEqual([['x: N×x_axis1×7×3'], ['conv: N×conv_axis1×5×4']]);
    const first = await written(model, { layout: 'channelsFirst' });
    expect([portsOf(first.graph.input), portsOf(first.graph.output)]).toEqual([['x: N×3×x_axis1×7'], ['conv: N×4×conv_axis1×5']]);
    expect(await difference(model, {}, [2, 6])).toBeLessThan(TOLERANCE);
  });

  test('a fixed batch size stays fixed', async () => {
    const input = tfl.input({ batchShape: [4, 6], name: 'x' });
    const { graph } = await written(tfl.model({ inputs: input, outputs: layers.dense({ units: 2 }).apply(input) as Features }));
    expect(portsOf(graph.input)).toEqual(['x: 4×6']);
  });
});

test('the same bytes take batches of every size', async () => {
  const model = small();
  const bytes = await toOnnx(model);
  for (const batch of [1, 3]) expect(await differenceOf(model, bytes, {}, [batch])).toBeLessThan(TOLERANCE);
});

test.each([13, 15, 18, 23])('works in opset %i, as a function and as operators', async (opset) => {
  for (const inline of [false, true]) {
    for (const target of ['any', 'cpu'] as const) {
      expect(await difference(small(), { opset, inline, for: target })).toBeLessThan(TOLERANCE);
    }
  }
});

describe('names', () => {
  test('nodes, values and weights are named after layers', async () => {
    const { graph } = await written(small());
    expect(graph.node.map(({ opType, name, output }) => `${opType} ${name} → ${output}`)).toEqual([
      'Transpose conv/0 → x/transposed_0312',
      'Conv conv → conv/Conv_1',
      'Relu conv/2 → conv',
      'SoftPool_float32_k2x2_s2x2_p0x0x0x0 pool → pool',
      'Transpose flat/0 → pool/transposed_0231',
      'Flatten flat → flat',
      'Gemm logits → logits',
    ]);
    expect(graph.initializer.map(({ name, dims }) => `${name} ${dims}`)).toEqual([
      'conv/kernel 4,3,3,3',
      'conv/bias 4',
      'logits/kernel 36,5',
      'logits/bias 5',
    ]);
  });

  test('the model names its producer, opset and graph', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const model = await written(small(), { name: 'stripes' });
    expect([model.producerName, model.producerVersion, model.irVersion, model.graph.name]).toEqual(['softpool', version, 8n, 'stripes']);
    expect(model.opsetImport.map((set) => `${set.domain} ${set.version}`)).toEqual([' 17', 'ai.softpool 1']);
    expect((await written(small(), { inline: true })).functions).toEqual([]);
  });

  test('an output has the name of its layer, even if a later value has it already', async () => {
    const x = tfl.input({ shape: [6, 6, 3], name: 'x' });
    const features = layers.conv2d({ name: 'features', filters: 4, kernelSize: 3 }).apply(x) as Features;
    const logits = layers.dense({ name: 'logits', units: 2 }).apply(globalSoftPooling2d({ name: 'pool' }).apply(features)) as Features;
    const dropped = layers.dropout({ name: 'dropped', rate: 0.5 }).apply(logits) as Features;
    const model = withRandomWeights(tfl.model({ inputs: x, outputs: [features, dropped, logits, x] }));
    const { graph } = await written(model);
    expect(graph.output.map(({ name }) => name)).toEqual(['features', 'dropped', 'logits', 'x_1']);
    for (const layout of ['channelsLast', 'channelsFirst'] as const) {
      expect(await difference(model, { layout })).toBeLessThan(TOLERANCE);
    }
  });
});

describe('nested models', () => {
  const inner = () =>
    tfl.sequential({
      name: 'inner',
      layers: [
        layers.conv2d({ name: 'conv', inputShape: [6, 6, 3], filters: 3, kernelSize: 3, padding: 'same' }),
        layers.reLU({ name: 'relu' }),
      ],
    });

  test('have layers named after both, with one copy of their weights for all calls', async () => {
    const x = tfl.input({ shape: [6, 6, 3], name: 'x' });
    const block = inner();
    const twice = block.apply(block.apply(x)) as Features;
    const model = withRandomWeights(tfl.model({ inputs: x, outputs: twice }));
    expect(await difference(model)).toBeLessThan(TOLERANCE);
    const { graph } = await written(model, { layout: 'channelsFirst' });
    expect(graph.node.map(({ name }) => name)).toEqual(['inner/conv', 'inner/relu', 'inner/conv_1', 'inner/relu_1']);
    expect(graph.initializer.map(({ name }) => name)).toEqual(['inner/conv/kernel', 'inner/conv/bias']);
    expect(graph.output.map(({ name }) => name)).toEqual(['inner']);
  });

  test('may be functional, with several inputs and outputs', async () => {
    const [a, b] = [tfl.input({ shape: [4], name: 'a' }), tfl.input({ shape: [4], name: 'b' })];
    const sum = layers.add().apply([a, b]) as Features;
    const product = layers.multiply().apply([a, b]) as Features;
    const nested = tfl.model({ name: 'both', inputs: [a, b], outputs: [sum, product] });
    const [x, y] = [tfl.input({ shape: [4], name: 'x' }), tfl.input({ shape: [5], name: 'y' })];
    const outputs = nested.apply([layers.dense({ units: 4 }).apply(y) as Features, x]) as Features[];
    const model = withRandomWeights(tfl.model({ inputs: [x, y], outputs: [...outputs, layers.concatenate().apply(outputs) as Features] }));
    expect(await difference(model)).toBeLessThan(TOLERANCE);
  });

  test('may be the first layer of a sequential model', async () => {
    const model = withRandomWeights(tfl.sequential({ layers: [inner(), layers.flatten(), layers.dense({ units: 2 })] }));
    expect(await difference(model)).toBeLessThan(TOLERANCE);
  });
});

test('surgery works on written models', async () => {
  const model = modelOfLayers(
    [9, 9, 3],
    layers.maxPooling2d({ name: 'max', poolSize: 3, strides: 2 }),
    softPooling2d({ name: 'soft', poolSize: 2 }),
    layers.globalAveragePooling2d({ name: 'average' }),
  );
  const bytes = await toOnnx(model);
  expect(inspectPooling(bytes).map(({ name, kind, obstacle }) => [name, kind, obstacle])).toEqual([
    ['max', 'max', undefined],
    ['soft', 'soft', 'it is soft pooling already'],
    ['average', 'globalAverage', undefined],
  ]);
  expect(swapPooling(bytes).report[0]).toMatchObject({ path: 'max', action: 'replaced', after: 'soft 3×3/2' });
});

describe('toOnnx refuses', () => {
  test('all layers that it cannot write, in one error', async () => {
    const x = tfl.input({ shape: [6, 4], name: 'x' });
    const lstm = layers.lstm({ name: 'lstm', units: 3, returnSequences: true, recurrentInitializer: 'zeros' }).apply(x) as Features;
    const again = layers.gru({ name: 'gru', units: 3, recurrentInitializer: 'zeros' }).apply(lstm) as Features;
    const nested = tfl.sequential({
      name: 'head',
      layers: [layers.embedding({ name: 'words', inputDim: 5, outputDim: 2, inputShape: [3] })],
    });
    const model = tfl.model({ inputs: x, outputs: nested.apply(again) as Features });
    const error = await toOnnx(model).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnsupportedLayersError);
    expect(error.message).toBe(
      "toOnnx: cannot write these layers as ONNX: 'lstm' (LSTM), 'gru' (GRU), 'head/words' (Embedding); replace them, or export a model that ends before them",
    );
    expect(error.layers[2]).toEqual({ path: 'head/words', type: 'Embedding', reason: undefined });
  });

  test.each<[string, readonly (number | null)[], tfl.layers.Layer]>([
    [
      "'depth' (DepthwiseConv2D: dilationRate 2×2, which TensorFlow.js does not compute)",
      [9, 9, 2],
      layers.depthwiseConv2d({ name: 'depth', kernelSize: 3, dilationRate: 2 }),
    ],
    [
      "'conv' (Conv1D: dataFormat 'channelsFirst', which TensorFlow.js computes wrongly)",
      [4, 9],
      layers.conv1d({ name: 'conv', filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' }),
    ],
    [
      "'norm' (BatchNormalization: axis 1; backends of TensorFlow.js agree only on the last one)",
      [9, 9, 2],
      layers.batchNormalization({ name: 'norm', axis: 1 }),
    ],
    [
      "'norm' (LayerNormalization: axis 1,2, which are not the last axes)",
      [9, 9, 2],
      layers.layerNormalization({ name: 'norm', axis: [1, 2] }),
    ],
    ["'softmax' (Softmax: several axes)", [9, 9, 2], layers.softmax({ name: 'softmax', axis: [1, 2] as never })],
  ])('%s', async (words, inputShape, layer) => {
    await expect(toOnnx(modelOfLayers(inputShape, layer))).rejects.toThrow(
      `toOnnx: cannot write these layers as ONNX: ${words}; replace them, or export a model that ends before them`,
    );
  });

  test.each<[string, () => unknown]>([
    ['toOnnx: model must be a layers model of TensorFlow.js, not a graph model, received Object', () => ({ executor: {} })],
    ['toOnnx: model must be a layers model of TensorFlow.js, not a graph model, received null', () => null],
    ['toOnnx: model.outputs must be known, received []: give its first layer an inputShape', () => tfl.sequential()],
    [
      "toOnnx: the dtype of the input 'ids' must be 'float32', received 'int32'",
      () => {
        const ids = tfl.input({ shape: [3], dtype: 'int32', name: 'ids' });
        return tfl.model({ inputs: ids, outputs: layers.flatten().apply(layers.repeatVector({ n: 2 }).apply(ids)) as Features });
      },
    ],
  ])('%s', async (message, model) => {
    await expect(toOnnx(model() as tfl.LayersModel)).rejects.toThrow(message);
  });

  test('layer normalization in an opset without it', async () => {
    const model = modelOfLayers([6], layers.layerNormalization({ name: 'norm' }));
    await expect(toOnnx(model, { opset: 16 })).rejects.toThrow("'norm' (LayerNormalization: it needs opset 17, and options.opset is 16)");
  });

  test.each<[string, ToOnnxOptions]>([
    ['toOnnx: options.opset must be an integer from 13 to 23, received 12', { opset: 12 }],
    ['toOnnx: options.inline must be true or false, received 1', { inline: 1 as never }],
    ["toOnnx: options.for must be 'cpu' or 'gpu' or 'any', received 'npu'", { for: 'npu' as never }],
    ["toOnnx: options.layout must be 'channelsLast' or 'channelsFirst', received 'NCHW'", { layout: 'NCHW' as never }],
    ["toOnnx: options.name must be a text that is not empty, received ''", { name: '' }],
    ['toOnnx: options.dataFormat is not an option of this call; it takes opset, inline', { dataFormat: 'NCHW' } as never],
  ])('%s', async (message, options) => {
    await expect(toOnnx(small(), options)).rejects.toThrow(message);
  });

  test('more weights than an ONNX file holds, before it reads them', async () => {
    const model = small();
    const weight = model.layers[1]!.weights[0]!;
    Object.assign(weight, { shape: [3, 3, 2 ** 13, 2 ** 14] });
    await expect(toOnnx(model)).rejects.toThrow(
      "toOnnx: model must be one whose weights take less than 2 GiB, as ONNX files do, received '4.5 GiB'",
    );
  });
});

test('a trained β is read from its weight', async () => {
  const model = modelOfLayers([4, 4, 2], softPooling2d({ name: 'pool', poolSize: 2, trainableBeta: true }));
  model.weights[0]!.write(tf.scalar(3));
  expect(inspectPooling(await toOnnx(model)).map(({ type }) => type)).toEqual(['SoftPool_float32_k2x2_s2x2_p0x0x0x0_b3']);
});
