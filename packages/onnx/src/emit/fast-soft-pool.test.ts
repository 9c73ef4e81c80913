/**
 * The fast form for CPUs on ONNX Runtime's cpu provider: where it is used, the definition within
 * four units in the last place, and the stable operators' values where numbers are hostile.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Call } from '@softpool/specification/backend';
import { type DISTRIBUTIONS, makeProblem, problems, type Storage } from '@softpool/specification/problems';
import type { PoolingWindow } from '@softpool/surgery';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { testFirst } from '@softpool/testing/test-first';
import fc from 'fast-check';
import { ModelProtoSchema, type NodeProto, NodeProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import type { DType } from 'softpool/internal';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attribute } from '../graph/attributes.ts';
import { subgraphs } from '../graph/walk.ts';
import { foldSoftPool, inspectPooling, swapPooling } from '../index.ts';
import { isTheDefinition, type Runtime, run } from '../testing/against-definition.ts';
import { softPoolModel } from '../testing/soft-pool-model.ts';
import type { SoftPooling } from './pooling.ts';

const CPU: Runtime = { ort };
const STORAGES = { float32: 'Float32Array', float16: 'Uint16Array' } as const;
const PLAIN: PoolingWindow = {
  kernelSize: [3, 3],
  stride: [2, 2],
  dilation: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  ceilMode: false,
};

/** The operators on a whole batch, each once, outside of the branches of the guard. */
function operators(changes: Partial<SoftPooling>, opset = 17): string[] {
  const pooling = {
    window: PLAIN,
    beta: 1,
    weights: 'perChannel',
    elementType: 'float32',
    target: 'cpu',
    channels: 8,
    ...changes,
  } as const;
  const { graph } = fromBinary(
    ModelProtoSchema,
    softPoolModel(pooling, 2 + (pooling.window?.kernelSize.length ?? 2), { inline: true, opset }),
  );
  const whole = graph!.node.flatMap(subgraphs).find((each) => each.graph.name === 'softpool_whole');
  return [...new Set((whole?.graph ?? graph)!.node.map(({ opType }) => opType))];
}

const ROWS: PoolingWindow = { kernelSize: [3], stride: [1], dilation: [1], padding: [[1, 1]], ceilMode: false };

test.each<[string, Partial<SoftPooling>, number, 'AveragePool' | 'Conv']>([
  ['overlapping windows', {}, 11, 'AveragePool'],
  ['overlapping windows', {}, 18, 'AveragePool'],
  ['overlapping windows', {}, 19, 'Conv'],
  ['rows', { window: ROWS }, 17, 'AveragePool'],
  ['float16', { elementType: 'float16' }, 17, 'AveragePool'],
  ['shared weights', { weights: 'shared' }, 17, 'AveragePool'],
  ['zeros that count', { window: { ...PLAIN, padMode: 'zeros' } }, 17, 'AveragePool'],
  ['open channels', { channels: undefined }, 17, 'AveragePool'],
  ['dilations', { window: { ...PLAIN, dilation: [2, 2] } }, 11, 'Conv'],
])('for CPUs, %s %o in opset %i are added up by %s under a guard', (_, changes, opset, sum) => {
  expect(operators(changes, opset)).toEqual(expect.arrayContaining(['Exp', sum, 'If']));
  expect(operators(changes, opset)).not.toContain('Slice');
});

test.each<[string, Partial<SoftPooling>, number]>([
  ['other targets', { target: 'any' }, 17],
  ['GPUs', { target: 'gpu' }, 17],
  ['float64', { elementType: 'float64' }, 17],
  ['a large β', { beta: 5 }, 17],
  ['a tiny β', { beta: 1e-30 }, 17],
  ['open channels with dilations', { window: { ...PLAIN, dilation: [2, 2] }, channels: undefined }, 17],
  ['open channels in a newer opset', { channels: undefined }, 19],
  ['rows in a newer opset', { window: ROWS }, 19],
  ['large windows', { window: { ...PLAIN, kernelSize: [9, 8] } }, 17],
  ['auto_pad whose padding would be negative', { window: { ...PLAIN, kernelSize: [1, 2], padding: 'same' } }, 17],
])('for %s %o in opset %i, slices stay', (_, changes, opset) => {
  expect(operators(changes, opset)).toContain('Slice');
  expect(operators(changes, opset)).not.toContain('If');
});

describe.each(Object.entries(STORAGES) as [DType, Storage][])('%s', (dtype, storage) => {
  // AveragePool, and Conv.
  test.each([
    [13, 1],
    [13, 2],
    [13, 3],
    [20, 2],
  ] as const)('equals the definition in opset %i, %i-D', async (opset, dims) => {
    const drawn = problems({ dims, layout: 'channelsFirst', storage }).filter(({ call }) => call.kind !== 'adaptive');
    await fc.assert(
      fc.asyncProperty(drawn, fc.boolean(), fc.boolean(), (problem, inline, isApart) =>
        isTheDefinition(CPU, [problem], dtype, { inline, opset, target: 'cpu', isApart }),
      ),
      { numRuns: 32 },
    );
  });
});

const CALLS: readonly Call[] = [
  { kind: 'pool', dims: 2, options: { kernelSize: 2 } },
  { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true } },
  { kind: 'pool', dims: 2, options: { kernelSize: 5, stride: 1, padding: 2 } },
  { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 'same', beta: 3 } },
  { kind: 'pool', dims: 2, options: { kernelSize: 3, stride: 2, padding: 1, weights: 'shared' } },
  { kind: 'global', dims: 2, options: {} },
];

/** Means and deviations over which exponentials neither over- nor underflow. */
const MODERATE = [
  [0, 1],
  [0, 4],
  [18, 0.5],
  [-18, 0.01],
] as const;

testFirst(1, [17, 20])('moderate numbers are within four units in the last place in opset %i', async (opset) => {
  for (const call of CALLS) {
    for (const [mean, deviation] of MODERATE) {
      const problem = makeProblem(call, [2, 8, 21, 20], 'Float32Array', 'normal', 'ones', mean);
      problem.x.data.forEach((value, i) => {
        problem.x.data[i] = mean + deviation * value;
      });
      for (const isApart of [false, true]) await isTheDefinition(CPU, [problem], 'float32', { opset, target: 'cpu', isApart });
    }
  }
});

const HOSTILE: readonly (keyof typeof DISTRIBUTIONS)[] = [
  'the ends of the range',
  'near the ends of the range',
  'a few −∞',
  'mostly −∞',
  'a few +∞',
  'a few NaN',
  'a mix of everything',
];

testFirst(1, [17, 20])('hostile numbers give what the stable operators give in opset %i', async (opset) => {
  for (const call of CALLS) {
    const drawn = HOSTILE.map((kind) => makeProblem(call, [1, 8, 21, 20], 'Float32Array', kind, 'ones', 3));
    for (const magnitude of [200, 1e4, 1e8]) {
      const problem = makeProblem(call, [1, 8, 21, 20], 'Float32Array', 'normal', 'ones', 4);
      problem.x.data.forEach((value, i) => {
        problem.x.data[i] = -magnitude + value;
      });
      drawn.push(problem);
    }
    const stable = await run(CPU, drawn, 'float32', { opset });
    // Differences of global pooling are the same in both.
    for (const isApart of [false, true]) expect(await run(CPU, drawn, 'float32', { opset, target: 'cpu', isApart })).toEqual(stable);
    await isTheDefinition(CPU, drawn, 'float32', { opset, target: 'cpu' });
  }
});

test.each([17, 20])('an empty batch gives an empty result in opset %i', async (opset) => {
  const pooling = { window: PLAIN, beta: 1, weights: 'perChannel', elementType: 'float32', target: 'cpu', channels: 8 } as const;
  const session = await ort.InferenceSession.create(softPoolModel(pooling, 4, { opset }), { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', new Float32Array(0), [0, 8, 6, 6]) });
  expect(y!.dims).toEqual([0, 8, 3, 3]);
});

test.each([11, 13, 20])('the runtime knows all sizes but the batch in opset %i', async (opset) => {
  const pooling = { window: PLAIN, beta: 1, weights: 'perChannel', elementType: 'float32', target: 'cpu', channels: 8 } as const;
  for (const inline of [false, true]) {
    const model = fromBinary(ModelProtoSchema, softPoolModel(pooling, 4, { inline, opset }));
    model.graph!.input[0]!.type = tensorType('float32', ['N', 8, 7, 'W']);
    model.graph!.output[0]!.type = tensorType('float32', [null, null, null, null]);
    const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), { logSeverityLevel: 3 });
    expect(session.outputMetadata).toMatchObject([{ shape: ['N', 8, 4, expect.any(String)] }]);
  }
});

const MAX = modelOf(
  [
    create(NodeProtoSchema, {
      opType: 'MaxPool',
      name: 'pool',
      input: ['x'],
      output: ['y'],
      attribute: [attribute('kernel_shape', [3, 3]), attribute('strides', [2, 2])],
    }),
  ],
  tensorType('float32', ['N', 8, 'H', 'W']),
  tensorType('float32', ['N', 8, null, null]),
);

test.each([true, false])('surgery leaves fast soft pooling as it is, inline: %s', (inline) => {
  const { model, report } = swapPooling(MAX, { window: 'same', for: 'cpu', inline });
  expect(report.map(({ after }) => after)).toEqual(['soft 3×3/2']);
  expect(inspectPooling(model).map(({ kind }) => kind)).toEqual(inline ? [] : ['soft']);
  for (const target of ['cpu', 'any'] as const) {
    const again = swapPooling(model, { from: ['max', 'average'], for: target, inline });
    expect(again.report.filter(({ action }) => action !== 'kept')).toEqual([]);
    expect(again.model).toEqual(model);
    const folded = foldSoftPool(model, { for: target, inline });
    expect(folded.report).toEqual([]);
    expect(folded.model).toEqual(model);
  }
});

test('surgery leaves it as it is after ONNX Runtime has chosen a branch for static sizes', async () => {
  const model = fromBinary(ModelProtoSchema, swapPooling(MAX, { window: 'same', for: 'cpu', inline: true }).model);
  model.graph!.input[0]!.type = tensorType('float32', [1, 8, 9, 9]);
  const file = join(await mkdtemp(join(tmpdir(), 'softpool-')), 'optimized.onnx');
  onTestFinished(() => rm(dirname(file), { recursive: true }));
  const quiet = { logSeverityLevel: 3, graphOptimizationLevel: 'basic', optimizedModelFilePath: file } as const;
  await (await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), quiet)).release();
  const optimized = new Uint8Array(await readFile(file));
  expect(fromBinary(ModelProtoSchema, optimized).graph!.node.map(({ opType }) => opType)).toContain('AveragePool');
  expect(inspectPooling(optimized)).toEqual([]);
  expect(swapPooling(optimized, { from: 'average' }).report).toEqual([]);
  expect(foldSoftPool(optimized).report).toEqual([]);
});

test('global pooling that is fast and inline is not folded again', () => {
  const average = create(NodeProtoSchema, { opType: 'GlobalAveragePool', name: 'pool', input: ['x'], output: ['y'] });
  const type = tensorType('float32', ['N', 8, 7, 7]);
  const { model } = swapPooling(modelOf([average], type, tensorType('float32', ['N', 8, 1, 1])), {
    from: 'globalAverage',
    for: 'cpu',
    inline: true,
  });
  expect(foldSoftPool(model)).toEqual({ model, report: [] });
});

test('a model gets both functions if it is swapped for CPUs after another target', () => {
  const pool = (name: string, input: string, output: string): NodeProto =>
    create(NodeProtoSchema, { opType: 'MaxPool', name, input: [input], output: [output], attribute: [attribute('kernel_shape', [2, 2])] });
  const type = tensorType('float32', ['N', 8, 'H', 'W']);
  const two = modelOf([pool('first', 'x', 'a'), pool('second', 'a', 'y')], type, type);
  const { model } = swapPooling(swapPooling(two, { where: ['first'] }).model, { for: 'cpu' });
  const { functions, graph } = fromBinary(ModelProtoSchema, model);
  expect(functions.map(({ name }) => name)).toEqual(graph!.node.map(({ opType }) => opType));
  expect(functions.map(({ node }) => node.some(({ opType }) => opType === 'If'))).toEqual([false, true]);
});

test.each<[string, (target: never) => unknown]>([
  ['swapPooling', (target) => swapPooling(MAX, { for: target })],
  ['foldSoftPool', (target) => foldSoftPool(MAX, { for: target })],
])('%s refuses other targets by name', (call, use) => {
  expect(() => use('npu' as never)).toThrow(`${call}: options.for must be 'cpu' or 'gpu' or 'any', received 'npu'`);
});
