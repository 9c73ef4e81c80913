/** The emitted operators on ONNX Runtime's cpu provider, against the definition, over the specification's grid. */
import fc from 'fast-check';
import ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { forward } from '../../../softpool/src/definition.ts';
import type { PoolGeometry } from '../../../softpool/src/geometry.ts';
import type { PoolOptions, Weights } from '../../../softpool/src/options.ts';
import type { Call } from '../../../softpool/src/specification/backend.ts';
import { allowance, expectForm, expectWithin, numbersOf } from '../../../softpool/src/specification/expect.ts';
import { makeProblem, operatorOf, type Problem, problems, type Storage } from '../../../softpool/src/specification/problems.ts';
import { forwardBounds } from '../../../softpool/src/specification/tolerances.ts';
import type { DType, FloatArray, Tensor } from '../../../softpool/src/tensor.ts';
import { softPoolModel } from '../testing/run-model.ts';
import type { PoolingWindow, SoftPooling } from './pooling.ts';

const STORAGES = { float32: 'Float32Array', float64: 'Float64Array', float16: 'Uint16Array' } as const;
const WEIGHTS: readonly Weights[] = ['perChannel', 'shared'];

describe.each(Object.entries(STORAGES) as [DType, Storage][])('%s', (dtype, storage) => {
  describe.each([1, 2, 3] as const)('is the definition in %i-D', (dims) => {
    test.each(WEIGHTS)('%s', async (weights) => {
      const drawn = problems({ dims, layout: 'channelsFirst', weights, storage }).filter(({ call }) => call.kind !== 'adaptive');
      await fc.assert(
        fc.asyncProperty(drawn, fc.boolean(), (problem, inline) => isTheDefinition(problem, dtype, { inline })),
        { numRuns: 16 },
      );
    });
  });

  test.each(WEIGHTS)('zeros and −∞ give zero exactly, equal numbers that number: %s', async (weights) => {
    for (const window of [2, 3, 7]) {
      const call: Call = { kind: 'pool', dims: 2, options: { kernelSize: window, weights } };
      const { x, geometry } = makeProblem(call, [4, 21, 42], storage, 'equal', 'ones', window);
      const y = numbersOf(await run(call, geometry, x, dtype, {}));
      expect(new Set(Array.from(y))).toEqual(new Set([numbersOf(x)[0]]));
      const holes = makeProblem(call, [4, 21, 42], storage, 'equal', 'ones', window).x;
      const minusInfinity = storage === 'Uint16Array' ? 0xfc00 : -Infinity;
      for (let i = 0; i < holes.data.length; i++) holes.data[i] = (i % 42) % 2 === 0 ? minusInfinity : 0;
      expect(Array.from(numbersOf(await run(call, geometry, holes, dtype, {})), Math.abs).every((each) => each === 0)).toBe(true);
    }
  });
});

test.each([11, 13, 15, 18, 23])('in opset %i, windows and all at once', async (opset) => {
  const windows: Call = { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, weights: 'shared' } };
  await isTheDefinition(makeProblem(windows, [2, 3, 9, 8], 'Float32Array', 'all of it', 'ones', opset), 'float32', { opset });
  const all: Call = { kind: 'global', dims: 2, options: {} };
  await isTheDefinition(makeProblem(all, [2, 3, 9, 8], 'Float32Array', 'normal', 'ones', opset), 'float32', { opset });
});

test('one model pools tensors of every size, with padding by number and by rule', async () => {
  for (const padding of ['same', 1, 'valid'] as const) {
    const options: PoolOptions = { kernelSize: [3, 2], stride: 2, padding: padding === 1 ? [1, 1] : padding, ceilMode: padding !== 'same' };
    const call: Call = { kind: 'pool', dims: 2, options };
    const size = { size: [3, 2], strides: [2, 2], dilations: [1, 1] };
    const around =
      padding === 'same'
        ? 'sameUpper'
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
    const session = await open(softPoolModel({ window, beta: 1, weights: 'perChannel', elementType: 'float32' }, 4));
    for (let height = 3; height < 8; height++) {
      const problem = makeProblem(call, [1 + (height % 3), 2, height, 12 - height], 'Float32Array', 'normal', 'ones', height);
      expectDefinition(problem, await outputOf(session, problem.x, 'float32'), 'float32');
    }
  }
});

async function isTheDefinition(problem: Problem, dtype: DType, how: { inline?: boolean; opset?: number }): Promise<void> {
  expectDefinition(problem, await run(problem.call, problem.geometry, problem.x, dtype, how), dtype);
}

function expectDefinition({ call, geometry, x }: Problem, y: Tensor, dtype: DType): void {
  const operator = operatorOf(call, 'weights');
  const input = numbersOf(x);
  const bounds = forwardBounds(input, geometry, operator, dtype);
  expectForm('y', y, x, geometry.outputShape);
  expectWithin('y', y, forward(input, geometry, operator), bounds.tolerance);
  Array.from(numbersOf(y)).forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const slack = allowance(dtype, bounds.tolerance[i]!, value);
    const isInside = value >= bounds.least[i]! && value <= bounds.largest[i]!;
    const isAboveMean = operator.weights === 'shared' || value >= bounds.mean[i]! - slack;
    if (!isInside || !isAboveMean)
      throw new Error(`y[${i}] is ${value}, of [${bounds.least[i]}, ${bounds.largest[i]}], mean ${bounds.mean[i]}`);
  });
}

/** Runs the model of a call: with a batch, which ONNX wants. */
async function run(
  call: Call,
  geometry: PoolGeometry,
  x: Tensor,
  dtype: DType,
  how: { inline?: boolean; opset?: number },
): Promise<Tensor> {
  const { spatialDims, inputShape, outputShape } = geometry;
  const shape = inputShape.length === spatialDims + 2 ? inputShape : [1, ...inputShape];
  const session = await open(softPoolModel(poolingOf(call, geometry, dtype), shape.length, how));
  const y = await outputOf(session, { ...x, shape }, dtype);
  await session.release();
  const size = y.shape.slice(2);
  expect(size).toEqual(geometry.axes.map((axis) => axis.outputSize));
  return { ...y, shape: outputShape };
}

/** What a call asks for, in the words of ONNX; `same` by its rule, so that it is the graph that computes the padding. */
function poolingOf(call: Call, { axes }: PoolGeometry, elementType: DType): SoftPooling {
  const { beta, weights } = operatorOf(call, 'weights');
  if (call.kind === 'global') return { window: undefined, beta, weights, elementType };
  const { padding, ceilMode = false } = call.options as PoolOptions;
  const window = {
    size: axes.map((axis) => axis.kernelSize),
    strides: axes.map((axis) => axis.stride),
    dilations: axes.map((axis) => axis.step),
    padding: padding === 'same' ? ('sameUpper' as const) : axes.map((axis) => axis.padding),
    ceilMode: padding !== 'same' && ceilMode,
  };
  return { window, beta, weights, elementType };
}

function open(model: Uint8Array): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 });
}

async function outputOf(session: ort.InferenceSession, x: Tensor, dtype: DType): Promise<Tensor> {
  const { y } = await session.run({ x: new ort.Tensor(dtype, x.data as never, [...x.shape]) });
  const data = y!.data as unknown as FloatArray;
  const Constructor = x.data.constructor as new (data: ArrayBufferLike, offset: number, length: number) => FloatArray;
  return { ...x, data: new Constructor(data.buffer, data.byteOffset, data.length), shape: [...y!.dims] };
}
