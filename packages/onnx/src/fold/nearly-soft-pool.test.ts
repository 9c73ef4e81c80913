/**
 * Compositions that differ from soft pooling in one place are refused, and the report says where.
 * Their neighbors, which do not differ, are folded and keep their values.
 */
import { floats } from '@softpool/testing/onnx-models';
import { type NodeProto, TensorProto_DataType } from 'onnx-buf';
import { decodeFloat16, encodeFloat16, product, type Tensor } from 'softpool/internal';
import { softPool2d } from 'softpool/reference';
import { describe, test } from 'vitest';
import { integerTensor } from '../graph/attributes.ts';
import {
  constant,
  fixedModel,
  folded,
  GATHERED,
  model,
  op,
  POOL,
  pooled2x2,
  ratio,
  refused,
  SHAPE,
  WEIGHTED,
} from '../testing/compositions.ts';

/** The rows of x. */
function rowsOf(x: Float32Array): number[][] {
  const [, , , width = 1] = SHAPE;
  return Array.from({ length: x.length / width }, (_, i) => Array.from(x.subarray(i * width, (i + 1) * width)));
}

/** x with zeros around its planes. */
function withZeros(x: Float32Array): Tensor<Float32Array> {
  const [batch = 1, channels = 1, height = 1, width = 1] = SHAPE;
  const zeros = Array.from({ length: width + 2 }, () => 0);
  const rows = rowsOf(x).map((row) => [0, ...row, 0]);
  const planes = Array.from({ length: batch * channels }, (_, i) => [zeros, ...rows.slice(i * height, (i + 1) * height), zeros]);
  return { data: Float32Array.from(planes.flat(2)), shape: [batch, channels, height + 2, width + 2] };
}

/** x with a number before each row. */
function withColumn(x: Float32Array, fill: number): Tensor<Float32Array> {
  const [batch = 1, channels = 1, height = 1, width = 1] = SHAPE;
  return { data: Float32Array.from(rowsOf(x).flatMap((row) => [fill, ...row])), shape: [batch, channels, height, width + 1] };
}

/** A constant whose numbers are 0, 1, 2, 0, 1, 2, …, or what `at` gives. */
function numbersOf(name: string, shape: number[], at: (i: number) => number = (i) => i % 3): NodeProto {
  const length = product(shape);
  return constant(
    name,
    floats(
      '',
      shape,
      Array.from({ length }, (_, i) => at(i)),
    ),
  );
}

const PLACES = numbersOf('b', [1, 1, 6, 8]);
const CHANNELS = numbersOf('b', [1, 3, 1, 1]);
const MAXIMUM = op('ReduceMax', ['x'], 'm', { axes: [1, 2, 3] });
const ONE = constant('one', integerTensor([1]));
const SHARED = [op('Exp', ['z'], 'all'), ONE, op('ReduceSum', ['all', 'one'], 'e')];
const TWICE = numbersOf('c', [], () => 2);

describe('numbers in the exponent', () => {
  test.each<[string, NodeProto[], string]>([
    ['added to x', [PLACES, op('Add', ['x', 'b'], 'z')], 'its exponents add Constant b to x, which may differ within a window'],
    ['to which x is added', [PLACES, op('Add', ['b', 'x'], 'z')], 'its exponents add Constant b to x, which may differ within a window'],
    [
      'subtracted from x',
      [PLACES, op('Sub', ['x', 'b'], 'z')],
      'its exponents subtract Constant b from x, which may differ within a window',
    ],
    [
      'added to a maximum',
      [PLACES, MAXIMUM, op('Add', ['m', 'b'], 'mb'), op('Sub', ['x', 'mb'], 'z')],
      'its exponents subtract Add mb from x, which may differ within a window',
    ],
    [
      'that limit a maximum',
      [PLACES, MAXIMUM, op('Max', ['m', 'b'], 'mb'), op('Sub', ['x', 'mb'], 'z')],
      'its exponents subtract Max mb from x, which may differ within a window',
    ],
  ])('%s, one for each position', (_, nodes, reason) => {
    refused(fixedModel([...nodes, op('Exp', ['z'], 'e'), ...ratio('e')]), reason);
  });

  test('one for each position of a window', () => {
    const nodes = [...GATHERED, numbersOf('b', [4]), op('Sub', ['windows', 'b'], 'z'), op('Softmax', ['z'], 'w'), ...WEIGHTED];
    refused(fixedModel(nodes), 'what its exponents subtract from x differs within a window');
  });

  test('one for each channel, where channels share weights', () => {
    refused(
      model([CHANNELS, op('Add', ['x', 'b'], 'z'), ...SHARED, ...ratio('e')], 17),
      'its exponents add Constant b to x, which may differ within a window or between channels',
    );
  });

  test.each<[string, NodeProto[]]>([
    ['one for each channel', [CHANNELS, op('Add', ['x', 'b'], 'z')]],
    ['one for each channel, beside a maximum', [CHANNELS, MAXIMUM, op('Add', ['m', 'b'], 'mb'), op('Sub', ['x', 'mb'], 'z')]],
    [
      'one for each window',
      [numbersOf('b', [1, 1, 6, 8], (i) => Math.floor(i / 16) + (Math.floor(i / 2) % 4)), op('Add', ['x', 'b'], 'z')],
    ],
    ['a single one', [numbersOf('b', [1, 1, 1, 1], () => 2), op('Add', ['x', 'b'], 'z')]],
  ])('%s: they cancel', async (_, nodes) => {
    await folded(fixedModel([...nodes, op('Exp', ['z'], 'e'), ...ratio('e')]), 'soft 2×2/2', pooled2x2);
  });
});

describe('what the exponents of both sums subtract', () => {
  const above = [MAXIMUM, op('Sub', ['x', 'm'], 'z'), op('Exp', ['z'], 'e')];
  const [one, two, nine] = [1, 2, 9].map((value) => numbersOf('c', [], () => value)) as [NodeProto, NodeProto, NodeProto];
  test.each<[string, NodeProto[]]>([
    ['added below', [op('Add', ['x', 'm'], 'below')]],
    ['twice below', [two, op('Mul', ['m', 'c'], 'm2'), op('Sub', ['x', 'm2'], 'below')]],
    ['at least 9 below', [nine, op('Max', ['m', 'c'], 'm2'), op('Sub', ['x', 'm2'], 'below')]],
    ['at least 9 below, by Clip', [nine, op('Clip', ['m', 'c'], 'm2'), op('Sub', ['x', 'm2'], 'below')]],
    ['one more below', [one, op('Add', ['m', 'c'], 'm2'), op('Sub', ['x', 'm2'], 'below')]],
    ['negative below', [op('Neg', ['m'], 'm2'), op('Sub', ['x', 'm2'], 'below')]],
    ['only above', [op('Identity', ['x'], 'below')]],
  ])('%s', (_, nodes) => {
    refused(
      model([...above, ...nodes, op('Exp', ['below'], 'e2'), ...ratio('e', 'e2')], 17),
      'its exponents subtract different values from x in the numerator and the denominator',
    );
  });

  test('before and after x is multiplied', () => {
    const nodes = [
      two,
      MAXIMUM,
      op('Sub', ['x', 'm'], 'z'),
      op('Mul', ['z', 'c'], 'z2'),
      op('Mul', ['x', 'c'], 'x2'),
      op('Sub', ['x2', 'm'], 'below'),
      op('Exp', ['z2'], 'e'),
      op('Exp', ['below'], 'e2'),
    ];
    refused(
      model([...nodes, ...ratio('e', 'e2')], 17),
      'its exponents subtract different values from x in the numerator and the denominator',
    );
  });

  test.each<[string, NodeProto[]]>([
    ['the same', [op('Identity', ['m'], 'm2')]],
    ['computed twice', [op('ReduceMax', ['x'], 'm2', { axes: [1, 2, 3] })]],
  ])('%s: it cancels', async (_, nodes) => {
    const below = [...nodes, op('Sub', ['x', 'm2'], 'below'), op('Exp', ['below'], 'e2')];
    await folded(fixedModel([...above, ...below, ...ratio('e', 'e2')]), 'soft 2×2/2', pooled2x2);
  });

  test.each<[string, NodeProto[]]>([
    ['a maximum of at least 9', [nine, op('Max', ['m', 'c'], 'm2')]],
    ['twice the maximum', [two, op('Mul', ['m', 'c'], 'm2')]],
    ['the maximum and 1', [one, op('Add', ['m', 'c'], 'm2')]],
  ])('%s on both sides: it cancels', async (_, nodes) => {
    const bytes = fixedModel([MAXIMUM, ...nodes, op('Sub', ['x', 'm2'], 'z'), op('Exp', ['z'], 'e'), ...ratio('e')]);
    await folded(bytes, 'soft 2×2/2', pooled2x2);
  });
});

test('a part of each softmax', () => {
  const nodes = [
    ...GATHERED,
    op('Softmax', ['windows'], 's'),
    ...[0, 2].map((at) => constant(`c${at}`, integerTensor([at]))),
    op('Slice', ['s', 'c0', 'c2', 'last'], 'w'),
    op('Slice', ['windows', 'c0', 'c2', 'last'], 'part'),
    op('Mul', ['part', 'w'], 'xw'),
    op('ReduceSum', ['xw', 'last'], 'y', { keepdims: 0 }),
  ];
  refused(fixedModel(nodes), 'its softmax runs over other elements than its sum');
});

describe('stacked slices', () => {
  /** Even and odd columns, of which `odd` makes `o` from `b`, in windows of 1×2. */
  const stacked = (odd: NodeProto[], even = op('Identity', ['a'], 'e')): Uint8Array =>
    fixedModel([
      ...[0, 1].map((start) => constant(`start${start}`, integerTensor([start]))),
      constant('end', integerTensor([2 ** 31 - 1])),
      constant('axis', integerTensor([3])),
      constant('step', integerTensor([2])),
      constant('last', integerTensor([4])),
      op('Slice', ['x', 'start0', 'end', 'axis', 'step'], 'a'),
      op('Slice', ['x', 'start1', 'end', 'axis', 'step'], 'b'),
      even,
      ...odd,
      op('Unsqueeze', ['e', 'last'], 'evens'),
      op('Unsqueeze', ['o', 'last'], 'odds'),
      op('Concat', ['evens', 'odds'], 'windows', { axis: 4 }),
      op('Softmax', ['windows'], 'w', { axis: 4 }),
      ...WEIGHTED,
    ]);

  test('as they are', async () => {
    const definition = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, { kernelSize: [1, 2] }).data;
    await folded(stacked([op('Identity', ['b'], 'o')]), 'soft 1×2/1×2', definition);
  });

  test.each<[string, NodeProto[], string]>([
    ['multiplied', [TWICE, op('Mul', ['b', 'c'], 'o')], 'Concat windows joins inputs that Mul o changes'],
    ['with 2 added', [TWICE, op('Add', ['b', 'c'], 'o')], 'Concat windows joins inputs that Add o changes'],
    [
      'with 2 added, and moved',
      [TWICE, op('Add', ['b', 'c'], 'b2'), op('Identity', ['b2'], 'o')],
      'Concat windows joins inputs that Add b2 changes',
    ],
    ['limited', [TWICE, op('Clip', ['b', 'c'], 'o')], 'Concat windows joins inputs that Clip o changes'],
    [
      'rounded to float16',
      [op('Cast', ['b'], 'h', { to: TensorProto_DataType.FLOAT16 }), op('Cast', ['h'], 'o', { to: TensorProto_DataType.FLOAT })],
      'Concat windows joins inputs that Cast h changes',
    ],
    ['without negative numbers', [op('Relu', ['b'], 'o')], 'Concat windows joins inputs that Relu o changes'],
    [
      'as integers',
      [op('Cast', ['b'], 'i', { to: TensorProto_DataType.INT64 }), op('Cast', ['i'], 'o', { to: TensorProto_DataType.FLOAT })],
      'Cast i cannot be followed',
    ],
  ])('of which one is %s', (_, odd, reason) => refused(stacked(odd), reason));
});

describe('a difference from the logarithm of a sum', () => {
  const axes = { axes: [-1] };
  const weights = (of: string, from: string): NodeProto[] => [
    op('ReduceLogSumExp', [of], 'total', axes),
    op('Sub', [from, 'total'], 'z'),
    op('Exp', ['z'], 'w'),
    ...WEIGHTED,
  ];
  const twice = [...GATHERED, TWICE, op('Mul', ['windows', 'c'], 'double')];
  const moved = [...GATHERED, op('Neg', ['windows'], 'negative')];
  const limits = [numbersOf('least', [], () => -1), numbersOf('most', [], () => 1)];

  test.each<[string, NodeProto[], string, string]>([
    ['of half of the exponents', twice, 'windows', 'double'],
    ['of twice the exponents', twice, 'double', 'windows'],
    ['of the negative exponents', moved, 'negative', 'windows'],
    ['of limited exponents', [...GATHERED, ...limits, op('Clip', ['windows', 'least', 'most'], 'limited')], 'limited', 'windows'],
  ])('%s is not a softmax', (_, nodes, of, from) => {
    const reason = `its weights are no softmax: Sub z subtracts the logarithm of a sum of exponentials of ${of} from ${from}`;
    refused(fixedModel([...nodes, ...weights(of, from)]), reason);
  });

  test('of the exponents is one', async () => {
    await folded(fixedModel([...GATHERED, ...weights('windows', 'windows')]), 'soft 2×2/2', pooled2x2);
  });

  test('of exponents that are computed twice is one', async () => {
    const definition = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, { kernelSize: 2, beta: 2 }).data;
    const nodes = [...twice, op('Mul', ['windows', 'c'], 'same'), ...weights('double', 'same')];
    await folded(fixedModel(nodes), 'soft 2×2/2, β 2', definition);
  });
});

describe('weights of all channels', () => {
  const mean = op('ReduceMean', ['all'], 'e2', { axes: [1] });
  const all = [op('Identity', ['x'], 'z'), ...SHARED, mean];
  const definition = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, { kernelSize: 2, weights: 'shared' }).data;

  test.each([
    ['e', 'e2'],
    ['e2', 'e'],
  ])('sums and means are not the same', (above, below) => {
    refused(
      model([...all, ...ratio(above, below)], 17),
      'the weights of the numerator and the denominator differ: one is the sum over channels, the other their mean',
    );
  });

  test.each(['e', 'e2'])('either is, twice', async (weight) => {
    await folded(fixedModel([...all, ...ratio(weight)]), 'soft 2×2/2, shared weights', definition);
  });
});

describe('weights that are padded with a number', () => {
  const pads = constant('pads', integerTensor([0, 0, 1, 1, 0, 0, 1, 1]));
  /** x → y with x·e padded with zeros, and e with `fill`. */
  const padded = (fill: number): NodeProto[] => [
    pads,
    numbersOf('fill', [], () => fill),
    op('Mul', ['x', 'e'], 'xe'),
    op('Pad', ['xe', 'pads'], 'around xe'),
    op('Pad', ['e', 'pads', 'fill'], 'around e'),
    op('AveragePool', ['around xe'], 'n', POOL),
    op('AveragePool', ['around e'], 'd', POOL),
    op('Div', ['n', 'd'], 'y'),
  ];
  const plain = [op('Exp', ['x'], 'e')];
  const doubled = [TWICE, op('Exp', ['x'], 'e1'), op('Mul', ['e1', 'c'], 'e')];
  const later = [TWICE, op('Add', ['x', 'c'], 'z'), op('Exp', ['z'], 'e')];

  test.each<[string, NodeProto[], string]>([
    ['1 around 2eˣ', [...doubled, ...padded(1)], 'it pads weights with 1, and the weight of a zero is 2'],
    ['1 around e^(x + 2)', [...later, ...padded(1)], 'it pads weights with 1, and the weight of a zero is 7.38906'],
    ['2 around eˣ', [...plain, ...padded(2)], 'it pads weights with 2, and the weight of a zero is 1'],
    [
      '1 around e^(x − m)',
      [MAXIMUM, op('Sub', ['x', 'm'], 'z'), op('Exp', ['z'], 'e'), ...padded(1)],
      'it pads weights with 1, which is not the weight of a zero, since its exponents are not of x alone',
    ],
  ])('%s', (_, nodes, reason) => refused(fixedModel(nodes), reason));

  test.each<[string, NodeProto[]]>([
    ['1 around eˣ', [...plain, ...padded(1)]],
    ['2 around 2eˣ', [...doubled, ...padded(2)]],
    ['e² around e^(x + 2)', [...later, ...padded(Math.exp(2))]],
  ])('%s: as many zeros', async (_, nodes) => {
    const definition = (x: Float32Array) => softPool2d(withZeros(x), { kernelSize: 2 }).data;
    await folded(fixedModel(nodes), 'soft 2×2/2 pad 1 with zeros', definition);
  });
});

describe('very negative padding before pairs of columns', () => {
  /** Pairs of neighbors along rows, with `fill` before the first, times `beta` in the exponent. */
  const pairs = (fill: number, beta: number): Uint8Array =>
    fixedModel([
      constant('pads', integerTensor([0, 0, 0, 1, 0, 0, 0, 0])),
      numbersOf('fill', [], () => fill),
      numbersOf('beta', [], () => beta),
      ...[0, 1, -1, 2 ** 31 - 1].map((at) => constant(`at ${at}`, integerTensor([at]))),
      constant('axis', integerTensor([3])),
      constant('last', integerTensor([4])),
      op('Pad', ['x', 'pads', 'fill'], 'padded'),
      op('Slice', ['padded', 'at 0', 'at -1', 'axis'], 'left'),
      op('Slice', ['padded', 'at 1', `at ${2 ** 31 - 1}`, 'axis'], 'right'),
      op('Unsqueeze', ['left', 'last'], 'lefts'),
      op('Unsqueeze', ['right', 'last'], 'rights'),
      op('Concat', ['lefts', 'rights'], 'windows', { axis: 4 }),
      op('Mul', ['windows', 'beta'], 'z'),
      op('Softmax', ['z'], 'w', { axis: 4 }),
      ...WEIGHTED,
    ]);

  test('is left out where it has no weight', async () => {
    const options = {
      kernelSize: [1, 2],
      stride: 1,
      padding: [
        [0, 0],
        [1, 0],
      ],
      beta: 0.5,
    } as const;
    const definition = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, options).data;
    await folded(pairs(-1e4, 0.5), 'soft 1×2/1 pad 0+0 × 1+0, β 0.5', definition);
  });

  test('counts where β is so small that it has', async () => {
    const definition = (x: Float32Array) => softPool2d(withColumn(x, -1e4), { kernelSize: [1, 2], stride: 1, beta: 2 ** -11 }).data;
    await folded(pairs(-1e4, 2 ** -11), 'soft 1×2/1, β 0.00048828125', definition);
  });
});

describe('a Cast', () => {
  const cast = (from: string, to: string, type: TensorProto_DataType): NodeProto => op('Cast', [from], to, { to: type });
  const { FLOAT, FLOAT16, DOUBLE, INT64 } = TensorProto_DataType;
  const rounded = (from: string, to: string): NodeProto[] => [cast(from, 'h', FLOAT16), cast('h', to, FLOAT)];
  /** The composition of `f`. */
  const ofF = [
    op('Exp', ['f'], 'e'),
    ...ratio('e').map((node) => ({ ...node, input: node.input.map((each) => (each === 'x' ? 'f' : each)) })),
  ];

  test.each<[string, NodeProto[], string]>([
    [
      'the exponents',
      [...rounded('x', 'z'), op('Exp', ['z'], 'e'), ...ratio('e')],
      'Cast h rounds its exponents to float16, and x has more digits',
    ],
    [
      'the weights',
      [op('Exp', ['x'], 'e1'), ...rounded('e1', 'e'), ...ratio('e')],
      'Cast h rounds its weights to float16, and x has more digits',
    ],
    [
      'the exponents of a softmax',
      [...GATHERED, ...rounded('windows', 'z'), op('Softmax', ['z'], 'w'), ...WEIGHTED],
      'Cast h rounds its exponents to float16, and x has more digits',
    ],
    [
      'a softmax',
      [...GATHERED, op('Softmax', ['windows'], 's'), ...rounded('s', 'w'), ...WEIGHTED],
      'Cast h rounds its weights to float16, and x has more digits',
    ],
  ])('that rounds %s to float16', (_, nodes, reason) => refused(fixedModel(nodes), reason));

  test('that rounds x to float16 stays', async () => {
    const definition = (x: Float32Array) => pooled2x2(x.map((value) => decodeFloat16(encodeFloat16(value))));
    await folded(fixedModel([...rounded('x', 'f'), ...ofF]), 'soft 2×2/2', definition);
  });

  test('of exponents to double and back goes', async () => {
    const nodes = [cast('x', 'long', DOUBLE), cast('long', 'z', FLOAT), op('Exp', ['z'], 'e'), ...ratio('e')];
    await folded(fixedModel(nodes), 'soft 2×2/2', pooled2x2);
  });

  test.each<[string, NodeProto[]]>([
    ['pooled', ofF],
    [
      'gathered',
      [
        ...GATHERED.map((node) => ({ ...node, input: node.input.map((each) => (each === 'x' ? 'f' : each)) })),
        op('Softmax', ['windows'], 'w'),
        ...WEIGHTED,
      ],
    ],
  ])('of integers to floats, which are %s, stays', async (_, nodes) => {
    const definition = (x: Float32Array) => pooled2x2(x.map(Math.trunc));
    await folded(fixedModel([cast('x', 'i', INT64), cast('i', 'f', FLOAT), ...nodes]), 'soft 2×2/2', definition);
  });
});
