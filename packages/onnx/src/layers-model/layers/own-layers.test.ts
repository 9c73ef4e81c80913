/** The layers that `@softpool/models` defines for its networks. */
import { adaptivePooling2d, batchNormalization, dropout, groupedConvolution2d, zeroPadding3d } from '@softpool/models/internal';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { difference, modelOfLayers, TOLERANCE } from '../../testing/layers-model.ts';
import { toOnnx } from '../../tfjs.ts';

const PICTURE = [9, 11, 6];

test.each<[string, number[], () => tfl.layers.Layer]>([
  ['convolution in groups', PICTURE, () => groupedConvolution2d({ filters: 9, groups: 3, kernelSize: 3, strides: 2, padding: 'same' })],
  ['normalization of pictures', PICTURE, () => batchNormalization({ epsilon: 1e-3, momentum: 0.9 })],
  ['normalization of clips', [3, 4, 5, 2], () => batchNormalization({ epsilon: 1e-5, momentum: 0.9 })],
  ['zeros around clips', [3, 4, 5, 2], () => zeroPadding3d({ padding: [1, 0, 2] })],
  ['dropout', PICTURE, () => dropout({ rate: 0.5, seed: 1 })],
  ['soft pooling to a size, bins that touch', [9, 12, 2], () => adaptivePooling2d({ outputSize: [3, 4], beta: 2 })],
  ['soft pooling to a size, bins that overlap', [7, 14, 2], () => adaptivePooling2d({ outputSize: [3, 4], beta: 1 })],
  ['soft pooling to a size, bins of several lengths', [11, 13, 2], () => adaptivePooling2d({ outputSize: [4, 5], beta: 1 })],
  ['shared weights in bins of several lengths', [11, 13, 2], () => adaptivePooling2d({ outputSize: [4, 5], beta: 1, weights: 'shared' })],
  ['averages of bins of several lengths', [11, 13, 2], () => adaptivePooling2d({ outputSize: [4, 5], beta: 0 })],
  ['a size above the input’s', [3, 2, 2], () => adaptivePooling2d({ outputSize: [4, 5], beta: 1 })],
])('%s', async (_, inputShape, layer) => {
  const model = modelOfLayers(inputShape, layer());
  for (const inline of [false, true]) {
    for (const target of ['any', 'cpu'] as const) expect(await difference(model, { inline, for: target })).toBeLessThan(TOLERANCE);
    // Operators for CPUs depend on the number of channels here.
    expect(await difference(model, { inline, for: 'cpu', opset: 20 })).toBeLessThan(TOLERANCE);
  }
});

test('adaptive pooling needs a known input size', async () => {
  const model = modelOfLayers([null, 9, 2], adaptivePooling2d({ name: 'bins', outputSize: [3, 3], beta: 1 }));
  await expect(toOnnx(model)).rejects.toThrow("'bins' (AdaptiveSoftPooling2D: the size of its input is unknown)");
});
