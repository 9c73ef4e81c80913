/**
 * The emitted operators in a page, on ONNX Runtime's wasm provider, compared with the definition
 * over the specification's grid, with hostile values.
 */
import type { Call } from '@softpool/specification/backend';
import { DISTRIBUTIONS, makeProblem, problems, type Storage } from '@softpool/specification/problems';
import { sampled } from '@softpool/testing/test-first';
import fc from 'fast-check';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import type { Weights } from 'softpool';
import type { DType } from 'softpool/internal';
import { describe, test } from 'vitest';
import { isTheDefinition, type Runtime } from '../testing/against-definition.ts';
import { TARGETS } from './target.ts';

ort.env.wasm.wasmPaths = { wasm };
ort.env.wasm.numThreads = 1;

const KINDS = Object.keys(DISTRIBUTIONS) as (keyof typeof DISTRIBUTIONS)[];

/**
 * ReduceSum adds one number after another here: the error of global pooling reached 1.6 times the
 * tolerance.
 */
const WASM: Runtime = { ort, globalSlack: 4 };
const STORAGES = { float32: 'Float32Array', float64: 'Float64Array', float16: 'Uint16Array' } as const;

describe.each(Object.entries(STORAGES) as [DType, Storage][])('%s', (dtype, storage) => {
  test.each([1, 2, 3] as const)('equals the definition in %i-D', { tags: 'sampled' }, async (dims) => {
    const drawn = problems({ dims, layout: 'channelsFirst', storage }).filter(({ call }) => call.kind !== 'adaptive');
    await fc.assert(
      fc.asyncProperty(drawn, fc.boolean(), fc.constantFrom(...TARGETS), fc.boolean(), (problem, inline, target, isApart) =>
        isTheDefinition(WASM, [problem], dtype, { inline, target, isApart }),
      ),
      { numRuns: sampled(12) },
    );
  });
});

test.each([
  ['perChannel', true],
  ['perChannel', false],
  ['shared', false],
] as const)('equals the definition for all kinds of numbers: %s weights, inline: %s', async (weights: Weights, inline) => {
  for (const beta of [0, 1, 30]) {
    const call: Call = { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, beta, weights } };
    const drawn = KINDS.map((kind) => makeProblem(call, [2, 3, 9, 8], 'Float32Array', kind, 'ones', 1));
    for (const target of TARGETS) {
      for (const isApart of [false, true]) await isTheDefinition(WASM, drawn, 'float32', { inline, target, isApart });
    }
  }
});

test.each(['perChannel', 'shared'] as const)(
  'equals the definition for all kinds of numbers in global pooling: %s weights',
  async (weights) => {
    const call: Call = { kind: 'global', dims: 2, options: { weights } };
    const drawn = KINDS.map((kind) => makeProblem(call, [2, 3, 9, 8], 'Float32Array', kind, 'ones', 1));
    await isTheDefinition(WASM, drawn, 'float32');
  },
);
