import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adaptiveSoftPool2d,
  globalSoftPool,
  type RoundingMode,
  type SoftPoolOptions,
  softPool1d,
  softPool2d,
  softPool3d,
} from '../index.ts';
import { SOFT_POOL } from './kernel.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (shape: readonly number[], seed = 1): tf.Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed * 7 + i * i * 0.37)),
    [...shape],
  );
};

describe('an op', () => {
  test('computes the formula: for 0 and ln 3 it gives ¾ ln 3, by hand', () => {
    const x = tf.tensor([0, Math.log(3)], [1, 2, 1]);
    expect(softPool1d(x, 2, 2, 'valid').dataSync()[0]).toBeCloseTo(0.75 * Math.log(3), 6);
    expect(softPool2d(tf.reshape(x, [1, 2, 1, 1]), [2, 1], 1, 'valid').dataSync()[0]).toBeCloseTo(0.75 * Math.log(3), 6);
    expect(softPool3d(tf.reshape(x, [2, 1, 1, 1]), [2, 1, 1], 1, 'valid').dataSync()[0]).toBeCloseTo(0.75 * Math.log(3), 6);
    expect(globalSoftPool(x, { keepDims: true }).shape).toEqual([1, 1, 1]);
    expect(() => globalSoftPool(x, { keepDims: 'false' as never })).toThrow(
      "globalSoftPool: options.keepDims must be false or true, received 'false'",
    );
  });

  test('equals tf.avgPool for β = 0, without padding, and tf.maxPool for a large β', () => {
    const x = numbers([2, 9, 8, 3]) as tf.Tensor4D;
    const average = tf.avgPool(x, 3, 2, 'valid').dataSync();
    softPool2d(x, 3, 2, 'valid', { beta: 0 })
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(average[i] as number, 6);
      });
    const max = tf.maxPool(x, 3, 2, 'same').dataSync();
    softPool2d(x, 3, 2, 'same', { beta: 1e6 })
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(max[i] as number, 6);
      });
  });

  test.each([
    [7, 3, 2, 1],
    [8, 3, 2, 1],
    [9, 2, 2, 0],
    [9, 3, 3, 1],
    [11, 4, 3, 1],
    [12, 5, 3, 2],
  ])('has the output shape of tf.avgPool: %i elements, windows of %i, stride %i, padding %i', (size, filter, stride, pad) => {
    const x = tf.ones([1, size, size + 1, 2]) as tf.Tensor4D;
    for (const mode of ['floor', 'round', 'ceil'] as RoundingMode[]) {
      const theirs = tf.avgPool(x, filter, stride, pad, mode).shape;
      expect(softPool2d(x, filter, stride, pad, { dimRoundingMode: mode }).shape, mode).toEqual(theirs);
    }
    expect(softPool2d(x, filter, stride, pad).shape).toEqual(tf.avgPool(x, filter, stride, pad, 'floor').shape);
  });

  test('zeros that count go before the rounding, also where the window is larger than the input', () => {
    const x = tf.tensor3d([0, Math.log(3)], [1, 2, 1]);
    const pool = (pad: number | [number, number][]): number =>
      softPool1d(x, 4, 4, pad, { dimRoundingMode: 'ceil', padMode: 'zeros' }).dataSync()[0] as number;
    expect(pool(0)).toBeCloseTo((3 / 4) * Math.log(3), 6);
    const after: [number, number][] = [
      [0, 0],
      [0, 1],
      [0, 0],
    ];
    expect(pool(after)).toBeCloseTo((3 / 5) * Math.log(3), 6); // weights 1, 3 and 1
  });

  test('takes padding per axis, in both data formats', () => {
    const x = numbers([1, 4, 5, 2]);
    const last = softPool2d(x, 3, 2, [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ]);
    const first = softPool2d(
      tf.transpose(x, [0, 3, 1, 2]),
      3,
      2,
      [
        [0, 0],
        [0, 0],
        [1, 0],
        [0, 2],
      ],
      { dataFormat: 'NCHW' },
    );
    expect(last.shape).toEqual([1, 2, 3, 2]);
    expect(Array.from(tf.transpose(first, [0, 2, 3, 1]).dataSync())).toEqual(Array.from(last.dataSync()));
  });

  test('takes numbers and booleans in lists, and of tensors only float32, as tf.avgPool does', () => {
    expect(softPool1d([[3], [3]], 2, 2, 'valid').dataSync()[0]).toBe(3);
    expect(softPool1d([[true], [true]] as unknown as number[][], 2, 2, 'valid').dataSync()[0]).toBe(1);
    for (const dtype of ['int32', 'bool'] as const) {
      const x = tf.tensor([1, 1, 1, 1], [1, 2, 2, 1], dtype) as tf.Tensor4D;
      expect(() => tf.avgPool(x, 2, 2, 'valid')).toThrow("Argument 'x' passed to 'avgPool' must be float32");
      const message = `softPool2d: x must be a tensor of 'float32', as in tf.avgPool, received '${dtype}': use tf.cast(x, 'float32')`;
      expect(() => softPool2d(x, 2, 2, 'valid')).toThrow(new TypeError(message));
    }
  });

  test('of an empty batch is empty, and so is its gradient, as with tf.maxPool', () => {
    const x = tf.zeros([0, 4, 4, 2]) as tf.Tensor4D;
    expect(softPool2d(x, 2, 2, 'valid').shape).toEqual(tf.maxPool(x, 2, 2, 'valid').shape);
    expect(tf.grad((input) => softPool2d(input, 2, 2, 'valid'))(x).shape).toEqual([0, 4, 4, 2]);
    expect(globalSoftPool(x).shape).toEqual([0, 2]);
    const [, dBeta] = tf.grads((input, beta) => softPool2d(input, 2, 2, 'valid', { beta }))([x, tf.scalar(1)]);
    expect(Array.from(dBeta!.dataSync())).toEqual([0]);
  });

  test.each([
    [() => softPool2d(tf.ones([1, 4, 4, 1]), 0, 2, 'valid'), 'softPool2d: filterSize must be a positive integer, received 0'],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 5, 2, 'valid'),
      "softPool2d: filterSize must be at most 4, the padded input's size, received 5",
    ],
    [() => softPool2d(tf.ones([4, 4]), 2, 2, 'valid'), 'softPool2d: x.shape'],
    [
      () => softPool1d(tf.ones([10, 1]), 3, 4, 1, { dimRoundingMode: 'ceil' }),
      'softPool1d: pad must be smaller, received [1, 4] along spatial axis 0: window 3 holds no input element (kernel 3, dilation 1, input 10)',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'full' as 'same'),
      "softPool2d: pad must be 'valid', 'same', a number, or [before, after]",
    ],
    [
      () =>
        softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, [
          [1, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      'softPool2d: pad[0] must be [0, 0]',
    ],
    [() => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', { dimRoundingMode: 'ceil' }), 'softPool2d: pad must be given in numbers'],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', { dataFormat: 'NDHWC' as 'NHWC' }),
      "options.dataFormat must be 'NHWC' or 'NCHW', received 'NDHWC'",
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', { beta: -1 }),
      'softPool2d: options.beta must be a finite number ≥ 0, received -1',
    ],
    [
      () => softPool2d(tf.ones([0, 4, 4, 1]), 2, 2, 'same', { beta: Number.NaN }),
      'softPool2d: options.beta must be a finite number ≥ 0, received NaN',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 3]), 2, 2, 'same', { beta: tf.ones([2]) }),
      'float32 tensor of shape [] or [3], received [2] of float32',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', { sharpness: 1 } as SoftPoolOptions<2>),
      'options.sharpness is not an option of this call',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', { gradient: 'true' as 'exact' }),
      "options.gradient must be 'weights' or 'exact'",
    ],
    [() => adaptiveSoftPool2d(tf.ones([1, 4, 4, 1]), 0), 'adaptiveSoftPool2d: outputSize must be a positive integer, received 0'],
    [() => globalSoftPool(tf.ones([4, 4])), 'globalSoftPool: x.shape must be of 3, 4 or 5 axes'],
    [
      () => softPool1d(tf.complex([[1]], [[1]]), 1, 1, 'valid'),
      "softPool1d: x must be a tensor of 'float32', as in tf.avgPool, received 'complex64'",
    ],
    [() => softPool1d(null as never, 1, 1, 'valid'), 'softPool1d: x must be a tensor, or nested arrays of numbers, received null'],
    [() => softPool1d([['a']], 1, 1, 'valid'), "softPool1d: x must be a tensor, or nested arrays of numbers, received [['a']]"],
    [
      () => softPool1d(tf.tensor([['a']]), 1, 1, 'valid'),
      "softPool1d: x must be a tensor of 'float32', as in tf.avgPool, received 'string'",
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, undefined as never, 'same'),
      'softPool2d: strides must be a positive integer, received undefined',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), undefined as never, 2, 'same'),
      'softPool2d: filterSize must be a positive integer, received undefined',
    ],
    [
      () => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, undefined as never),
      "softPool2d: pad must be 'valid', 'same', a number, or [before, after]",
    ],
    [() => softPool2d(tf.ones([1, 4, 4, 1]), 2, 2, 'same', null as never), 'softPool2d: options must be an object, received null'],
  ])('throws an error that says what is wrong: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  test.each(['webgl', 'webgpu'])('names the missing import on %s', async (backend) => {
    tf.registerBackend(backend, tf.findBackendFactory('cpu'));
    await tf.setBackend(backend);
    try {
      withoutKernels([backend], () => {
        expect(() => softPool1d(tf.ones([2, 1]), 2, 2, 'valid')).toThrow(
          `softPool1d: the kernel for TensorFlow.js's backend '${backend}' is missing: import '@softpool/tfjs/${backend}'`,
        );
      });
    } finally {
      await tf.setBackend('cpu');
      tf.removeBackend(backend);
    }
  });

  test('names backends with a kernel if the current one has none', () => {
    withoutKernels(['cpu', 'webgl', 'webgpu'], () => {
      expect(() => softPool1d(tf.ones([2, 1]), 2, 2, 'valid')).toThrow(
        "softPool1d: TensorFlow.js's backend 'cpu' has no kernel: call tf.setBackend with 'wasm'",
      );
    });
  });
});

/** Runs with no kernel on these backends. Another file of the process may have registered one. */
function withoutKernels(backends: readonly string[], run: () => void): void {
  const kernels = backends.map((backend) => tf.getKernel(SOFT_POOL, backend)).filter((kernel) => kernel !== undefined);
  for (const { backendName } of kernels) tf.unregisterKernel(SOFT_POOL, backendName);
  try {
    run();
  } finally {
    for (const kernel of kernels) tf.registerKernel(kernel);
  }
}

describe('the gradient', () => {
  test('of x is the paper’s or the true one, both computed by hand for 0 and ln 3', () => {
    const x = tf.tensor([0, Math.log(3)], [2, 1]);
    const gradientOf = (gradient: 'weights' | 'exact'): Float32Array =>
      tf
        .grad((input) => softPool1d(input, 2, 2, 'valid', { gradient }))(x)
        .dataSync() as Float32Array;
    const [a, b] = gradientOf('weights');
    expect([a, b].map((value) => value?.toFixed(5))).toEqual(['0.25000', '0.75000']);
    const [c, d] = gradientOf('exact'); // w (1 + x − y), y = ¾ ln 3
    expect(c).toBeCloseTo(0.25 * (1 - 0.75 * Math.log(3)), 5);
    expect(d).toBeCloseTo(0.75 * (1 + 0.25 * Math.log(3)), 5);
  });

  test.each([
    ['one β', 'perChannel', []],
    ['a β per channel', 'perChannel', [3]],
    ['one β, shared weights', 'shared', []],
    ['a β per channel, shared weights', 'shared', [3]],
  ] as const)('of %s agrees with finite differences', (_, weights, shape) => {
    const x = numbers([2, 5, 4, 3]);
    const dy = numbers([2, 3, 2, 3], 5);
    const beta = tf.tensor(shape.length === 0 ? 0.7 : [0.7, 1.3, 0.2], [...shape]);
    const options = { weights, gradient: 'exact' } as const;
    const loss = (input: tf.Tensor, sharpness: tf.Tensor): number =>
      tf.sum(tf.mul(softPool2d(input, 2, 2, 'same', { ...options, beta: sharpness }), dy)).dataSync()[0] as number;
    const [dx, dBeta] = tf.grads((input, sharpness) => softPool2d(input, 2, 2, 'same', { ...options, beta: sharpness }))([x, beta], dy);
    expect(dBeta!.shape).toEqual([...shape]);
    const step = 1e-2;
    const bumped = (tensor: tf.Tensor, at: number, by: number): tf.Tensor => {
      const data = Float32Array.from(tensor.dataSync());
      data[at] = (data[at] as number) + by;
      return tf.tensor(data, tensor.shape);
    };
    for (let i = 0; i < beta.size; i++) {
      const difference = (loss(x, bumped(beta, i, step)) - loss(x, bumped(beta, i, -step))) / (2 * step);
      expect(dBeta!.dataSync()[i]).toBeCloseTo(difference, 3);
    }
    for (let i = 0; i < x.size; i += 7) {
      const difference = (loss(bumped(x, i, step), beta) - loss(bumped(x, i, -step), beta)) / (2 * step);
      expect(dx!.dataSync()[i]).toBeCloseTo(difference, 3);
    }
  });

  test('does not change the output: a β tensor gives the same as a number', () => {
    const x = numbers([1, 6, 6, 2]);
    const byTensor = softPool2d(x, 2, 2, 'valid', { beta: tf.scalar(1.7) }).dataSync();
    softPool2d(x, 2, 2, 'valid', { beta: 1.7 })
      .dataSync()
      .forEach((value, i) => {
        expect(byTensor[i]).toBeCloseTo(value, 5);
      });
    const average = tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid').dataSync();
    softPool2d(x, 2, 2, 'valid', { beta: tf.scalar(0) })
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(average[i] as number, 5);
      });
  });

  test('reaches variables, and both kernels are profiled, as with any op', async () => {
    const x = tf.variable(tf.tensor([0, Math.log(3)], [2, 1]));
    let gradients: tf.NamedTensorMap = {};
    const { kernels } = await tf.profile(() => {
      gradients = tf.variableGrads(() => tf.sum(softPool1d(x, 2, 2, 'valid')) as tf.Scalar).grads;
      return Object.values(gradients);
    });
    expect(kernels.map(({ name }) => name).filter((name) => /SoftPool/.test(name))).toEqual(['SoftPool', 'SoftPoolGrad']);
    const [first, second] = gradients[x.name]!.dataSync(); // the paper's: the weights, 1/4 and 3/4
    expect(first).toBeCloseTo(0.25, 6);
    expect(second).toBeCloseTo(0.75, 6);
  });

  test('has no gradient of its own, and the error says what to do', () => {
    const second = tf.grad((x) => tf.grad((input) => tf.square(softPool1d(input, 2, 2, 'valid')))(x));
    expect(() => second(tf.ones([2, 1]))).toThrow('softPool: second derivatives are not available');
  });

  test('leaves no tensors behind, with a number or a tensor as β', () => {
    const [x, beta] = [numbers([1, 6, 6, 2]), tf.ones([2])];
    const before = tf.memory();
    for (const weights of ['perChannel', 'shared'] as const) {
      const { value, grads } = tf.valueAndGrads((input, sharpness) => softPool2d(input, 2, 2, 'same', { beta: sharpness, weights }))([
        x,
        beta,
      ]);
      tf.dispose([value, ...grads]);
    }
    tf.dispose(tf.grad((input) => globalSoftPool(input))(x));
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });
});
