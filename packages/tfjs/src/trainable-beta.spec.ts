/**
 * The derivative of a β tensor on every backend, in Node and in a page: compared with differences
 * of the definition, in float64.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { adaptiveSoftPool1d, softPool2d, softPool3d } from 'softpool/reference';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as ops from './ops.ts';
import { openWasm } from './testing/wasm.ts';
import { openWebGl } from './testing/webgl.ts';
import { openWebGpu } from './testing/webgpu.ts';
import './backends/wasm.ts';
import './webgl.ts';
import './webgpu.ts';

/** Pages have WebGL or, where isolated, threads on wasm. The others are the same in Node. */
const IN_PAGES = globalThis.crossOriginIsolated ? { wasm: openWasm } : { webgl: openWebGl };
const BACKENDS: Readonly<Record<string, () => Promise<unknown>>> =
  'document' in globalThis ? IN_PAGES : { cpu: () => tf.setBackend('cpu'), wasm: openWasm, webgpu: openWebGpu };

interface Values {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

type Weights = 'perChannel' | 'shared';

/** An op and the definition of the same windows. */
interface Windows {
  readonly shape: readonly number[];
  readonly op: (x: tf.Tensor, beta: tf.Tensor, weights: Weights) => tf.Tensor;
  readonly definition: (x: Values, weights: Weights) => { readonly data: ArrayLike<number>; readonly shape: readonly number[] };
  readonly isFirst?: boolean;
}

const WINDOWS: Readonly<Record<string, Windows>> = {
  'windows that do not overlap': {
    shape: [2, 5, 4, 2],
    op: (x, beta, weights) => ops.softPool2d(x, 2, 2, 'valid', { beta, weights }),
    definition: (x, weights) => softPool2d(x, { kernelSize: 2, stride: 2, layout: 'channelsLast', weights }),
  },
  'windows that overlap, with padding': {
    shape: [1, 2, 6, 5],
    op: (x, beta, weights) => ops.softPool2d(x, 3, 2, 1, { beta, weights, dataFormat: 'NCHW' }),
    definition: (x, weights) => softPool2d(x, { kernelSize: 3, stride: 2, padding: 1, weights }),
    isFirst: true,
  },
  'dilated windows of clips': {
    shape: [1, 4, 3, 5, 2],
    op: (x, beta, weights) => ops.softPool3d(x, [2, 1, 2], 1, 'valid', { beta, weights, dilations: [1, 1, 2] }),
    definition: (x, weights) => softPool3d(x, { kernelSize: [2, 1, 2], stride: 1, dilation: [1, 1, 2], layout: 'channelsLast', weights }),
  },
  'windows of unequal size': {
    shape: [7, 2],
    op: (x, beta, weights) => ops.adaptiveSoftPool1d(x, 3, { beta, weights }),
    definition: (x, weights) => adaptiveSoftPool1d(x, { outputSize: 3, layout: 'channelsLast', weights }),
  },
};

/**
 * In a page the ops are the same, on other backends: half of the windows in `npm test`, the other
 * half in `npm run test:long`, all cases in `npm run test:deep`.
 */
const IS_IN_PAGE = 'document' in globalThis;
const IS_BRIEF = IS_IN_PAGE && inject('specification').runs === undefined;
const SHIFTS = IS_BRIEF ? [10_000] : [0, 100, 10_000];
const BETAS = IS_BRIEF ? [[1], [0.5, 2]] : [[1], [0], [0.5, 2]];

describe.each(Object.entries(BACKENDS))('on %s', (_, open) => {
  beforeAll(async () => {
    await open();
  });

  describe.each(Object.entries(WINDOWS).map(([name, windows], i) => [name, windows, i] as const))('of %s', (_, windows, i) => {
    for (const weights of ['perChannel', 'shared'] as const) {
      const tags = IS_IN_PAGE && (weights === 'shared') === (i % 2 === 0) ? 'long' : [];
      test(`the derivative of β is the true one, however far they lie apart: weights ${weights}`, { tags }, async () => {
        const { shape, op, isFirst = false } = windows;
        const size = shape.reduce((product, length) => product * length, 1);
        const inner = isFirst ? (shape.at(-1) as number) * (shape.at(-2) as number) : 1;
        for (const shift of SHIFTS) {
          // Blocks of windows lie above each other; both channels of a position in the same one.
          const block = (i: number): number => (isFirst ? Math.floor((i % inner) / 10) : Math.floor(i / 2 / (shape.at(-2) as number)));
          const data = Float64Array.from(
            { length: size },
            (_, i) => Math.round(12 * Math.sin(7 + i * i * 0.37)) / 8 + shift * (block(i) % 3),
          );
          for (const given of BETAS) {
            const beta = given.length === 1 ? tf.scalar(given[0] as number) : tf.tensor1d(given);
            const derivative = tf.tidy(() => tf.grad((each) => op(tf.tensor(Float32Array.from(data), [...shape]), each, weights))(beta));
            const expected = differences(windows, { data, shape }, given, weights, inner);
            const own = weights === 'shared' && given.length > 1 ? ROUNDING * shift : 0;
            const tolerance = own + TOLERANCE * (1 + Math.max(...expected.map(Math.abs)));
            const actual = Array.from(await derivative.data());
            expect(actual).toHaveLength(expected.length);
            for (const [i, value] of actual.entries()) {
              expect(Math.abs(value - (expected[i] as number)), `shift ${shift}, β ${given}`).toBeLessThan(tolerance);
            }
          }
        }
      });
    }
  });

  test('a β tensor overflows no more than a number does', async () => {
    const x = tf.tensor4d([1e38, 2e38, 0, -1, -3e38, 3e38, 3e38, 1], [2, 2, 2, 1]);
    const pool = (beta: tf.Tensor): tf.Tensor => ops.softPool2d(x, 2, 2, 'valid', { beta });
    for (const beta of [10, 1e6]) {
      const sharp = tf.scalar(beta);
      const [first = 0, second = 0] = await pool(sharp).data();
      expect(first / 2e38).toBeCloseTo(1, 6); // the maximum
      expect(second / 3e38).toBeCloseTo(1, 6);
      expect(Array.from(await tf.grad(pool)(sharp).data())).toEqual([0]); // at every such β
    }
  });

  test('small numbers keep their bits', async () => {
    const pool = (x: number[], beta: number): tf.Tensor =>
      ops.softPool1d(tf.tensor3d(x, [1, x.length, 1]), 2, 2, 'valid', { beta: tf.scalar(beta) });
    for (const beta of [0, 1, 1e7]) {
      // The weights are equal: an output is the mean of its window.
      const [first = 0, second = 0] = await pool([1e-36, 2e-36, 3e-37, 6e-37], beta).data();
      expect([first / 1.5e-36, second / 4.5e-37]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
    }
    // Beside large numbers they may lose bits, within the limit of the documentation.
    const [beside = Number.NaN] = await pool([1e-36, 2e-36, 1, 2], 1).data();
    expect(Math.abs(beside - 1.5e-36)).toBeLessThan(1e-31);
  });

  test('subnormal numbers keep their bits, or are 0 on GPUs', async () => {
    const x = tf.tensor3d([3e-40, 6e-40], [1, 2, 1]);
    const [y = Number.NaN] = await ops.softPool1d(x, 2, 2, 'valid', { beta: tf.scalar(1) }).data();
    const mayFlush = tf.getBackend().startsWith('webg');
    expect(y / 4.5e-40).toBeCloseTo(mayFlush && y === 0 ? 0 : 1, 4);
  });

  test('infinite elements leave the derivative of β to the other windows', async () => {
    const { NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;
    const derivativeOf = async (data: number[]): Promise<number> => {
      const x = tf.tensor3d(data, [1, data.length, 1]);
      return (
        await tf
          .grad((beta) => ops.softPool1d(x, 2, 2, 'valid', { beta }))(tf.scalar(1))
          .data()
      )[0] as number;
    };
    // In the window 0, ln 3 the weights are ¼ and ¾, and the variance is 3/16 (ln 3)².
    const variance = (3 / 16) * Math.log(3) ** 2;
    expect(await derivativeOf([0, Math.log(3), 1, high])).toBeCloseTo(variance, 6);
    expect(await derivativeOf([0, Math.log(3), low, low])).toBeCloseTo(variance, 6);
    expect(await derivativeOf([0, Math.log(3), low, 5])).toBeCloseTo(variance, 6);
  });

  test('infinite outputs of shared weights leave the derivative of β to the other windows', async () => {
    const { NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;
    const ofSignal = (beta: tf.Tensor): tf.Tensor =>
      ops.softPool1d(tf.tensor3d([high, Math.log(3), 0], [1, 3, 1]), 3, 1, 'same', { beta, weights: 'shared' });
    const variance = (3 / 16) * Math.log(3) ** 2; // of the last window
    expect((await tf.grad(ofSignal)(tf.scalar(1)).data())[0]).toBeCloseTo(variance, 6);
    expect(
      (
        await tf
          .grad(ofSignal)(tf.tensor1d([1]))
          .data()
      )[0],
    ).toBeCloseTo(variance, 6);
    // An infinite element in each channel.
    const x = tf.tensor3d([low, 1, 1, 1, low, low], [1, 2, 3]);
    const ofAll = (beta: tf.Tensor): tf.Tensor => ops.globalSoftPool(x, { beta, weights: 'shared' });
    expect(Array.from(await tf.grad(ofAll)(tf.scalar(1)).data())).toEqual([0]);
  });

  test('an element without weight has no part in the derivative of β, however far it is', async () => {
    for (const highest of [1e3, 1e18, 1e20, 1e25, 3e38]) {
      for (const size of [2, 3, 4, 9]) {
        const x = tf.tensor3d([...Array.from({ length: size - 1 }, () => 0), highest], [1, size, 1]);
        const pool = (beta: tf.Tensor): tf.Tensor => ops.softPool1d(x, size, size, 'valid', { beta });
        expect(Array.from(await tf.grad(pool)(tf.scalar(1)).data()), `${size} elements, ${highest}`).toEqual([0]);
      }
    }
  });
});

/**
 * Central differences of the sum of all outputs. The definition takes β x and β = 1, and gives β y.
 * A β of 0 counts as 1e-6.
 */
function differences(
  { definition }: Windows,
  { data, shape }: Values,
  given: readonly number[],
  weights: Weights,
  inner: number,
): number[] {
  const lossAt = (betas: readonly number[]): number => {
    const betaOf = (i: number, positions: number): number => betas[Math.floor(i / positions) % betas.length] as number;
    const y = definition({ data: data.map((value, i) => value * betaOf(i, inner)), shape }, weights);
    const outputs = inner === 1 ? 1 : y.data.length / 2;
    return Array.from(y.data).reduce((sum, value, i) => sum + value / betaOf(i, outputs), 0);
  };
  const betas = given.map((beta) => Math.max(beta, 1e-6));
  return betas.map((beta, changed) => {
    const step = beta === 1e-6 ? 3e-7 : 1e-4;
    const by = (amount: number): number => lossAt(betas.map((each, i) => (i === changed ? each + amount : each)));
    return (by(step) - by(-step)) / (2 * step);
  });
}

/** Of the sums, relative to the largest derivative, and to 1. */
const TOLERANCE = 1e-5;

/**
 * If weights are shared and each channel has its own β, the derivative is a sum of x themselves,
 * not of differences: of x times a share times a term of at most a few units. The share and the
 * product are each rounded, by up to 2^-24 of x, so eight such terms give up to 2^-20 of it.
 */
const ROUNDING = 2 ** -20;
