/** Dynamic sizes of which only some are tried, and sizes that no memory has. */
import type { NodeProto } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { integerTensor } from '../graph/attributes.ts';
import { foldSoftPool } from '../index.ts';
import { constant, model, numbers, off, op, operators, refused, run, WEIGHTED } from '../testing/compositions.ts';

describe('a crop to a constant, of an input with dynamic sizes', () => {
  const [height, sixtyFour, hundred] = ['height', 'c64', 'c100'] as const;
  const constants = [0, 1, 2, 64, 100, 2 ** 31 - 1].map((value) => constant(`c${value}`, integerTensor([value])));
  const computed = [
    op('Shape', ['x'], 'sizes', { start: 2, end: 3 }),
    op('Identity', ['sizes'], height),
    op('Min', [height, hundred], 'least'),
    op('Div', [height, sixtyFour], 'quotient'),
  ];
  /** All of `t`, which a Slice of x makes, by a softmax. */
  const globally = [
    constant('flat', integerTensor([0, 3, -1])),
    constant('last', integerTensor([-1])),
    op('Reshape', ['t', 'flat'], 'windows'),
    op('Softmax', ['windows'], 'w', { axis: 2 }),
    ...WEIGHTED,
  ];

  test.each<[string, NodeProto, number[]]>([
    ['rows', op('Slice', ['x', 'c0', hundred, 'c2'], 't'), [1, 3, 128, 4]],
    ['the last rows', op('Slice', ['x', '−100', `c${2 ** 31 - 1}`, 'c2'], 't'), [1, 3, 128, 4]],
    ['rows by a minimum', op('Slice', ['x', 'c0', 'least', 'c2'], 't'), [1, 3, 128, 4]],
    ['rows by a quotient', op('Slice', ['x', 'quotient', `c${2 ** 31 - 1}`, 'c2'], 't'), [1, 3, 128, 4]],
    ['the batch', op('Slice', ['x', 'c0', sixtyFour, 'c0'], 't'), [70, 3, 2, 4]],
  ])('of %s stays before the pooling', async (_, slice, shape) => {
    const bytes = model([...constants, constant('−100', integerTensor([-100])), ...computed, slice, ...globally], 17);
    const { model: after, report } = foldSoftPool(bytes);
    expect(report).toMatchObject([{ action: 'folded', to: 'global soft', reason: 'same values' }]);
    expect(operators(after)).toContain('Slice');
    const x = numbers(3, shape);
    expect(off((await run(after, x, shape)).y, (await run(bytes, x, shape)).y?.data as Float32Array)).toBeLessThan(1e-5);
  });

  test.each<[string, string[], string]>([
    ['rows', ['c0', hundred], 'Slice cropped compares a size with 100, beyond which none was tried'],
    ['rows by a minimum', ['c0', 'least'], 'Min least compares a size with 100, beyond which none was tried'],
    ['rows by a quotient', ['quotient', `c${2 ** 31 - 1}`], 'Div quotient gives 0 for the sizes that were tried, and may not for others'],
  ])('of the windows, to %s, is refused', (_, ends, reason) => {
    const pairs = [
      constant('columns', integerTensor([3])),
      constant('last', integerTensor([4])),
      op('Slice', ['x', 'c0', `c${2 ** 31 - 1}`, 'columns', 'c2'], 'a'),
      op('Slice', ['x', 'c1', `c${2 ** 31 - 1}`, 'columns', 'c2'], 'b'),
      op('Unsqueeze', ['a', 'last'], 'evens'),
      op('Unsqueeze', ['b', 'last'], 'odds'),
      op('Concat', ['evens', 'odds'], 'all', { axis: 4 }),
      op('Slice', ['all', ...ends, 'c2'], 'cropped'),
      op('Identity', ['cropped'], 'windows'),
      op('Softmax', ['windows'], 'w', { axis: 4 }),
      ...WEIGHTED,
    ];
    refused(model([...constants, ...computed, ...pairs], 17), reason);
  });
});

describe('values of more elements than memory has', () => {
  const ofT = [
    op('Exp', ['t'], 'e'),
    op('Mul', ['t', 'e'], 'xe'),
    op('ReduceSum', ['xe', 'rows'], 'n'),
    op('ReduceSum', ['e', 'rows'], 'd'),
    op('Div', ['n', 'd'], 'y'),
  ];
  const rows = constant('rows', integerTensor([2]));
  const number = (name: string, value: number): NodeProto => constant(name, { ...integerTensor([value]), dims: [] });

  test.each<[string, NodeProto[]]>([
    ['pads', [constant('pads', integerTensor([0, 0, 0, 0, 0, 0, 0, 2 ** 40])), op('Pad', ['x', 'pads'], 't')]],
    ['pads and nothing', [constant('pads', integerTensor([0, 0, 0, 2 ** 40, 0, 0, 0, -1000])), op('Pad', ['x', 'pads'], 't')]],
    [
      'indices',
      [
        number('from', 0),
        number('to', 2 ** 31),
        number('by', 1),
        op('Range', ['from', 'to', 'by'], 'r'),
        op('Gather', ['x', 'r'], 't', { axis: 3 }),
      ],
    ],
    ['zeros', [constant('shape', integerTensor([2 ** 20, 2 ** 20])), op('ConstantOfShape', ['shape'], 'z'), op('Add', ['x', 'z'], 't')]],
  ])('%s: refused without being made', (_, nodes) => {
    const { report } = foldSoftPool(model([rows, ...nodes, ...ofT], 17));
    expect(report).toMatchObject([{ action: 'refused' }]);
  });
});
