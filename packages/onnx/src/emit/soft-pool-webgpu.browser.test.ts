/**
 * The emitted operators in a page, on ONNX Runtime's webgpu provider: against the definition, hostile values included, but for what WGSL leaves to the
 * GPU. The software GPU of the tests has no float16.
 */

import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import type { Weights } from 'softpool';
import { expect, test } from 'vitest';
import { forward } from '../../../softpool/src/definition.ts';
import type { Call } from '../../../softpool/src/specification/backend.ts';
import { expectWithin, numbersOf } from '../../../softpool/src/specification/expect.ts';
import { DISTRIBUTIONS, makeProblem, operatorOf } from '../../../softpool/src/specification/problems.ts';
import { forwardBounds } from '../../../softpool/src/specification/tolerances.ts';
import { softPoolModel } from '../testing/run-model.ts';
import type { PoolingWindow } from './pooling.ts';

ort.env.wasm.wasmPaths = { wasm };
ort.env.wasm.numThreads = 1;

/** Subnormal numbers may be 0 on a GPU: WGSL, 15.7, lets implementations flush them. */
function isFlushed(value: number, expected: number): boolean {
  return value === 0 && Math.abs(expected) < 2 ** -126;
}

const PLAIN: PoolingWindow = {
  size: [2, 2],
  strides: [2, 2],
  dilations: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  ceilMode: false,
};
const PADDED: PoolingWindow = {
  size: [3, 3],
  strides: [2, 2],
  dilations: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  ceilMode: true,
};
const PLAIN_CALL = { kind: 'pool', dims: 2, options: { kernelSize: 2 } } as const;
const PADDED_CALL = { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true } } as const;
const GLOBAL_CALL = { kind: 'global', dims: 2, options: {} } as const;

test.each<[string, PoolingWindow | undefined, Call, Weights, number, boolean]>([
  ['2×2/2, as a function', PLAIN, PLAIN_CALL, 'perChannel', 1, false],
  ['2×2/2 with shared weights, inline', PLAIN, PLAIN_CALL, 'shared', 1, true],
  ['3×3/2 pad 1, ceil, β 30, inline', PADDED, PADDED_CALL, 'perChannel', 30, true],
  ['3×3/2 pad 1, ceil, β 0, with shared weights, as a function', PADDED, PADDED_CALL, 'shared', 0, false],
  ['all at once, inline', undefined, GLOBAL_CALL, 'perChannel', 1, true],
  ['all at once with shared weights, as a function', undefined, GLOBAL_CALL, 'shared', 1, false],
])('%s', async (_, window, { kind, options: geometryOptions }, weights, beta, inline) => {
  const call = { kind, dims: 2, options: { ...geometryOptions, beta, weights } } as Call;
  const model = softPoolModel({ window, beta, weights, elementType: 'float32' }, 4, { inline });
  const session = await ort.InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 3 });
  for (const distribution of Object.keys(DISTRIBUTIONS) as (keyof typeof DISTRIBUTIONS)[]) {
    const { x, geometry } = makeProblem(call, [2, 3, 9, 8], 'Float32Array', distribution, 'ones', 1);
    const { y } = await session.run({ x: new ort.Tensor('float32', x.data as Float32Array, [...x.shape]) });
    expect(y!.dims.filter((size) => size > 1)).toEqual(geometry.outputShape.filter((size) => size > 1));
    const operator = operatorOf(call, 'weights');
    const expected = forward(numbersOf(x), geometry, operator);
    const { tolerance } = forwardBounds(numbersOf(x), geometry, operator, 'float32');
    const data = (y!.data as Float32Array).map((value, i) => (isFlushed(value, expected[i]!) ? expected[i]! : value));
    expectWithin(distribution, { data, shape: [...geometry.outputShape] }, expected, tolerance);
  }
  await session.release();
});
