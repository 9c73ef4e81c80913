/**
 * Folding in graphs that exporters of PyTorch 1.13 do not write: newer opsets, values that others
 * read, nested graphs, and operators in between.
 */
import { create, fromBinary } from '@bufbuild/protobuf';
import { floats, tensorType } from '@softpool/testing/onnx-models';
import { type GraphProto, GraphProtoSchema, ModelProtoSchema, type NodeProto, TensorProto_DataType, ValueInfoProtoSchema } from 'onnx-buf';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { integerTensor } from '../graph/attributes.ts';
import { foldSoftPool, OnnxModelError } from '../index.ts';
import {
  ANY,
  constant,
  fixedModel,
  folded,
  GATHERED,
  model,
  numbers,
  off,
  op,
  operators,
  PLAIN,
  POOL,
  pooled2x2,
  pooledGlobally,
  run,
  SHAPE,
  WEIGHTED,
} from '../testing/compositions.ts';

function branch(name: string, nodes: NodeProto[], output: string): GraphProto {
  return create(GraphProtoSchema, { name, node: nodes, output: [{ name: output, type: ANY }] });
}

/** A model from x to y, which one of two branches makes: the first. */
function choice(first: GraphProto, second: GraphProto): Uint8Array {
  const node = op('If', ['isTrue'], 'y', { then_branch: first, else_branch: second });
  return model([node], 17, ({ graph }) => {
    graph!.initializer = [{ ...floats('isTrue', [], []), dataType: TensorProto_DataType.BOOL, int32Data: [1] }];
  });
}

describe.each([18, 19, 20])('in opset %i', (opset) => {
  test('average pooling', async () => {
    expect(operators(await folded(model(PLAIN, opset), 'soft 2×2/2', pooled2x2))).toEqual(['SoftPool_float32_k2x2_s2x2_p0x0x0x0']);
  });

  test('a mean whose axes are an input', async () => {
    const nodes = [
      constant('axes', integerTensor([-1, 2])),
      op('Exp', ['x'], 'e'),
      op('Mul', ['e', 'x'], 'xe'),
      op('ReduceMean', ['xe', 'axes'], 'n'),
      op('ReduceMean', ['e', 'axes'], 'd'),
      op('Div', ['n', 'd'], 'y'),
    ];
    expect(operators(await folded(model(nodes, opset), 'global soft', pooledGlobally))).toEqual(['SoftPool_float32_global']);
  });

  test('pads whose axes are an input, with zeros', async () => {
    const nodes = [
      constant('pads', integerTensor([1, 1, 0, 0])),
      constant('axes', integerTensor([2, 3])),
      op('Pad', ['x', 'pads', '', 'axes'], 'padded'),
      ...PLAIN.map((node) => ({ ...node, input: node.input.map((name) => (name === 'x' ? 'padded' : name)) })),
    ];
    const bytes = model(nodes, opset);
    const definition = (x: Float32Array) =>
      softPool2d(
        { data: x, shape: SHAPE },
        {
          kernelSize: 2,
          padding: [
            [1, 0],
            [1, 0],
          ],
          padMode: 'zeros',
        },
      ).data;
    await folded(bytes, 'soft 2×2/2 pad 1+0 × 1+0 with zeros', definition);
  });

  test('a softmax along stacked windows', async () => {
    const nodes = [
      ...GATHERED,
      op('Exp', ['windows'], 'e'),
      op('ReduceSum', ['e', 'last'], 'total'),
      op('Div', ['e', 'total'], 'w'),
      ...WEIGHTED,
    ];
    await folded(fixedModel(nodes, opset), 'soft 2×2/2', pooled2x2);
  });
});

test('Identity, Cast and Reshape in between, a reciprocal, and exponentials made twice', async () => {
  const half = 'e16';
  const nodes = [
    op('Identity', ['x'], 'same'),
    op('Exp', ['same'], 'e'),
    op('Exp', ['x'], 'e2'),
    op('Cast', ['e'], half, { to: TensorProto_DataType.DOUBLE }),
    op('Cast', [half], 'back', { to: TensorProto_DataType.FLOAT }),
    op('Mul', ['x', 'back'], 'xe'),
    constant('rows', integerTensor([-1, 1, 6, 8])),
    constant('planes', integerTensor([-1, 3, 3, 4])),
    op('Reshape', ['xe', 'rows'], 'xe1'),
    op('Reshape', ['e2', 'rows'], 'e1'),
    op('AveragePool', ['xe1'], 'n1', POOL),
    op('AveragePool', ['e1'], 'd1', POOL),
    op('Reshape', ['n1', 'planes'], 'n'),
    op('Reshape', ['d1', 'planes'], 'd'),
    op('Reciprocal', ['d'], 'r'),
    op('Mul', ['r', 'n'], 'y'),
  ];
  const after = await folded(model(nodes), 'soft 2×2/2', pooled2x2);
  expect(operators(after).filter((each) => ['Exp', 'AveragePool', 'Reciprocal'].includes(each))).toEqual([]);
});

test('what others read, and what is an output of the graph, stays', async () => {
  const nodes = [...PLAIN, op('Relu', ['e'], 'other')];
  const bytes = model(nodes, 17, ({ graph }) => {
    graph!.output.push(...['other', 'd'].map((name) => create(ValueInfoProtoSchema, { name, type: ANY })));
  });
  const { model: after, report } = foldSoftPool(bytes);
  expect(report[0]?.removed.map(({ type }) => type)).toEqual(['Div', 'AveragePool', 'Mul']);
  const [before, now] = [await run(bytes, numbers(3)), await run(after, numbers(3))];
  expect(now.other?.data).toEqual(before.other?.data);
  expect(now.d?.data).toEqual(before.d?.data);
  expect(off(now.y, before.y?.data as Float32Array)).toBeLessThan(1e-5);
});

test('constants among the initializers go with what read them, unless others read them', async () => {
  const nodes = [
    op('Mul', ['x', 'two'], 'x2'),
    op('Exp', ['x2'], 'e'),
    ...PLAIN.slice(1, 4),
    op('Add', ['d', 'small'], 'd2'),
    op('Div', ['n', 'd2'], 'quotient'),
    op('Mul', ['quotient', 'two'], 'y'),
  ];
  const bytes = model(nodes, 17, ({ graph }) => {
    graph!.initializer = [floats('two', [], [2]), floats('small', [1], [1e-12])];
  });
  const { model: after, report } = foldSoftPool(bytes);
  expect(report).toMatchObject([{ path: 'quotient', to: 'soft 2×2/2, β 2' }]);
  expect(fromBinary(ModelProtoSchema, after).graph!.initializer.map(({ name }) => name)).toEqual(['two']);
  const x = numbers(3);
  expect(off((await run(after, x)).y, (await run(bytes, x)).y?.data as Float32Array)).toBeLessThan(1e-5);
});

test('a constant that callers may give is not taken for one', () => {
  const nodes = [op('Mul', ['x', 'beta'], 'bx'), op('Exp', ['bx'], 'e'), ...PLAIN.slice(1)];
  const bytes = model(nodes, 17, ({ graph }) => {
    graph!.initializer = [floats('beta', [], [2])];
    graph!.input.push(create(ValueInfoProtoSchema, { name: 'beta', type: tensorType('float32', []) }));
  });
  expect(foldSoftPool(bytes).report).toMatchObject([{ action: 'refused', reason: 'its weights are exponentials of bx, and it pools x' }]);
});

test('poolings in the branches of an If are folded, also of values around them', async () => {
  const inBranch = PLAIN.map((node) => ({
    ...node,
    output: node.output.map((each) => `${each}_in`),
    input: node.input.map((each) => (each === 'x' ? each : `${each}_in`)),
  }));
  const bytes = choice(branch('then', inBranch, 'y_in'), branch('else', [op('AveragePool', ['x'], 'z', POOL)], 'z'));
  expect(foldSoftPool(bytes).report[0]?.path).toBe('y/then_branch/y');
  await folded(bytes, 'soft 2×2/2', pooled2x2);
});

test('branches with the same names inside lose what only their own pooling read', async () => {
  const inside = (more: NodeProto[]) => [...PLAIN.slice(0, 4), op('Div', ['n', 'd'], 'result'), ...more];
  const bytes = choice(branch('then', inside([]), 'result'), branch('else', inside([op('AveragePool', ['e'], 'other', POOL)]), 'result'));
  const { model: after, report } = foldSoftPool(bytes);
  expect(report.map(({ removed }) => removed.map(({ type }) => type))).toEqual([
    ['Div', 'AveragePool', 'AveragePool', 'Mul', 'Exp'],
    ['Div', 'AveragePool', 'AveragePool', 'Mul'],
  ]);
  const graphs = fromBinary(ModelProtoSchema, after).graph!.node[0]!.attribute.map(({ g }) => g!.node.map(({ opType }) => opType));
  const call = 'SoftPool_float32_k2x2_s2x2_p0x0x0x0';
  expect(graphs).toEqual([[call], ['Exp', call, 'AveragePool']]);
  const x = numbers(3);
  expect(off((await run(after, x)).y, (await run(bytes, x)).y?.data as Float32Array)).toBeLessThan(1e-5);
});

test('windows along one axis, also of a batch of nothing', async () => {
  const nodes = [
    ...GATHERED.map((node) => (node.name === 'flat' ? constant('flat', integerTensor([0, 3, 12, 4])) : node)),
    op('Softmax', ['windows'], 'w', { axis: -1 }),
    ...WEIGHTED,
  ];
  const bytes = model(nodes, 17, ({ graph }) => {
    graph!.input[0]!.type = tensorType('float32', ['N', ...SHAPE.slice(1)]);
    graph!.output[0]!.type = tensorType('float32', ['N', null, null]);
  });
  const after = await folded(bytes, 'soft 2×2/2', pooled2x2);
  const nothing = [0, ...SHAPE.slice(1)];
  expect((await run(after, numbers(3, nothing), nothing)).y?.dims).toEqual([0, 3, 12]);
});

test.each<[string, NodeProto[], RegExp]>([
  [
    'windows that differ',
    [
      ...PLAIN.slice(0, 3),
      op('AveragePool', ['e'], 'd', { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], ceil_mode: 1 }),
      PLAIN[4]!,
    ],
    /^the windows of the numerator and the denominator differ$/,
  ],
  [
    'something added to the numerator',
    [...PLAIN.slice(0, 4), constant('one', floats('', [], [1])), op('Add', ['n', 'one'], 'n1'), op('Div', ['n1', 'd'], 'y')],
    /^it adds 1 to the numerator$/,
  ],
  [
    'weights of each row',
    [op('Exp', ['x'], 'all'), constant('rows', integerTensor([2])), op('ReduceSum', ['all', 'rows'], 'e'), ...PLAIN.slice(1)],
    /^ReduceSum e sums exponentials over axes 2, not over the channels \(axis 1\)$/,
  ],
  [
    'a convolution over channels',
    [
      op('Exp', ['x'], 'e'),
      op('Mul', ['x', 'e'], 'xe'),
      constant(
        'w',
        floats(
          '',
          [1, 3, 2, 2],
          Array.from({ length: 12 }, () => 1),
        ),
      ),
      op('Conv', ['xe', 'w'], 'n', { strides: [2, 2] }),
      op('Conv', ['e', 'w'], 'd', { strides: [2, 2] }),
      op('Div', ['n', 'd'], 'y'),
    ],
    /^Conv n: it sums over channels$/,
  ],
  [
    'groups of channels',
    [
      op('Exp', ['x'], 'all'),
      constant('w', floats('', [4, 2, 1, 1], Array(8).fill(1))),
      op('Conv', ['all', 'w'], 'e', { group: 2 }),
      ...PLAIN.slice(1),
    ],
    /^Conv e does not add up exponentials over channels with equal weights$/,
  ],
  [
    'something added to the weights of the numerator alone',
    [
      op('Exp', ['x'], 'e'),
      constant('half', floats('', [1], [0.5])),
      op('Add', ['e', 'half'], 'more'),
      op('Mul', ['x', 'more'], 'xe'),
      ...PLAIN.slice(2),
    ],
    /^what is added to weights, or their limits, differ between the numerator and the denominator$/,
  ],
  [
    'a lower limit above that of a guard',
    [
      ...PLAIN.slice(0, 4),
      constant('least', floats('', [1], [0.001])),
      op('Max', ['d', 'least'], 'limited'),
      op('Div', ['n', 'limited'], 'y'),
    ],
    /^it limits the denominator to at least 0\.001, which is 0\.001 of the weight of a zero$/,
  ],
  [
    'a softmax over another axis than the sum',
    [
      constant('last', integerTensor([3])),
      op('Softmax', ['x'], 'w', { axis: 2 }),
      op('Mul', ['x', 'w'], 'xw'),
      op('ReduceSum', ['xw', 'last'], 'y'),
    ],
    /^its softmax runs over other elements than its sum$/,
  ],
])('%s: refused by what differs', (_, nodes, reason) => {
  const bytes = model(nodes, 17);
  const { report, model: after } = foldSoftPool(bytes);
  expect(report).toMatchObject([{ action: 'refused', reason: expect.stringMatching(reason) }]);
  expect(fromBinary(ModelProtoSchema, after)).toEqual(fromBinary(ModelProtoSchema, bytes));
});

test('ordinary divisions and softmaxes are not reported', () => {
  const nodes = [op('Softmax', ['x'], 's'), op('Mul', ['s', 'x'], 'm'), op('Exp', ['m'], 'e'), op('Div', ['m', 'e'], 'y')];
  expect(foldSoftPool(model(nodes)).report).toEqual([]);
});

test('a folded model has nothing to fold', () => {
  const { model: once } = foldSoftPool(model(PLAIN));
  const twice = foldSoftPool(once);
  expect(twice.report).toEqual([]);
  expect(twice.model).toEqual(once);
});

test('what is no model, and options that do not exist, are errors', () => {
  expect(() => foldSoftPool(new Uint8Array(0))).toThrow(OnnxModelError);
  expect(() => foldSoftPool(model(PLAIN), { inlined: true } as object)).toThrow(/^foldSoftPool: options\.inlined/);
  expect(() => foldSoftPool(model(PLAIN), { inline: 1 as never })).toThrow(
    'foldSoftPool: options.inline must be true or false, received 1',
  );
});

test.each(['Relu', 'Softplus', 'BatchNormalization'])('sizes taken behind %s are those of its input', async (opType) => {
  const perChannel = ['scale', 'bias', 'mean', 'variance'];
  const nodes = [
    ...perChannel.map((name) => constant(name, floats('', [3], [1, 1, 1]))),
    op(opType, ['x', ...(opType === 'BatchNormalization' ? perChannel : [])], 'other'),
    op('Shape', ['x'], 'sizes'),
    op('Shape', ['other'], 'same sizes'),
    ...PLAIN.slice(0, 2),
    op('Reshape', ['xe', 'sizes'], 'xe2'),
    op('Reshape', ['e', 'same sizes'], 'e2'),
    op('AveragePool', ['xe2'], 'n', POOL),
    op('AveragePool', ['e2'], 'd', POOL),
    op('Div', ['n', 'd'], 'y'),
  ];
  await folded(model(nodes), 'soft 2×2/2', pooled2x2);
});
