/**
 * Compositions that differ from soft pooling in one place are refused, and the report says where.
 * Their neighbors, which do not differ, are folded and keep their values.
 */
import { floats } from '@softpool/testing/onnx-models';
import { type NodeProto, TensorProto_DataType } from 'onnx-buf';
import { softPool2d } from 'softpool/reference';
import { describe, test } from 'vitest';
import { integerTensor } from '../graph/attributes.ts';
import { constant, fixedModel, folded, GATHERED, model, op, pooled2x2, ratio, refused, SHAPE, WEIGHTED } from '../testing/compositions.ts';

/** A constant whose numbers are 0, 1, 2, 0, 1, 2, …, or what `at` gives. */
function numbersOf(name: string, shape: number[], at: (i: number) => number = (i) => i % 3): NodeProto {
  const length = shape.reduce((product, size) => product * size, 1);
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
  ])('%s is no softmax', (_, nodes, of, from) => {
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
