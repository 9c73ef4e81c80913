/** The emitted operators in a page, on ONNX Runtime's wasm provider: against the definition, hostile values included. */

import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
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
const OPTIONS = { kernelSize: 3, stride: 2, padding: 1, ceilMode: true };

test.each([
  ['perChannel', true],
  ['perChannel', false],
  ['shared', false],
] as const)('%s weights, inline: %s', async (weights, inline) => {
  for (const beta of [0, 1, 30]) {
    const pooling = { window: PADDED, beta, weights, elementType: 'float32' } as const;
    const session = await ort.InferenceSession.create(softPoolModel(pooling, 4, { inline }), { logSeverityLevel: 3 });
    const call: Call = { kind: 'pool', dims: 2, options: { ...OPTIONS, beta, weights } };
    for (const distribution of Object.keys(DISTRIBUTIONS) as (keyof typeof DISTRIBUTIONS)[]) {
      const { x, geometry } = makeProblem(call, [2, 3, 9, 8], 'Float32Array', distribution, 'ones', 1);
      const { y } = await session.run({ x: new ort.Tensor('float32', x.data as Float32Array, [...x.shape]) });
      expect(y!.dims).toEqual(geometry.outputShape);
      const operator = operatorOf(call, 'weights');
      const { tolerance } = forwardBounds(numbersOf(x), geometry, operator, 'float32');
      const result = { data: y!.data as Float32Array, shape: [...y!.dims] };
      expectWithin(distribution, result, forward(numbersOf(x), geometry, operator), tolerance);
    }
    await session.release();
  }
});
