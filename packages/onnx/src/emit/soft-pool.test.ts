/**
 * The emitted operators on ONNX Runtime's cpu provider, compared with the definition over the
 * specification's grid.
 */
import type { Call } from '@softpool/specification/backend';
import { numbersOf } from '@softpool/specification/expect';
import { makeProblem, operatorOf, problems, type Storage } from '@softpool/specification/problems';
import type { PoolingWindow } from '@softpool/surgery';
import { testFirst } from '@softpool/testing/test-first';
import fc from 'fast-check';
import ort from 'onnxruntime-node';
import { type DType, forward, type PoolOptions, type Weights } from 'softpool/internal';
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

testFirst(2, [11, 13, 15, 18, 23])('windows and global pooling in opset %i', async (opset) => {
  const windows: Call = { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, weights: 'shared' } };
  await isTheDefinition(CPU, [makeProblem(windows, [2, 3, 9, 8], 'Float32Array', 'a mix of everything', 'ones', opset)], 'float32', {
    opset,
  });
  const all: Call = { kind: 'global', dims: 2, options: {} };
  await isTheDefinition(CPU, [makeProblem(all, [2, 3, 9, 8], 'Float32Array', 'normal', 'ones', opset)], 'float32', { opset });
});

testFirst(2, [11, 18, 13, 15, 23])('global pooling of an empty batch is empty in opset %i', async (opset) => {
  for (const elementType of ['float16', 'float32', 'float64'] as const) {
    const numbers = new { float16: Uint16Array, float32: Float32Array, float64: Float64Array }[elementType](0);
    for (const weights of WEIGHTS) {
      for (const target of ['any', 'cpu'] as const) {
        for (const inline of [false, true]) {
          const pooling = { window: undefined, beta: 1, weights, elementType, target, channels: undefined } as const;
          const session = await open(CPU, softPoolModel(pooling, 5, { inline, opset }));
          const { y } = await session.run({ x: new ort.Tensor(elementType, numbers as never, [0, 3, 7, 6, 5]) });
          expect(y!.dims).toEqual([0, 3, 1, 1, 1]);
          await session.release();
        }
      }
    }
  }
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
    const session = await open(
      CPU,
      softPoolModel({ window, beta: 1, weights: 'perChannel', elementType: 'float32', target: 'any', channels: 2 }, 4),
    );
    for (let height = 3; height < 8; height++) {
      const problem = makeProblem(call, [1 + (height % 3), 2, height, 12 - height], 'Float32Array', 'normal', 'ones', height);
      expectDefinition(problem, await outputOf(CPU, session, problem.x, 'float32'), 'float32');
    }
  }
});

test.each(['float32', 'float16', 'float64'] as const)('padding that counts as zeros, in %s', async (dtype) => {
  for (const [seed, options] of (
    [
      { kernelSize: 3, stride: 2, padding: 1 },
      { kernelSize: [3, 2], stride: 2, padding: 'same', weights: 'shared' },
      {
        kernelSize: 3,
        stride: 2,
        padding: [
          [2, 0],
          [1, 3],
        ],
        ceilMode: true,
        beta: 2,
      },
      { kernelSize: 2, stride: 1, padding: 2, dilation: 2 },
    ] as const
  ).entries()) {
    const call: Call = { kind: 'pool', dims: 2, options: { ...options, padMode: 'zeros' } };
    const problem = makeProblem(call, [2, 3, 7, 8], STORAGES[dtype], 'normal', 'ones', seed);
    const expected = forward(numbersOf(problem.x), problem.geometry, operatorOf(call, 'weights'));
    for (const inline of [false, true]) {
      const [y] = await run(CPU, [problem], dtype, { inline });
      expect(y?.shape).toEqual(problem.geometry.outputShape);
      const off = Math.max(...Array.from(numbersOf(y!), (value, i) => Math.abs(value - expected[i]!)));
      expect(off).toBeLessThan({ float32: 1e-6, float16: 2e-3, float64: 1e-14 }[dtype]);
    }
  }
});
