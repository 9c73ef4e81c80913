/**
 * The emitted operators on ONNX Runtime's cpu provider, compared with the definition over the
 * specification's grid.
 */

import type { Call } from '@softpool/specification/backend';
import { numbersOf } from '@softpool/specification/expect';
import { makeProblem, problems, type Storage } from '@softpool/specification/problems';
import type { PoolingWindow } from '@softpool/surgery';
import fc from 'fast-check';
import ort from 'onnxruntime-node';
import type { DType, PoolOptions, Weights } from 'softpool/internal';
import { describe, expect, test } from 'vitest';
import { expectDefinition, isTheDefinition, open, outputOf, type Runtime, run } from '../testing/against-definition.ts';
import { softPoolModel } from '../testing/soft-pool-model.ts';

const CPU: Runtime = { ort };
const STORAGES = { float32: 'Float32Array', float64: 'Float64Array', float16: 'Uint16Array' } as const;
const WEIGHTS: readonly Weights[] = ['perChannel', 'shared'];

describe.each(Object.entries(STORAGES) as [DType, Storage][])('%s', (dtype, storage) => {
  describe.each([1, 2, 3] as const)('equals the definition in %i-D', (dims) => {
    test.each(WEIGHTS)('%s', async (weights) => {
      const drawn = problems({ dims, layout: 'channelsFirst', weights, storage }).filter(({ call }) => call.kind !== 'adaptive');
      await fc.assert(
        fc.asyncProperty(drawn, fc.boolean(), (problem, inline) => isTheDefinition(CPU, [problem], dtype, { inline })),
        { numRuns: 16 },
      );
    });
  });

  test.each(WEIGHTS)('zeros and −∞ give exactly 0, and equal numbers give that number: %s', async (weights) => {
    for (const window of [2, 3, 7]) {
      const call: Call = { kind: 'pool', dims: 2, options: { kernelSize: window, weights } };
      const problem = makeProblem(call, [4, 21, 42], storage, 'equal', 'ones', window);
      const [y] = await run(CPU, [problem], dtype);
      expect(new Set(Array.from(numbersOf(y!)))).toEqual(new Set([numbersOf(problem.x)[0]]));
      const holes = makeProblem(call, [4, 21, 42], storage, 'equal', 'ones', window);
      const minusInfinity = storage === 'Uint16Array' ? 0xfc00 : -Infinity;
      for (let i = 0; i < holes.x.data.length; i++) holes.x.data[i] = (i % 42) % 2 === 0 ? minusInfinity : 0;
      const [zeros] = await run(CPU, [holes], dtype);
      expect(Array.from(numbersOf(zeros!), Math.abs).every((each) => each === 0)).toBe(true);
    }
  });
});

test.each([11, 13, 15, 18, 23])('windows and global pooling in opset %i', async (opset) => {
  const windows: Call = { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, weights: 'shared' } };
  await isTheDefinition(CPU, [makeProblem(windows, [2, 3, 9, 8], 'Float32Array', 'a mix of everything', 'ones', opset)], 'float32', {
    opset,
  });
  const all: Call = { kind: 'global', dims: 2, options: {} };
  await isTheDefinition(CPU, [makeProblem(all, [2, 3, 9, 8], 'Float32Array', 'normal', 'ones', opset)], 'float32', { opset });
});

test('one model pools tensors of every size, with padding in numbers and by rule', async () => {
  for (const padding of ['same', 1, 'valid'] as const) {
    const options: PoolOptions = { kernelSize: [3, 2], stride: 2, padding: padding === 1 ? [1, 1] : padding, ceilMode: padding !== 'same' };
    const call: Call = { kind: 'pool', dims: 2, options };
    const size = { kernelSize: [3, 2], stride: [2, 2], dilation: [1, 1] };
    const around =
      padding === 'same'
        ? 'same'
        : padding === 1
          ? ([
              [1, 1],
              [1, 1],
            ] as const)
          : ([
              [0, 0],
              [0, 0],
            ] as const);
    const window: PoolingWindow = { ...size, padding: around, ceilMode: padding !== 'same' };
    const session = await open(CPU, softPoolModel({ window, beta: 1, weights: 'perChannel', elementType: 'float32' }, 4));
    for (let height = 3; height < 8; height++) {
      const problem = makeProblem(call, [1 + (height % 3), 2, height, 12 - height], 'Float32Array', 'normal', 'ones', height);
      expectDefinition(problem, await outputOf(CPU, session, problem.x, 'float32'), 'float32');
    }
  }
});
