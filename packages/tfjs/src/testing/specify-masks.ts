/** What masks of `globalSoftPool` must do on each backend, compared with the definition. */
import * as tf from '@tensorflow/tfjs-core';
import { product } from 'softpool/internal';
import { globalSoftPool as definition, globalSoftPoolGrad as definitionGrad } from 'softpool/reference';
import { expect, test } from 'vitest';
import { type DataFormat, globalSoftPool, type SoftPoolOperator } from '../ops.ts';

const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => 3 * Math.sin(7 + i * i * 0.37));

const CASES: readonly (readonly [DataFormat, number[], number[], SoftPoolOperator & { readonly beta?: number }])[] = [
  ['NWC', [3, 5, 2], [3, 5], {}],
  ['NCW', [3, 2, 5], [3, 5], { weights: 'shared' }],
  ['NHWC', [2, 3, 4, 2], [2, 3, 4], { beta: 2, gradient: 'exact' }],
  ['NCHW', [2, 2, 3, 4], [2, 3, 4], { gradient: 'exact', weights: 'shared' }],
  ['NDHWC', [2, 2, 3, 2, 3], [2, 2, 3, 2], { weights: 'shared' }],
];

/** Tests masks on the backend that is set. */
export function specifyMasks(): void {
  test.each(CASES)(
    'a mask in %s leaves out elements, whatever they hold, and their gradient',
    async (dataFormat, shape, maskShape, operator) => {
      const data = numbers(product(shape));
      const bits = Array.from({ length: product(maskShape) }, (_, i) => (i % 3 === 1 ? 0 : 1));
      const options = {
        ...operator,
        layout: dataFormat.endsWith('C') ? 'channelsLast' : 'channelsFirst',
        mask: { data: bits, shape: maskShape },
      } as const;
      const y = definition({ data, shape }, { ...options, keepDims: false });
      const dy = numbers(y.data.length);
      const dx = definitionGrad({ data, shape }, { data: dy, shape: y.shape }, { ...options, keepDims: false });
      const channels = dataFormat.endsWith('C') ? shape.length - 1 : 1;
      // Elements that do not count are NaN.
      const inner = product(shape.slice(channels + 1));
      const at = (i: number): number => Math.floor(i / inner / (shape[channels] as number)) * inner + (i % inner);
      const x = tf.tensor(
        data.map((value, i) => (bits[at(i)] === 0 ? Number.NaN : value)),
        shape,
      );
      const pool = (input: tf.Tensor): tf.Tensor =>
        globalSoftPool(input, { ...operator, dataFormat, mask: tf.tensor(bits, maskShape, 'bool') });
      await expectClose(pool(x), y.data);
      await expectClose(tf.grad(pool)(x, tf.tensor(dy, [...y.shape])), dx.data);
    },
  );

  test.each([{}, { weights: 'shared' }] as const)(
    'β gets the derivative of the examples without the masked elements, with %j',
    async (operator) => {
      const x = tf.tensor(numbers(20), [1, 10, 2]);
      const mask = tf.tensor([[1, 1, 1, 1, 1, 1, 0, 0, 0, 0]]);
      const beta = tf.tensor1d([0.5, 2]);
      const of = (input: tf.Tensor, given?: tf.Tensor): tf.Tensor =>
        tf.grad((each) => globalSoftPool(input, { ...operator, beta: each, mask: given }))(beta);
      const short = tf.slice(x, [0, 0, 0], [1, 6, 2]);
      await expectClose(of(x, mask), await of(short).data());
    },
  );

  test('an example of which nothing counts gives NaN, and others their values', async () => {
    const y = globalSoftPool(
      [
        [[1], [2]],
        [[3], [4]],
      ],
      {
        mask: [
          [0, 0],
          [1, 0],
        ],
      },
    );
    expect(Array.from(await y.data())).toEqual([Number.NaN, 3]);
  });

  test('an empty batch gives an empty result', () => {
    expect(globalSoftPool(tf.zeros([0, 4, 1]), { mask: tf.zeros([0, 4]) }).shape).toEqual([0, 1]);
  });

  test('every number but 0 counts, and NaN too, as all ones do', async () => {
    const x = tf.tensor3d([0, Math.log(3), 5, 5], [1, 4, 1]);
    for (const one of [0.5, -1, Number.NaN, 1e-30]) {
      // The weights of 0 and ln 3 are ¼ and ¾.
      await expectClose(globalSoftPool(x, { mask: [[1, one, 0, 0]] }), [0.75 * Math.log(3)]);
    }
  });

  test('no tensors are left behind', () => {
    const x = tf.tensor(numbers(20), [2, 5, 2]);
    const mask = tf.ones([2, 5]);
    const before = tf.memory().numTensors;
    tf.dispose([globalSoftPool(x, { mask }), tf.grad((input) => globalSoftPool(input, { mask }))(x)]);
    expect(tf.memory().numTensors).toBe(before);
  });
}

async function expectClose(tensor: tf.Tensor, expected: ArrayLike<number>): Promise<void> {
  const values = Array.from(await tensor.data());
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
}
