/** The types of the public calls. `tsc` checks them, and the tests also run. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expectTypeOf, test } from 'vitest';
import { adaptiveSoftPool1d, globalSoftPool, type SoftPoolOptions, softPool1d, softPool2d, softPool3d, softPooling2d } from './index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Type-checks a call without running it. */
const only = (_: () => unknown): void => {};

describe('the options of an op', () => {
  const x = tf.ones<tf.Rank.R4>([1, 4, 4, 1]);

  test('fit its axes', () => {
    expectTypeOf(softPool2d(x, 2, 2, 'valid', { dilations: [1, 2], dataFormat: 'NHWC' })).toEqualTypeOf<tf.Tensor4D>();
    expectTypeOf(softPool2d(x, 2, 2, 'valid', { dilations: undefined, dataFormat: undefined })).toEqualTypeOf<tf.Tensor4D>();
    // @ts-expect-error: three dilations for two axes
    only(() => softPool2d(x, 2, 2, 'valid', { dilations: [1, 1, 1] }));
    // @ts-expect-error: a format of one axis
    only(() => softPool2d(x, 2, 2, 'valid', { dataFormat: 'NCW' }));
    // @ts-expect-error: a format of two axes
    only(() => softPool3d(x, 2, 2, 'valid', { dataFormat: 'NHWC' }));
    // @ts-expect-error: a format of two axes
    only(() => adaptiveSoftPool1d(x, 2, { dataFormat: 'NHWC' }));
    only(() => softPool1d(x, 2, 2, 'valid', { dilations: [2], dataFormat: 'NWC' }));
  });

  test('of any number of axes have all formats', () => {
    expectTypeOf<SoftPoolOptions['dataFormat']>().toEqualTypeOf<'NWC' | 'NCW' | 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW' | undefined>();
    expectTypeOf(globalSoftPool(x, { dataFormat: 'NCHW' })).toEqualTypeOf<tf.Tensor>();
  });
});

test('arguments of a layer may be undefined', () => {
  const layer = softPooling2d({
    ...{ name: undefined, inputShape: undefined, batchInputShape: undefined, batchSize: undefined },
    ...{ dtype: undefined, trainable: undefined, beta: undefined },
  });
  expectTypeOf(layer.name).toEqualTypeOf<string>();
  expectTypeOf(layer.apply(tf.ones([1, 4, 4, 1]))).not.toBeNever();
});
