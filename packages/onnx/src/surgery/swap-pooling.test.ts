import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorAnnotationSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import ort from 'onnxruntime-node';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { inspectPooling, swapPooling } from '../index.ts';
import type { SwapPoolingOptions } from './options.ts';

function node(opType: string, name: string, input: string[], output: string[], attributes: Record<string, AttributeValue> = {}): NodeProto {
  const entries = Object.entries(attributes).map(([key, value]) => attribute(key, value));
  return create(NodeProtoSchema, { opType, name, input, output, attribute: entries });
}

const ANY = tensorType('float32', ['N', 'C', 'H', 'W']);

/** A model with one node from x to y. */
function modelOfOne(opType: string, attributes: Record<string, AttributeValue>, type = ANY): Uint8Array {
  return modelOf([node(opType, 'pool', ['x'], ['y'], attributes)], type, type);
}

function parsed(model: Uint8Array): ModelProto & { graph: GraphProto } {
  return fromBinary(ModelProtoSchema, model) as ModelProto & { graph: GraphProto };
}

async function run(model: Uint8Array, shape: readonly number[], data = values(shape)): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return (await session.run({ x: new ort.Tensor('float32', data, [...shape]) })).y!;
}

function values(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 3 * Math.sin(7 * i * i));
}

const MAX_3_2 = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

describe.each([false, true])('inline: %s', (inline) => {
  test('3×3/2 of a ResNet becomes 2×2/2 as in the paper, with as many outputs for every input size', async () => {
    const before = modelOfOne('MaxPool', MAX_3_2);
    const { model, report } = swapPooling(before, { inline });
    expect(report).toEqual([
      {
        index: 0,
        name: 'pool',
        path: 'pool',
        type: 'MaxPool',
        action: 'replaced',
        before: 'max 3×3/2 pad 1',
        after: 'soft 2×2/2, ceil',
        reason: '2×2/2 as in the paper: same output size',
        outputShape: ['N', 'C', 'H', 'W'],
      },
    ]);
    for (const shape of [
      [2, 3, 8, 8],
      [1, 2, 7, 10],
      [1, 1, 3, 2],
    ]) {
      const y = await run(model, shape);
      expect(y.dims).toEqual((await run(before, shape)).dims);
      const expected = softPool2d({ data: values(shape), shape }, { kernelSize: 2, ceilMode: true });
      expect(y.dims).toEqual(expected.shape);
      expect(Array.from(y.data as Float32Array, (v, i) => Math.abs(v - expected.data[i]!)).every((off) => off < 1e-6)).toBe(true);
    }
  });

  test.each<[(number | string | null)[], string]>([
    [['N', 3, 8, 10], 'soft 2×2/2'],
    [['N', 3, 8, 9], 'soft 2×2/2, ceil'],
    [['N', 3, 'H', 10], 'soft 2×2/2, ceil'],
    [['N', 3, 8, null], 'soft 2×2/2, ceil'],
  ])('for an input of shape %j it becomes %s: even sizes need no ceil mode', async (shape, to) => {
    const before = modelOf([node('MaxPool', 'pool', ['x'], ['y'], MAX_3_2)], tensorType('float32', shape), ANY);
    const { model, report } = swapPooling(before, { inline });
    expect(report[0]?.after).toBe(to);
    const size = shape.map((each) => (typeof each === 'number' ? each : 2));
    expect((await run(model, size)).dims).toEqual((await run(before, size)).dims);
  });

  test('window: same keeps windows with their padding, dilation and ceil mode', async () => {
    const before = modelOfOne('MaxPool', { ...MAX_3_2, dilations: [2, 1], ceil_mode: 1 });
    const { model, report } = swapPooling(before, { window: 'same', beta: 2, weights: 'shared', inline });
    expect(report[0]?.after).toBe('soft 3×3/2 dilated 2×1 pad 1, ceil, β 2, shared weights');
    const shape = [2, 3, 9, 8];
    const y = await run(model, shape);
    const options = { kernelSize: 3, stride: 2, dilation: [2, 1], padding: 1, ceilMode: true, beta: 2, weights: 'shared' } as const;
    const expected = softPool2d({ data: values(shape), shape }, options);
    expect(y.dims).toEqual(expected.shape);
    expect(Math.max(...Array.from(y.data as Float32Array, (v, i) => Math.abs(v - expected.data[i]!)))).toBeLessThan(1e-6);
  });
});

test.each<[string, Record<string, AttributeValue>, string]>([
  ['one zero in all', { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }, 'soft 2×2/2'],
  ['ceil mode', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, 'soft 2×2/2'],
  ['TensorFlow’s rule', { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }, 'soft 2×2/2, ceil'],
  ['none', { kernel_shape: [3, 3], strides: [2, 2] }, 'soft 3×3/2'],
  ['ceil mode and padding', { ...MAX_3_2, ceil_mode: 1 }, 'soft 3×3/2 pad 1, ceil'],
  ['two axes of different rules', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1] }, 'soft 3×3/2 pad 1+1 × 0+1'],
  ['one axis', { kernel_shape: [1, 3], strides: [1, 2], pads: [0, 1, 0, 1] }, 'soft 1×2/1×2, ceil'],
  ['another window', { kernel_shape: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2] }, 'soft 5×5/1 pad 2'],
  ['the other rule', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }, 'soft 2×2/2 same, lower'],
])('max pooling with %s keeps its output size for every input size', async (_, attributes, to) => {
  const before = modelOfOne('MaxPool', attributes);
  const { model, report } = swapPooling(before);
  expect(report[0]?.after).toBe(to);
  for (const [height, width] of [
    [4, 4],
    [5, 7],
    [6, 5],
    [9, 12],
  ] as const) {
    const shape = [1, 2, height, width];
    expect((await run(model, shape)).dims).toEqual((await run(before, shape)).dims);
  }
});

test('average and global pooling are replaced if `from` names them', async () => {
  const nodes = [
    node('AveragePool', 'average', ['x'], ['a'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('MaxPool', '', ['a'], ['m'], { kernel_shape: [1, 1] }),
    node('GlobalAveragePool', 'head', ['m'], ['y']),
  ];
  const before = modelOf(nodes, ANY, ANY);
  const { model, report } = swapPooling(before, { from: ['average', 'globalAverage'] });
  expect(report.map(({ path: name, action, after, reason }) => [name, action, after, reason])).toEqual([
    ['average', 'replaced', 'soft 2×2/2', 'same window'],
    ['m', 'kept', 'max 1×1/1', 'not selected by `from`'],
    ['head', 'replaced', 'global soft', 'selected by `from`'],
  ]);
  // With β = 0 it averages, and gives the same numbers.
  const shape = [2, 3, 6, 4];
  const [mean, soft] = [
    await run(before, shape),
    await run(swapPooling(before, { from: ['average', 'globalAverage'], beta: 0 }).model, shape),
  ];
  expect(soft.dims).toEqual([2, 3, 1, 1]);
  (soft.data as Float32Array).forEach((value, i) => {
    expect(value).toBeCloseTo(mean.data[i] as number, 6);
  });
  expect(parsed(model).functions.map(({ name }) => name)).toEqual(['SoftPool_float32_k2x2_s2x2_p0x0x0x0', 'SoftPool_float32_global']);
});

const THREE = modelOf(
  [
    node('MaxPool', 'first', ['x'], ['a'], { kernel_shape: [2, 2] }),
    node('MaxPool', 'second', ['a'], ['b'], { kernel_shape: [2, 2] }),
    node('MaxPool', '', ['b'], ['y'], { kernel_shape: [2, 2] }),
  ],
  ANY,
  ANY,
);

test.each<[string, SwapPoolingOptions['where'], string[]]>([
  ['name', ['second'], ['kept', 'replaced', 'kept']],
  ['number', [0, 2], ['replaced', 'kept', 'replaced']],
  ['output, where there is no name', ['y'], ['kept', 'kept', 'replaced']],
  ['predicate', ({ name }) => name !== 'second', ['replaced', 'kept', 'replaced']],
])('poolings are selected by %s', (_, where, actions) => {
  const { model, report } = swapPooling(THREE, { where });
  expect(report.map(({ action }) => action)).toEqual(actions);
  expect(parsed(model).graph.node.map(({ domain }) => (domain === '' ? 'kept' : 'replaced'))).toEqual(actions);
  expect(parsed(model).functions).toHaveLength(1); // they are equal
});

test.each<[string, Parameters<typeof modelOfOne>, RegExp]>([
  ['padding that counts in ceil mode', ['AveragePool', { ...MAX_3_2, count_include_pad: 1, ceil_mode: 1 }], /disagree about what counts/],
  ['an order of storage', ['MaxPool', { ...MAX_3_2, storage_order: 1 }], /storage_order is 1/],
  ['four axes', ['MaxPool', { kernel_shape: [2, 2, 2, 2] }], /pools 4 axes; SoftPool pools 1 to 3/],
  ['windows of padding alone', ['MaxPool', { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }], /windows without any input/],
  ['attributes that do not fit', ['MaxPool', { kernel_shape: [2, 2], strides: [1] }], /do not fit together/],
  ['a window without end', ['MaxPool', { kernel_shape: [100, 100] }], /10000 elements; at most 1024 work/],
  ['a window that is just too large', ['MaxPool', { kernel_shape: [32, 33] }], /1056 elements; at most 1024 work/],
])('%s: refused by name, with the reason', (_, model, why) => {
  const bytes = modelOfOne(...model);
  const { report, model: after } = swapPooling(bytes, { from: ['max', 'average'] });
  expect(report).toMatchObject([{ path: 'pool', action: 'refused', reason: expect.stringMatching(why) }]);
  expect(parsed(after)).toEqual(parsed(bytes));
  expect(inspectPooling(bytes)[0]?.obstacle).toMatch(why);
});

test('a window of 1024 elements is replaced', () => {
  const { report } = swapPooling(modelOfOne('MaxPool', { kernel_shape: [32, 32] }));
  expect(report).toMatchObject([{ action: 'replaced', after: 'soft 32×32/1' }]);
});

test('used Indices are refused, and unused ones are dropped', () => {
  const pool = node('MaxPool', 'pool', ['x'], ['y', 'indices'], MAX_3_2);
  const reads = node('Identity', 'reads', ['indices'], ['z']);
  expect(swapPooling(modelOf([pool, reads], ANY, ANY)).report[0]?.reason).toMatch(/Indices is used/);
  expect(swapPooling(modelOf([pool], ANY, ANY)).report[0]?.action).toBe('replaced');
});

test('pooling of integers is refused; between DequantizeLinear and QuantizeLinear it is replaced', async () => {
  const { FLOAT, UINT8 } = TensorProto_DataType;
  const around = (inner: NodeProto, before: NodeProto[], after: NodeProto[]): Uint8Array => {
    const model = parsed(modelOf([...before, inner, ...after], ANY, ANY));
    model.graph.initializer = [
      create(TensorProtoSchema, { name: 'scale', dataType: FLOAT, floatData: [0.05] }),
      create(TensorProtoSchema, { name: 'zero', dataType: UINT8, int32Data: [128] }),
    ];
    return toBinary(ModelProtoSchema, model);
  };
  const quantize = (from: string, to: string): NodeProto => node('QuantizeLinear', `q${to}`, [from, 'scale', 'zero'], [to]);
  const dequantize = (from: string, to: string): NodeProto => node('DequantizeLinear', `d${to}`, [from, 'scale', 'zero'], [to]);
  const pool = node('MaxPool', 'pool', ['a'], ['b'], MAX_3_2);
  const typed = around(pool, [quantize('x', 'a')], [dequantize('b', 'y')]);
  expect(swapPooling(typed).report[0]).toMatchObject({ action: 'refused', reason: expect.stringMatching(/its elements are uint8/) });
  const between = around(pool, [quantize('x', 'q'), dequantize('q', 'a')], [quantize('b', 'r'), dequantize('r', 'y')]);
  const { model, report } = swapPooling(between);
  expect(report[0]?.action).toBe('replaced');
  expect((await run(model, [1, 1, 4, 4])).dims).toEqual([1, 1, 2, 2]);
});

test.each([
  ['FLOAT16', 'float16'],
  ['FLOAT', 'float32'],
  ['UNDEFINED', 'float32'],
] as const)('behind DequantizeLinear to %s, elements are %s, whatever its scale is', (to, elementType) => {
  const nodes = [
    node('QuantizeLinear', 'q', ['x', 'scale'], ['bytes']),
    node('DequantizeLinear', 'd', ['bytes', 'scale'], ['a'], { output_dtype: TensorProto_DataType[to] }),
    node('MaxPool', 'pool', ['a'], ['b'], MAX_3_2),
    node('Cast', 'cast', ['b'], ['y'], { to: TensorProto_DataType.FLOAT }),
  ];
  const model = parsed(modelOf(nodes, ANY, ANY, { opset: 23 }));
  model.graph.initializer = [create(TensorProtoSchema, { name: 'scale', dataType: TensorProto_DataType.FLOAT, floatData: [0.05] })];
  expect(inspectPooling(toBinary(ModelProtoSchema, model))[0]?.elementType).toBe(elementType);
});

test('the elements behind Where are those of what it chooses from, not its condition', async () => {
  const nodes = [node('Greater', 'is', ['x', 'zero'], ['c']), node('Where', 'which', ['c', 'x', 'zero'], ['a'])];
  const model = parsed(modelOf([...nodes, node('MaxPool', 'pool', ['a'], ['y'], MAX_3_2)], ANY, ANY));
  model.graph.initializer = [create(TensorProtoSchema, { name: 'zero', dataType: TensorProto_DataType.FLOAT, floatData: [0] })];
  const bytes = toBinary(ModelProtoSchema, model);
  expect(inspectPooling(bytes)[0]?.elementType).toBe('float32');
  expect((await run(swapPooling(bytes).model, [1, 1, 4, 4])).dims).toEqual([1, 1, 2, 2]);
});

test('everything else stays: weights, external data, metadata, and fields of newer versions of the format', () => {
  const rich = parsed(THREE);
  rich.producerName = 'a tool';
  rich.modelVersion = 3n;
  rich.docString = 'what it is for';
  rich.metadataProps = [create(StringStringEntryProtoSchema, { key: 'licence', value: 'MIT' })];
  const far = { dataType: 1, dims: [64n], dataLocation: 1, externalData: [{ key: 'location', value: 'weights.bin' }] };
  rich.graph.initializer = [
    create(TensorProtoSchema, { name: 'w', dataType: 7, dims: [2n], int64Data: [-(2n ** 63n), 2n ** 63n - 1n] }),
    create(TensorProtoSchema, { name: 'raw', dataType: 1, dims: [1n], rawData: Uint8Array.of(0, 0, 128, 127) }),
    create(TensorProtoSchema, { name: 'far', ...far }),
  ];
  const scale = { tensorName: 'w', quantParameterTensorNames: [{ key: 'SCALE_TENSOR', value: 'raw' }] };
  rich.graph.quantizationAnnotation = [create(TensorAnnotationSchema, scale)];
  const unknownField = Uint8Array.of(0xfa, 0x3e, 3, 1, 2, 3); // field 1007 of the model
  const bytes = Uint8Array.from([...toBinary(ModelProtoSchema, rich), ...unknownField]);
  const { model } = swapPooling(bytes, { where: ['second'] });
  expect(Buffer.from(model).includes(Buffer.from(unknownField))).toBe(true);
  const [was, is] = [parsed(bytes), parsed(model)];
  const { node: nodesWere, ...graphWas } = was.graph;
  const { node: nodesAre, ...graphIs } = is.graph;
  expect(graphIs).toEqual(graphWas);
  expect({ ...is, graph: 0, functions: [], opsetImport: [] }).toEqual({ ...was, graph: 0, functions: [], opsetImport: [] });
  expect(is.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
    ['', 13n],
    ['ai.softpool', 1n],
  ]);
  expect([nodesAre[0], nodesAre[2]]).toEqual([nodesWere[0], nodesWere[2]]);
  expect(nodesAre[1]).toMatchObject({ name: 'second', input: ['a'], output: ['b'], domain: 'ai.softpool' });
});

test('a model with an IR version without functions gets the operators and keeps its IR version', async () => {
  const before = modelOf([node('MaxPool', 'pool', ['x'], ['y'], MAX_3_2)], ANY, ANY, { irVersion: 7 });
  const { model, report } = swapPooling(before);
  expect(report[0]?.reason).toMatch(/; written as operators: models of IR version 7 have no functions$/);
  expect(swapPooling(before, { inline: true }).report[0]?.reason).not.toContain('operators');
  expect(parsed(model)).toMatchObject({ irVersion: 7n, functions: [], opsetImport: [{ domain: '', version: 13n }] });
  expect((await run(model, [1, 1, 6, 6])).dims).toEqual([1, 1, 3, 3]);
});

test.each([false, true])('pooling of outer values in the branches of an If is replaced, inline: %s', async (inline) => {
  const branch = (name: string, opType: string) =>
    create(GraphProtoSchema, {
      name,
      node: [node(opType, 'pool', ['x'], [`${name}_y`], { kernel_shape: [2, 2], strides: [2, 2] })],
      output: [{ name: `${name}_y`, type: ANY }],
    });
  const condition = create(TensorProtoSchema, { dataType: TensorProto_DataType.BOOL, int32Data: [1] });
  const always = node('Constant', 'always', [], ['condition'], { value: condition });
  const either = node('If', 'either', ['condition'], ['y']);
  either.attribute = [
    create(AttributeProtoSchema, { name: 'then_branch', type: AttributeProto_AttributeType.GRAPH, g: branch('then', 'MaxPool') }),
    create(AttributeProtoSchema, { name: 'else_branch', type: AttributeProto_AttributeType.GRAPH, g: branch('else', 'AveragePool') }),
  ];
  const { model, report } = swapPooling(modelOf([always, either], ANY, ANY), { inline });
  expect(report.map(({ path, action }) => [path, action])).toEqual([
    ['either/then_branch/pool', 'replaced'],
    ['either/else_branch/pool', 'kept'],
  ]);
  const y = await run(model, [1, 1, 2, 2], Float32Array.of(0, 1, 2, 3));
  expect(y.data[0]).toBeCloseTo(2.493, 3);
});

test('swapped poolings are recognized and stay', () => {
  const { model } = swapPooling(THREE, { where: ['second'] });
  const again = swapPooling(model);
  expect(again.report.map(({ action }) => action)).toEqual(['replaced', 'kept', 'replaced']);
  expect(again.report[1]).toMatchObject({ before: 'soft 2×2/1', after: 'soft 2×2/1', reason: 'already soft pooling' });
  expect(parsed(again.model).functions).toHaveLength(1);
});

test.each<[SwapPoolingOptions, string]>([
  [
    { from: 'LpPool' as never },
    "swapPooling: options.from must be 'max' or 'average' or 'soft' or 'globalMax' or 'globalAverage' or 'globalSoft', received 'LpPool'",
  ],
  [{ from: [] }, 'swapPooling: options.from must be a kind of pooling, or a list of them, received []'],
  [{ beta: Number.NaN }, 'swapPooling: options.beta must be a finite number ≥ 0, received NaN'],
  [{ weights: 'both' as never }, "swapPooling: options.weights must be 'perChannel' or 'shared', received 'both'"],
  [{ window: 3 as never }, "swapPooling: options.window must be 'paper' or 'same', received 3"],
  [
    { where: ['third'] },
    "swapPooling: options.where[0] must be the name, path or index of a pooling, received 'third'; the model has first, second, y",
  ],
  [
    { where: [3] },
    'swapPooling: options.where[0] must be the name, path or index of a pooling, received 3; the model has first, second, y',
  ],
  [
    { where: 'first' as never },
    "swapPooling: options.where must be a list of names, paths or indices of poolings, or a function, received 'first'",
  ],
  [{ to: 'max' as never }, "swapPooling: options.to must be 'soft', received 'max'"],
  [{ gradient: 'exact' } as never, 'swapPooling: options.gradient is not an option of this call; it takes from, to, where'],
])('invalid options: %j', (options, message) => {
  expect(() => swapPooling(THREE, options)).toThrow(message);
});

test('a function of the model that has our name and another body stays, and ours gets a name of its own', async () => {
  const two = { kernel_shape: [2, 2], strides: [2, 2] };
  const pools = [node('MaxPool', 'first', ['x'], ['a'], two), node('MaxPool', 'second', ['x'], ['b'], two)];
  const name = 'SoftPool_float32_k2x2_s2x2_p0x0x0x0';
  const theirs = create(FunctionProtoSchema, {
    ...{ name, domain: 'ai.softpool', input: ['X'], output: ['Y'], opsetImport: [{ domain: '', version: 13n }] },
    node: [node('Neg', 'neg', ['X'], ['half']), node('MaxPool', 'pool', ['half'], ['Y'], two)],
  });
  const call = Object.assign(node(name, 'theirs', ['x'], ['c']), { domain: 'ai.softpool' });
  const sum = node('Sum', 'sum', ['a', 'b', 'c'], ['y']);
  const { model, report } = swapPooling(modelOf([...pools, call, sum], ANY, ANY, { functions: [theirs] }));
  expect(report.map(({ action }) => action)).toEqual(['replaced', 'replaced', 'kept']);
  expect(parsed(model).functions.map((each) => each.name)).toEqual([name, `${name}_2`]);
  const x = { data: values([1, 1, 4, 4]), shape: [1, 1, 4, 4] };
  const soft = softPool2d(x, { kernelSize: 2 }).data;
  const theirMax = [0, 2, 8, 10].map((i) => Math.max(...[0, 1, 4, 5].map((tap) => -x.data[i + tap]!)));
  const { data } = await run(model, x.shape, x.data);
  for (const [i, value] of [...(data as Float32Array)].entries()) expect(value).toBeCloseTo(2 * soft[i]! + theirMax[i]!, 5);
  const once = swapPooling(modelOf([...pools, call, sum], ANY, ANY, { functions: [theirs] }), { where: ['first'] });
  const again = swapPooling(once.model);
  // The second is ours, and used again.
  expect(parsed(again.model).functions.map((each) => each.name)).toEqual([name, `${name}_2`]);
});
