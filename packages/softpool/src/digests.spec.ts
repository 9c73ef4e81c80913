/**
 * Results have the same bits on every engine and processor: their digests are published here. Only
 * `softpool/relaxed` and `relaxedSimd` give others.
 */
import { expect, test } from 'vitest';
import type { FloatArray, SoftPoolCalls, Tensor } from './index.ts';
import * as softpool from './index.ts';
import { createThreadedSoftPool } from './threads.ts';

type Options = Record<string, unknown>;
type AnyCall = (...args: unknown[]) => Tensor | Promise<Tensor>;

/**
 * The first digits of SHA-256 over the bytes of the result and the gradient, in float32 and then in
 * float64.
 */
const DIGESTS: readonly [call: keyof SoftPoolCalls, shape: readonly number[], options: Options, digest: string][] = [
  ['softPool2d', [3, 22, 34], { kernelSize: 2 }, '22fedee12d6d5213'],
  ['softPool2d', [22, 34, 8], { kernelSize: 2, layout: 'channelsLast', gradient: 'exact' }, 'acd6714cd686bcee'],
  ['softPool2d', [3, 23, 37], { kernelSize: 3, stride: 2, padding: 1 }, '5fe8edce71f34a05'],
  ['softPool2d', [23, 37, 8], { kernelSize: 3, stride: 2, padding: 1, layout: 'channelsLast' }, 'fd069c5e88c47bbb'],
  ['softPool2d', [3, 23, 37], { kernelSize: 5, stride: 1, beta: 2.5, gradient: 'exact' }, '707ec4ffa51816f6'],
  ['softPool2d', [3, 40, 48], { kernelSize: 4, beta: 40 }, '493dbc8884552b92'],
  ['softPool2d', [6, 22, 34], { kernelSize: 2, weights: 'shared', gradient: 'exact' }, '2ac73427ce9aae1d'],
  ['softPool1d', [3, 700], { kernelSize: 9, stride: 3, dilation: 2 }, 'a5e7eea64cfd9c21'],
  ['softPool3d', [3, 8, 10, 12], { kernelSize: 2 }, 'dea0ac581e8c90de'],
  ['globalSoftPool', [2, 3, 30, 31], {}, '46e9b69049ed8d37'],
  ['adaptiveSoftPool2d', [3, 30, 31], { outputSize: 7, gradient: 'exact' }, '60901cecabddf300'],
];

/** Numbers that every engine rounds alike: multiples of 2^-10 from −8 to 8. */
function numbers(like: FloatArray, seed: number): FloatArray {
  let state = seed;
  for (let i = 0; i < like.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    like[i] = (state >> 18) / 1024;
  }
  return like;
}

async function digestOf(...results: Tensor[]): Promise<string> {
  const bytes = results.flatMap(({ data }) => Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The digest of a call's result and of its gradient's, in float32 and float64. */
async function digest(calls: unknown, name: string, shape: readonly number[], { gradient, ...options }: Options): Promise<string> {
  const byName = calls as Record<string, AnyCall>;
  const size = shape.reduce((a, b) => a * b, 1);
  const results: Tensor[] = [];
  for (const Elements of [Float32Array, Float64Array]) {
    const x = { data: numbers(new Elements(size), 1), shape };
    const y = (await byName[name]?.(x, options)) as Tensor;
    const dy = { data: numbers(new Elements(y.data.length), 2), shape: y.shape };
    results.push(y, (await byName[`${name}Grad`]?.(x, dy, { ...options, ...(gradient !== undefined && { gradient }) })) as Tensor);
  }
  return digestOf(...results);
}

test.each(DIGESTS)('%s of %j with %j has the same bits on every engine', async (name, shape, options, expected) => {
  expect(await digest(softpool, name, shape, options)).toBe(expected);
});

test('and on threads', async () => {
  const threads = await createThreadedSoftPool({ threads: 2 });
  for (const [name, shape, options, expected] of DIGESTS) expect(await digest(threads, name, shape, options)).toBe(expected);
  threads.dispose();
});
