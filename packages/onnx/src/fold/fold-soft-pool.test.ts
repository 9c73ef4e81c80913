/**
 * Folding in graphs that exporters of PyTorch 1.13 do not write: newer opsets, values that others
 * read, nested graphs, functions, and operators in between.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { floats, modelOf, tensorType } from '@softpool/testing/onnx-models';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import ort from 'onnxruntime-node';
import { globalSoftPool, softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, attribute, integerTensor } from '../graph/attributes.ts';
import { foldSoftPool, OnnxModelError } from '../index.ts';

const SHAPE = [2, 3, 6, 8];
const OPEN = tensorType('float32', ['N', 3, 'H', 'W']);
const ANY = tensorType('float32', [null, null, null, null]);

function op(opType: string, input: string[], output: string, attributes: Record<string, AttributeValue> = {}): NodeProto {
  const entries = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return create(NodeProtoSchema, { opType, name: output, input, output: [output], attribute: entries });
}

function constant(name: string, value: TensorProto): NodeProto {
  return op('Constant', [], name, { value });
}

const POOL = { kernel_shape: [2, 2], strides: [2, 2] };

/** x → y by AveragePool(x·eˣ) / AveragePool(eˣ). */
const PLAIN = [
  op('Exp', ['x'], 'e'),
  op('Mul', ['x', 'e'], 'xe'),
  op('AveragePool', ['xe'], 'n', POOL),
  op('AveragePool', ['e'], 'd', POOL),
  op('Div', ['n', 'd'], 'y'),
];

function model(nodes: NodeProto[], opset = 18, edit: (model: ModelProto) => void = () => {}): Uint8Array {
  const made = fromBinary(ModelProtoSchema, modelOf(nodes, OPEN, ANY, { opset }));
  edit(made);
  return toBinary(ModelProtoSchema, made);
}

function numbers(magnitude: number): Float32Array {
  const length = SHAPE.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => magnitude * Math.sin(i * i * 0.37));
}

async function run(bytes: Uint8Array, x: Float32Array): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run({ x: new ort.Tensor('float32', x, SHAPE) });
  await session.release();
  return results as Record<string, ort.Tensor>;
}

function off(a: ort.Tensor | undefined, expected: ArrayLike<number>): number {
  const values = Array.from(a?.data as Float32Array);
  expect(values).toHaveLength(expected.length);
  return Math.max(...values.map((value, i) => Math.abs(value - (expected[i] as number)))) / Math.max(1, ...Array.from(expected, Math.abs));
}

/** Folds, and compares with the original, and with the definition for large inputs. */
async function folded(bytes: Uint8Array, to: string, definition: (x: Float32Array) => ArrayLike<number>): Promise<Uint8Array> {
  const { model: after, report } = foldSoftPool(bytes);
  expect(report.map(({ action, to: what, reason }) => [action, what, reason])).toEqual([['folded', to, 'same values']]);
  const x = numbers(3);
  expect(off((await run(after, x)).y, (await run(bytes, x)).y?.data as Float32Array)).toBeLessThan(1e-5);
  const large = numbers(1e4);
  expect(off((await run(after, large)).y, definition(large))).toBeLessThan(1e-5);
  return after;
}

const two = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, { kernelSize: 2 }).data;
const whole = (x: Float32Array) => globalSoftPool({ data: x, shape: SHAPE }).data;

function operators(bytes: Uint8Array): string[] {
  return fromBinary(ModelProtoSchema, bytes).graph!.node.map(({ opType }) => opType);
}

describe.each([18, 19, 20])('in opset %i', (opset) => {
  test('average pooling', async () => {
    expect(operators(await folded(model(PLAIN, opset), 'soft 2×2/2', two))).toEqual(['SoftPool_float32_k2x2_s2x2_p0x0x0x0']);
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
    expect(operators(await folded(model(nodes, opset), 'global soft', whole))).toEqual(['SoftPool_float32_global']);
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
      constant('shape', integerTensor([0, 3, 3, 2, 4, 2])),
      constant('flat', integerTensor([0, 3, 3, 4, 4])),
      constant('last', integerTensor([-1])),
      op('Reshape', ['x', 'shape'], 'split'),
      op('Transpose', ['split'], 'turned', { perm: [0, 1, 2, 4, 3, 5] }),
      op('Reshape', ['turned', 'flat'], 'windows'),
      op('Exp', ['windows'], 'e'),
      op('ReduceSum', ['e', 'last'], 'total'),
      op('Div', ['e', 'total'], 'w'),
      op('Mul', ['w', 'windows'], 'xw'),
      op('ReduceSum', ['xw', 'last'], 'y', { keepdims: 0 }),
    ];
    const bytes = model(nodes, opset, ({ graph }) => {
      graph!.input[0]!.type = tensorType('float32', SHAPE);
    });
    await folded(bytes, 'soft 2×2/2', two);
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
  const after = await folded(model(nodes), 'soft 2×2/2', two);
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
  const branch = (name: string, nodes: NodeProto[], output: string) =>
    create(GraphProtoSchema, { name, node: nodes, output: [{ name: output, type: ANY }] });
  const inBranch = PLAIN.map((node) => ({
    ...node,
    output: node.output.map((each) => `${each}_in`),
    input: node.input.map((each) => (each === 'x' ? each : `${each}_in`)),
  }));
  const node = op('If', ['isTrue'], 'y');
  node.attribute = [
    create(AttributeProtoSchema, { name: 'then_branch', type: AttributeProto_AttributeType.GRAPH, g: branch('then', inBranch, 'y_in') }),
    create(AttributeProtoSchema, {
      name: 'else_branch',
      type: AttributeProto_AttributeType.GRAPH,
      g: branch('else', [op('AveragePool', ['x'], 'z', POOL)], 'z'),
    }),
  ];
  const bytes = model([node], 17, ({ graph }) => {
    graph!.initializer = [{ ...floats('isTrue', [], []), dataType: TensorProto_DataType.BOOL, int32Data: [1] }];
  });
  expect(foldSoftPool(bytes).report[0]?.path).toBe('y/then_branch/y');
  await folded(bytes, 'soft 2×2/2', two);
});

describe('functions of the model', () => {
  const OPSETS = ['', 'user'].map((domain) => ({ domain, version: domain === '' ? 18n : 1n }));
  const functionOf = (name: string, input: string[], output: string, node: NodeProto[], more: object = {}) =>
    create(FunctionProtoSchema, {
      name,
      domain: 'user',
      input,
      output: [output],
      node,
      opsetImport: OPSETS,
      ...more,
    });
  const call = (opType: string, input: string[], output: string, attributes: Record<string, AttributeValue> = {}) => ({
    ...op(opType, input, output, attributes),
    domain: 'user',
  });
  const withFunctions = (nodes: NodeProto[], functions: ReturnType<typeof functionOf>[]): Uint8Array =>
    modelOf(nodes, OPEN, ANY, { opset: 18, functions });

  test('are written out if they are soft pooling: called twice, and one in another', async () => {
    const pooling = functionOf('SoftPool2d', ['x'], 'y', PLAIN);
    const block = functionOf('Block', ['input'], 'output', [op('Identity', ['input'], 'x'), call('SoftPool2d', ['x'], 'output')]);
    const bytes = withFunctions([call('Block', ['x'], 'a'), call('SoftPool2d', ['x'], 'b'), op('Max', ['a', 'b'], 'y')], [pooling, block]);
    const { model: after, report } = foldSoftPool(bytes);
    expect(report.map(({ action, to }) => [action, to])).toEqual([
      ['folded', 'soft 2×2/2'],
      ['folded', 'soft 2×2/2'],
    ]);
    const x = numbers(3);
    expect(off((await run(after, x)).y, (await run(bytes, x)).y?.data as Float32Array)).toBeLessThan(1e-5);
    expect(off((await run(after, numbers(1e4))).y, two(numbers(1e4)))).toBeLessThan(1e-5);
  });

  // As PyTorch's newer exporter writes operators: each in a function, with attributes of the call.
  test('of single operators, with attributes of their calls', async () => {
    const pool = op('AveragePool', ['self'], 'result');
    pool.attribute = ['kernel_shape', 'strides'].map((name) =>
      create(AttributeProtoSchema, {
        name,
        type: AttributeProto_AttributeType.INTS,
        refAttrName: name === 'strides' ? 'stride' : 'kernel_size',
      }),
    );
    const functions = [
      functionOf('aten_exp', ['self'], 'result', [op('Exp', ['self'], 'result')]),
      functionOf('aten_mul', ['self', 'other'], 'result', [op('Mul', ['self', 'other'], 'result')]),
      functionOf('aten_div', ['self', 'other'], 'result', [op('Div', ['self', 'other'], 'result')]),
      functionOf('aten_avg_pool2d', ['self'], 'result', [pool], {
        attribute: ['kernel_size'],
        attributeProto: [attribute('stride', [2, 2])],
      }),
      functionOf('SoftPool2d', ['x'], 'y', [
        call('aten_exp', ['x'], 'e'),
        call('aten_mul', ['x', 'e'], 'xe'),
        call('aten_avg_pool2d', ['xe'], 'n', { kernel_size: [2, 2] }),
        call('aten_avg_pool2d', ['e'], 'd', { kernel_size: [2, 2], stride: [2, 2] }),
        call('aten_div', ['n', 'd'], 'y'),
      ]),
    ];
    await folded(withFunctions([call('SoftPool2d', ['x'], 'y')], functions), 'soft 2×2/2', two);
  });

  test('stay if nothing in them can be folded', () => {
    const relu = withFunctions([call('Rectified', ['x'], 'y')], [functionOf('Rectified', ['x'], 'y', [op('Relu', ['x'], 'y')])]);
    expect(foldSoftPool(relu).report).toEqual([]);
    expect(fromBinary(ModelProtoSchema, foldSoftPool(relu).model)).toEqual(fromBinary(ModelProtoSchema, relu));
  });

  test('for an older opset are written out if their operators are still the same, and the model computes the same', async () => {
    const older = functionOf('Copy', ['x'], 'y', PLAIN, { opsetImport: [{ domain: '', version: 13n }] });
    await folded(withFunctions([call('Copy', ['x'], 'y')], [older]), 'soft 2×2/2', two);
  });

  test.each<[string, bigint, NodeProto[], string]>([
    [
      'an operator that is different now',
      13n,
      [
        op('Exp', ['x'], 'e'),
        op('Mul', ['e', 'x'], 'xe'),
        op('ReduceMean', ['xe'], 'n', { axes: [2, 3] }),
        op('ReduceMean', ['e'], 'd', { axes: [2, 3] }),
        op('Div', ['n', 'd'], 'y'),
      ],
      'which is for version 13 of ai.onnx, while the model is for version 18, and ReduceMean may be different there; export all of the model for one version',
    ],
    [
      'an operator that nobody knows',
      17n,
      [...PLAIN, op('Unheard', ['x'], 'z')],
      'which is for version 17 of ai.onnx, while the model is for version 18, and Unheard may be different there; export all of the model for one version',
    ],
    [
      'a newer opset',
      19n,
      PLAIN,
      'which is for version 19 of ai.onnx, while the model is for version 18; export all of the model for one version',
    ],
  ])('with %s stay, and the report says so', (_, version, nodes, reason) => {
    const other = functionOf('Copy', ['x'], 'y', nodes, { opsetImport: [{ domain: '', version }] });
    const inner = functionOf('Inner', ['x'], 'y', [op('Identity', ['x'], 'y')]);
    other.node.push({ ...op('', ['x'], 'unused'), opType: 'Inner', domain: 'user' });
    const bytes = withFunctions([call('Copy', ['x'], 'a'), call('Inner', ['x'], 'xx'), ...renamedPlain('xx')], [other, inner]);
    const { model: after, report } = foldSoftPool(bytes);
    expect(report.map(({ path, action, reason: why }) => [path, action, why])).toEqual([
      ['y', 'folded', 'same values'],
      ['Copy/y', 'refused', `it is in the function Copy of user, ${reason}`],
    ]);
    // Functions that others call stay with them.
    const names = fromBinary(ModelProtoSchema, after).functions.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Copy', 'Inner']));
  });

  test('bring the domains that only they use into the model', () => {
    const opsetImport = [...OPSETS, { domain: 'com.microsoft', version: 1n }];
    const gelu = { ...op('Gelu', ['x'], 'g'), domain: 'com.microsoft' };
    const block = functionOf('Block', ['x'], 'y', [gelu, ...PLAIN], { opsetImport });
    const { model: after } = foldSoftPool(withFunctions([call('Block', ['x'], 'y')], [block]));
    expect(fromBinary(ModelProtoSchema, after).opsetImport.map(({ domain }) => domain)).toContain('com.microsoft');
  });

  test('that call themselves are refused, directly and through others', () => {
    const one = functionOf('One', ['x'], 'y', [call('Two', ['x'], 'y')]);
    const again = functionOf('Two', ['x'], 'y', [call('One', ['x'], 'y')]);
    const bytes = withFunctions([call('One', ['x'], 'y')], [one, again]);
    expect(() => foldSoftPool(bytes)).toThrow(OnnxModelError);
    expect(() => foldSoftPool(bytes)).toThrow(/^the function "(One|Two)" of "user" calls itself$/);
    const self = functionOf('Self', ['x'], 'y', [call('Self', ['x'], 'y')]);
    expect(() => foldSoftPool(withFunctions([call('Self', ['x'], 'y')], [self]))).toThrow('the function "Self" of "user" calls itself');
  });

  test('that would be billions of nodes, or are nested thousands deep, stay', { tags: 'long' }, () => {
    const chain = (length: number, calls: number): Uint8Array => {
      const functions = Array.from({ length }, (_, i) => {
        const next = (k: number): NodeProto => (i === 0 ? op('Relu', ['x'], `v${k}`) : call(`F${i - 1}`, ['x'], `v${k}`));
        return functionOf(
          `F${i}`,
          ['x'],
          'v0',
          Array.from({ length: calls }, (_value, k) => next(k)),
        );
      });
      return withFunctions([call(`F${length - 1}`, ['x'], 'xx'), ...renamedPlain('xx')], functions);
    };
    for (const bytes of [chain(40, 2), chain(20_000, 1)]) {
      const { model: after, report } = foldSoftPool(bytes);
      // The function's type is not known, so neither is that of what comes after it.
      expect(report.map(({ action }) => action)).toEqual(['refused']);
      expect(fromBinary(ModelProtoSchema, after)).toEqual(fromBinary(ModelProtoSchema, bytes));
    }
  });
});

/** The composition, of another value. */
function renamedPlain(x: string): NodeProto[] {
  return PLAIN.map((node) => ({ ...node, input: node.input.map((name) => (name === 'x' ? x : name)) }));
}

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
    'a lower limit that is no mere guard',
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
