/**
 * The emitted operators in a page, on ONNX Runtime's webgpu provider, compared with the definition
 * over the specification's grid, with hostile values. Subnormal numbers may be zero, as WGSL
 * allows. The software GPU of the tests has no float16.
 */
import type { Call } from '@softpool/specification/backend';
import { DISTRIBUTIONS, makeProblem, problems } from '@softpool/specification/problems';
import { sampled, testFirst } from '@softpool/testing/test-first';
import fc from 'fast-check';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import type { Weights } from 'softpool';
import { test } from 'vitest';
import { isTheDefinition, type Runtime } from '../testing/against-definition.ts';

ort.env.wasm.wasmPaths = { wasm };
ort.env.wasm.numThreads = 1;

const KINDS = Object.keys(DISTRIBUTIONS) as (keyof typeof DISTRIBUTIONS)[];

const GPU: Runtime = { ort, executionProviders: ['webgpu'], mayFlush: true };

for (const dims of [1, 2, 3] as const) {
  test(`equals the definition in ${dims}-D`, { tags: dims === 2 ? 'sampled' : 'long' }, async () => {
    const drawn = problems({ dims, layout: 'channelsFirst', storage: 'Float32Array' }).filter(({ call }) => call.kind !== 'adaptive');
    await fc.assert(
      fc.asyncProperty(drawn, fc.boolean(), (problem, inline) => isTheDefinition(GPU, [problem], 'float32', { inline })),
      { numRuns: sampled(3) }, // each compiles programs for a GPU that is emulated in software
    );
  });
}

const PAIRS = { kernelSize: 2 };
const PADDED = { kernelSize: 3, stride: 2, padding: 1, ceilMode: true };

testFirst<[string, Call['kind'], object, Weights, number, boolean]>(2, [
  ['2×2/2, as a function', 'pool', PAIRS, 'perChannel', 1, false],
  ['2×2/2 with shared weights, inline', 'pool', PAIRS, 'shared', 1, true],
  ['3×3/2 pad 1, ceil, β 30, inline', 'pool', PADDED, 'perChannel', 30, true],
  ['3×3/2 pad 1, ceil, β 0, with shared weights, as a function', 'pool', PADDED, 'shared', 0, false],
  ['all at once, inline', 'global', {}, 'perChannel', 1, true],
  ['all at once with shared weights, as a function', 'global', {}, 'shared', 1, false],
])('equals the definition for all kinds of numbers: %s', async (_, kind, options, weights, beta, inline) => {
  const call = { kind, dims: 2, options: { ...options, beta, weights } } as Call;
  const drawn = KINDS.map((numbers) => makeProblem(call, [2, 3, 9, 8], 'Float32Array', numbers, 'ones', 1));
  await isTheDefinition(GPU, drawn, 'float32', { inline, target: 'gpu' });
});

test('a model for CPUs equals the definition too', async () => {
  const call: Call = { kind: 'pool', dims: 2, options: PADDED };
  const drawn = (['normal', 'a few +∞'] as const).map((numbers) => makeProblem(call, [2, 3, 9, 8], 'Float32Array', numbers, 'ones', 1));
  await isTheDefinition(GPU, drawn, 'float32', { target: 'cpu' });
});
