/**
 * The specification of softpool, run on the ops with TensorFlow.js's webgl backend in Chromium, and
 * tests of how this backend lays out textures.
 */
import { specify } from '@softpool/specification/specify';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type SoftPoolOperator, softPool2d } from './index.ts';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';
import { specifyMasks } from './testing/specify-masks.ts';
import { openWebGl } from './testing/webgl.ts';
import './webgl.ts';

/** The part of the backend that tests look at. */
interface WebGlBackend extends tf.KernelBackend {
  readonly texData: { get(id: object): { readonly isPacked: boolean; readonly slice?: object } };
  readonly binaryCache: object;
}

const OPERATORS: readonly SoftPoolOperator<2>[] = [
  { weights: 'perChannel', gradient: 'weights' },
  { weights: 'perChannel', gradient: 'exact' },
  { weights: 'shared', gradient: 'weights' },
  { weights: 'shared', gradient: 'exact' },
];

const SHAPE: [number, number, number, number] = [2, 9, 11, 6];

if ('document' in globalThis) {
  specify({
    name: 'the ops on webgl',
    open: async () => {
      await openWebGl();
      return opsBackend();
    },
    isBrief: true,
    runs: 6, // each compiles programs, and WebGL is emulated in software
    cannot: {
      ...CANNOT,
      'tiny gradients': 'a GPU may flush numbers below 2^-126 to 0',
      'canceling gradients': 'sums are in float32, and may overflow before they cancel',
      'huge gradients': 'a term may overflow where the exact gradient does not',
    },
  });
  describe('masks on webgl', () => {
    beforeAll(openWebGl);
    specifyMasks();
  });
  specifyTextures(); // the last of them leaves a backend of 16-bit floats
} else {
  test.skip('the ops on webgl: Node has no WebGL', () => {});
}

function specifyTextures(): void {
  describe('textures', () => {
    beforeAll(openWebGl);

    test('packed by other kernels are read correctly', async () => {
      const packed = tf.tidy(() => tf.add(values(), 1));
      expect(textureOf(packed).isPacked).toBe(true);
      await expectAsIfUploaded(packed as tf.Tensor4D);
    });

    test('larger than the tensor, a slice of another, are read from its start', async () => {
      const whole = values();
      await bothWays(whole, {}); // uploads it
      const sliced = tf.slice(whole, [1, 0, 0, 0], [1, 9, 11, 6]);
      expect(textureOf(sliced).slice).toBeDefined();
      await expectAsIfUploaded(sliced);
    });

    test('of cast integers are read as floats', async () => {
      const whole = tf.tensor4d(
        Array.from({ length: 1188 }, (_, i) => (i * 7) % 13),
        SHAPE,
        'int32',
      );
      await expectAsIfUploaded(tf.cast(whole, 'float32'));
    });

    test('for intermediate results are disposed of', async () => {
      const x = values();
      for (const operator of OPERATORS) {
        await bothWays(x, operator); // uploads x
        const before = [tf.memory().numTensors, tf.memory().numDataBuffers, webGl().numDataIds()];
        await bothWays(x, operator);
        expect([tf.memory().numTensors, tf.memory().numDataBuffers, webGl().numDataIds()]).toEqual(before);
      }
    });

    test('of other sizes, and other windows, need no new program', async () => {
      for (const operator of OPERATORS) await bothWays(values(), operator);
      const before = programs();
      expect(before.length).toBeGreaterThan(0);
      for (const operator of OPERATORS) await bothWays(values([3, 12, 10, 5]), { ...operator, beta: 2 }, 2);
      expect(programs()).toEqual(before);
    });

    test('of 16-bit floats, on devices without others, keep outputs within 2⁻⁹ and gradients within 2⁻⁷', async () => {
      const x = values();
      const full = await Promise.all(OPERATORS.map((operator) => bothWays(x, operator)));
      const input = await x.data();
      await openWith16Bits();
      for (const [i, operator] of OPERATORS.entries()) {
        const [y, dx] = await bothWays(tf.tensor4d(input, SHAPE), operator);
        expect(farthest(y as Float32Array, full[i]?.[0] as Float32Array)).toBeLessThan(2 ** -9);
        expect(farthest(dx as Float32Array, full[i]?.[1] as Float32Array)).toBeLessThan(2 ** -7);
      }
    });
  });
}

/** From about −3 to 3. */
function values(shape = SHAPE): tf.Tensor4D {
  return tf.randomNormal(shape, 0, 1, 'float32', 7);
}

/** The output and the gradient of a pooling with overlapping, padded windows. */
async function bothWays(x: tf.Tensor4D, operator: SoftPoolOperator<2>, stride = 1): Promise<Float32Array[]> {
  const pool = (input: tf.Tensor): tf.Tensor => softPool2d(input as tf.Tensor4D, 3, stride, 'same', operator);
  const results = tf.tidy(() => [pool(x), tf.grad(pool)(x)]);
  const read = (await Promise.all(results.map((result) => result.data()))) as Float32Array[];
  tf.dispose(results);
  return read;
}

/** A tensor made by a kernel pools like an uploaded tensor with the same numbers. */
async function expectAsIfUploaded(made: tf.Tensor4D): Promise<void> {
  for (const operator of OPERATORS) {
    const results = await bothWays(made, operator);
    // The data of cast integers are integers.
    const uploaded = tf.tensor4d(await made.data(), made.shape, 'float32');
    expect(results).toEqual(await bothWays(uploaded, operator));
  }
}

function webGl(): WebGlBackend {
  return tf.backend() as WebGlBackend;
}

function textureOf({ dataId }: tf.Tensor): ReturnType<WebGlBackend['texData']['get']> {
  return webGl().texData.get(dataId);
}

/** The sources of the programs compiled for the ops. */
function programs(): string[] {
  return Object.keys(webGl().binaryCache).filter((key) => key.includes('smallestNormal'));
}

/** The largest difference, for numbers of about 1. */
function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number)) / Math.max(1, Math.abs(b[i] as number))), 0);
}

/** A new backend, as on a device that cannot draw on 32-bit floats. */
async function openWith16Bits(): Promise<void> {
  const { MathBackendWebGL } = await import('@tensorflow/tfjs-backend-webgl');
  tf.removeBackend('webgl');
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false);
  tf.env().set('WEBGL_SIZE_UPLOAD_UNIFORM', 0);
  tf.registerBackend('webgl', () => new MathBackendWebGL());
  await tf.setBackend('webgl');
}
