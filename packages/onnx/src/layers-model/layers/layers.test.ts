/**
 * Each kind of layer, on odd sizes: ONNX Runtime gives the same as TensorFlow.js, from channels
 * last and from channels first.
 */
import * as soft from '@softpool/tfjs';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { difference, modelOfLayers, TOLERANCE, withRandomWeights } from '../../testing/layers-model.ts';

const { layers } = tfl;

/** The layers of a model, from an input without its batch. */
type Case = readonly [name: string, inputShape: readonly (number | null)[], ...layers: (() => tfl.layers.Layer)[]];

const PICTURE = [9, 11, 3] as const;
const CLIP = [5, 6, 7, 2] as const;
const SEQUENCE = [13, 4] as const;

const CONVOLUTIONS: readonly Case[] = [
  ['1-D', SEQUENCE, () => layers.conv1d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' })],
  ['1-D, dilated', SEQUENCE, () => layers.conv1d({ filters: 5, kernelSize: 3, dilationRate: 3, activation: 'tanh' })],
  ['2-D, same, stride 2', PICTURE, () => layers.conv2d({ filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same' })],
  ['2-D, valid, activation', PICTURE, () => layers.conv2d({ filters: 4, kernelSize: [2, 5], strides: [1, 3], activation: 'relu' })],
  ['2-D, dilated, same', PICTURE, () => layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: [2, 1], padding: 'same' })],
  ['2-D, no bias', PICTURE, () => layers.conv2d({ filters: 4, kernelSize: 1, useBias: false })],
  ['2-D, open sizes', [null, null, 3], () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })],
  ['3-D, same, strides', CLIP, () => layers.conv3d({ filters: 3, kernelSize: [3, 2, 3], strides: [1, 2, 2], padding: 'same' })],
  [
    '2-D, channels first',
    [3, 9, 11],
    () => layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst', activation: 'softmax' }),
  ],
  ['3-D, valid', CLIP, () => layers.conv3d({ filters: 3, kernelSize: 2, activation: 'sigmoid' })],
  ['depthwise', PICTURE, () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' })],
  [
    'separable',
    PICTURE,
    () => layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'elu' }),
  ],
  ['transposed, same', PICTURE, () => layers.conv2dTranspose({ filters: 4, kernelSize: [3, 4], strides: 2, padding: 'same' })],
  ['transposed, valid', PICTURE, () => layers.conv2dTranspose({ filters: 4, kernelSize: [5, 2], strides: [2, 3], activation: 'relu' })],
  ['transposed, small window', PICTURE, () => layers.conv2dTranspose({ filters: 2, kernelSize: 1, strides: 2, padding: 'same' })],
];

const ACTIVATIONS: readonly Case[] = [
  ...(
    [
      ...['elu', 'selu', 'relu', 'relu6', 'linear', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign'],
      ...['tanh', 'softmax', 'logSoftmax', 'swish', 'mish', 'gelu', 'gelu_new'],
    ] as const
  ).map((activation): Case => [activation, PICTURE, () => layers.activation({ activation: activation as 'relu' })]),
  ['ReLU', PICTURE, () => layers.reLU()],
  ['ReLU, cut', PICTURE, () => layers.reLU({ maxValue: 0.75 })],
  ['LeakyReLU', PICTURE, () => layers.leakyReLU({ alpha: 0.2 })],
  ['PReLU', PICTURE, () => layers.prelu()],
  ['PReLU, shared axes, behind a convolution', PICTURE, convolution, () => layers.prelu({ sharedAxes: [1, 2] })],
  ['PReLU, behind a convolution', PICTURE, convolution, () => layers.prelu()],
  ['ELU', PICTURE, () => layers.elu()],
  ['ThresholdedReLU', PICTURE, () => layers.thresholdedReLU({ theta: 0.4 })],
  ['Softmax, last axis', PICTURE, convolution, () => layers.softmax({ axis: -1 })],
];

const POOLINGS: readonly Case[] = [
  ['max 1-D', SEQUENCE, () => layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['average 1-D', SEQUENCE, () => layers.averagePooling1d({ poolSize: 2 })],
  ['max 2-D', PICTURE, () => layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 1] })],
  ['max 2-D, same', PICTURE, () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['average 2-D, same', PICTURE, () => layers.averagePooling2d({ poolSize: 4, strides: 2, padding: 'same' })],
  ['average 2-D, same, open sizes', [null, 10, 3], () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['max 2-D, channels first', [3, 9, 11], () => layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' })],
  ['max 3-D', CLIP, () => layers.maxPooling3d({ poolSize: [1, 2, 2], strides: [1, 2, 2], padding: 'valid' })],
  ['average 3-D, same', CLIP, () => layers.averagePooling3d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['global max 1-D', SEQUENCE, () => layers.globalMaxPooling1d()],
  ['global average 1-D', SEQUENCE, () => layers.globalAveragePooling1d()],
  ['global max 2-D', PICTURE, () => layers.globalMaxPooling2d({})],
  ['global average 2-D, open sizes', [null, null, 3], () => layers.globalAveragePooling2d({})],
];

const SOFT_POOLINGS: readonly Case[] = [
  ['1-D', SEQUENCE, () => soft.softPooling1d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['2-D', PICTURE, () => soft.softPooling2d({ poolSize: 2 })],
  ['2-D, same', PICTURE, () => soft.softPooling2d({ poolSize: 3, strides: 2, padding: 'same', beta: 2 })],
  ['2-D, same, open sizes', [null, null, 3], () => soft.softPooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ['2-D, same, with zeros', PICTURE, () => soft.softPooling2d({ poolSize: 3, strides: 2, padding: 'same', padMode: 'zeros' })],
  ['2-D, same, with zeros, open sizes', [null, null, 3], () => soft.softPooling2d({ poolSize: 3, padding: 'same', padMode: 'zeros' })],
  ['2-D, shared weights', PICTURE, () => soft.softPooling2d({ poolSize: [2, 3], weights: 'shared' })],
  ['2-D, trained β', PICTURE, () => soft.softPooling2d({ poolSize: 2, trainableBeta: true })],
  ['2-D, trained β of each channel', PICTURE, () => soft.softPooling2d({ poolSize: 2, trainableBeta: 'perChannel' })],
  ['2-D, channels first', [3, 9, 11], () => soft.softPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' })],
  ['3-D', CLIP, () => soft.softPooling3d({ poolSize: [1, 2, 2], strides: [1, 2, 1] })],
  ['global 1-D', SEQUENCE, () => soft.globalSoftPooling1d()],
  ['global 2-D', PICTURE, () => soft.globalSoftPooling2d({ beta: 3, weights: 'shared' })],
  ['global 2-D, trained β of each channel', PICTURE, () => soft.globalSoftPooling2d({ trainableBeta: 'perChannel', weights: 'shared' })],
  ['global 3-D', CLIP, () => soft.globalSoftPooling3d()],
];

const OTHERS: readonly Case[] = [
  ['batch normalization', PICTURE, convolution, () => layers.batchNormalization()],
  ['batch normalization of vectors', [6], () => layers.batchNormalization({ epsilon: 0.1 })],
  ['batch normalization without scale and center', PICTURE, () => layers.batchNormalization({ scale: false, center: false })],
  ['layer normalization', PICTURE, convolution, () => layers.layerNormalization()],
  ['layer normalization of two axes', PICTURE, () => layers.layerNormalization({ axis: [2, 3], scale: false })],
  ['layer normalization without center', [6], () => layers.layerNormalization({ center: false })],
  ['dense', [6], () => layers.dense({ units: 4, activation: 'softmax' })],
  ['dense without bias', [6], () => layers.dense({ units: 4, useBias: false })],
  ['dense of pictures', PICTURE, convolution, () => layers.dense({ units: 4, activation: 'relu' })],
  ['dense of sequences, no bias', SEQUENCE, () => layers.dense({ units: 4, useBias: false })],
  ['flatten', PICTURE, convolution, () => layers.flatten(), () => layers.dense({ units: 3 })],
  ['flatten, channels first', PICTURE, () => layers.flatten({ dataFormat: 'channelsFirst' })],
  ['reshape', PICTURE, convolution, () => layers.reshape({ targetShape: [11, 9, 2, 2] })],
  ['reshape to what is left', PICTURE, convolution, () => layers.reshape({ targetShape: [-1, 33] })],
  [
    'reshape that keeps channels',
    CLIP,
    () => layers.conv3d({ filters: 3, kernelSize: 1 }),
    () => layers.reshape({ targetShape: [30, 7, 3] }),
  ],
  ['reshape that drops axes of open size', [null, 4, 3], () => layers.reshape({ targetShape: [-1, 12] })],
  ['permute', PICTURE, convolution, () => layers.permute({ dims: [3, 1, 2] }), () => layers.flatten()],
  ['permute, used by a convolution', PICTURE, () => layers.permute({ dims: [2, 3, 1] }), convolution],
  ['repeat', [6], () => layers.repeatVector({ n: 3 }), () => layers.conv1d({ filters: 2, kernelSize: 2 })],
  [
    'zero padding',
    PICTURE,
    convolution,
    () =>
      layers.zeroPadding2d({
        padding: [
          [0, 1],
          [2, 3],
        ],
      }),
  ],
  [
    'cropping',
    PICTURE,
    convolution,
    () =>
      layers.cropping2D({
        cropping: [
          [0, 1],
          [2, 3],
        ],
      }),
  ],
  [
    'cropping, channels first',
    [3, 9, 11],
    () =>
      layers.cropping2D({
        cropping: [
          [1, 0],
          [2, 0],
        ],
        dataFormat: 'channelsFirst',
      }),
  ],
  ['up, nearest', PICTURE, () => layers.upSampling2d({ size: [2, 3] })],
  ['up, bilinear', PICTURE, convolution, () => layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })],
  [
    'dropout and noise',
    [6],
    () => layers.dropout({ rate: 0.5 }),
    () => layers.gaussianNoise({ stddev: 1 }),
    () => layers.alphaDropout({ rate: 0.2 }),
  ],
];

describe.each([
  ['convolutions', CONVOLUTIONS],
  ['activations', ACTIVATIONS],
  ['max and average pooling', POOLINGS],
  ['soft pooling', SOFT_POOLINGS],
  ['others', OTHERS],
])('%s', (_, cases) => {
  test.each(cases.map(madeOf))('%s', async (_, made) => {
    const model = made();
    for (const layout of ['channelsLast', 'channelsFirst'] as const) {
      expect(await difference(model, { layout })).toBeLessThan(TOLERANCE);
    }
    model.dispose();
  });
});

test.each(SOFT_POOLINGS.map(madeOf))('soft pooling %s, as operators', async (_, made) => {
  expect(await difference(made(), { inline: true })).toBeLessThan(TOLERANCE);
});

describe('merging', () => {
  const cases: readonly (readonly [string, number, (inputs: tfl.SymbolicTensor[]) => unknown])[] = [
    ['add', 2, (inputs) => layers.add().apply(inputs)],
    ['add three', 3, (inputs) => layers.add().apply(inputs)],
    ['multiply three', 3, (inputs) => layers.multiply().apply(inputs)],
    ['average', 3, (inputs) => layers.average().apply(inputs)],
    ['maximum', 3, (inputs) => layers.maximum().apply(inputs)],
    ['minimum', 2, (inputs) => layers.minimum().apply(inputs)],
    ['concatenate channels', 3, (inputs) => layers.concatenate().apply(inputs)],
    ['concatenate rows', 2, (inputs) => layers.concatenate({ axis: 1 }).apply(inputs)],
  ];

  test.each(cases)('%s', async (_, count, merge) => {
    const inputs = Array.from({ length: count }, () => tfl.input({ shape: [5, 6, 3] }));
    // One is an input, the others come after a convolution: channels last and channels first meet.
    const branches = inputs.map((input, index) =>
      index === 0 ? input : (layers.conv2d({ filters: 3, kernelSize: 1 }).apply(input) as tfl.SymbolicTensor),
    );
    const model = withRandomWeights(tfl.model({ inputs, outputs: merge(branches) as tfl.SymbolicTensor }));
    for (const layout of ['channelsLast', 'channelsFirst'] as const) {
      expect(await difference(model, { layout })).toBeLessThan(TOLERANCE);
    }
  });

  test('values with fewer axes, or with size 1 along an axis, are broadcast', async () => {
    const x = tfl.input({ shape: [5, 6, 3] });
    const squeezed = layers.globalAveragePooling2d({}).apply(x) as tfl.SymbolicTensor;
    const excited = layers.reshape({ targetShape: [1, 1, 3] }).apply(layers.dense({ units: 3, activation: 'sigmoid' }).apply(squeezed));
    const scaled = layers.multiply().apply([x, excited as tfl.SymbolicTensor]) as tfl.SymbolicTensor;
    const shifted = layers.add().apply([layers.conv2d({ filters: 3, kernelSize: 1 }).apply(scaled) as tfl.SymbolicTensor, squeezed]);
    expect(await difference(withRandomWeights(tfl.model({ inputs: x, outputs: shifted as tfl.SymbolicTensor })))).toBeLessThan(TOLERANCE);
  });
});

function convolution(): tfl.layers.Layer {
  return layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' });
}

function madeOf([name, inputShape, ...made]: Case): readonly [name: string, made: () => tfl.LayersModel] {
  return [name, () => modelOfLayers(inputShape, ...made.map((layer) => layer()))];
}
