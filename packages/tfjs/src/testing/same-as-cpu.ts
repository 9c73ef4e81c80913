/**
 * Compares the wasm backend with the cpu backend, whose convolutions are plain loops that sum in
 * float64.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { openWasm } from './wasm.ts';

/**
 * Relative to the largest element of the result. The wasm backend sums in float32: with k terms of
 * random signs the error is about √k · 2⁻²⁴ of the size of the sum, which is 5e-6 for the longest
 * sums here, of 6000 terms.
 */
const TOLERANCE = 1e-5;

/** The result of `compute` on the wasm backend. Fails if it leaves a tensor behind. */
export async function onWasm(compute: () => tf.Tensor): Promise<{ shape: number[]; values: Float32Array }> {
  await openWasm();
  const before = tf.memory();
  const result = compute();
  const values = (await result.data()) as Float32Array;
  const { shape } = result;
  result.dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  expect({ numTensors, numDataBuffers }).toEqual({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  return { shape, values };
}

/**
 * Expects `compute` to give on the wasm backend what `expected` gives on the cpu backend. Default:
 * the same computation.
 */
export async function expectSameAsCpu(compute: () => tf.Tensor, expected = compute, what = ''): Promise<void> {
  const ours = await onWasm(compute);
  await tf.setBackend('cpu');
  const reference = tf.tidy(expected);
  const values = (await reference.data()) as Float32Array;
  expect(ours.shape, what).toEqual(reference.shape);
  reference.dispose();
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (ours.values[i] as number))), 0);
  expect(error, what).toBeLessThanOrEqual(TOLERANCE * largest);
}

/** Calls a kernel by name, with random inputs of these shapes. */
export function callKernel(name: string, shapes: Record<string, number[]>, attrs: object): tf.Tensor {
  return tf.tidy(() => {
    const inputs = Object.entries(shapes).map(([input, shape], seed) => [input, tf.randomNormal(shape, 0, 1, 'float32', seed + 1)]);
    return tf.engine().runKernel(name, Object.fromEntries(inputs), attrs as tf.NamedAttrMap);
  });
}

/** Every combination of one value for each name. */
export function combinations<V extends Record<string, readonly unknown[]>>(values: V): { [Name in keyof V]: V[Name][number] }[] {
  const all = Object.entries(values).reduce<Record<string, unknown>[]>(
    (some, [name, choices]) => some.flatMap((one) => choices.map((choice) => ({ ...one, [name]: choice }))),
    [{}],
  );
  return all as { [Name in keyof V]: V[Name][number] }[];
}
