/** Folding what the functions of a model compute. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { modelOf } from '@softpool/testing/onnx-models';
import { AttributeProto_AttributeType, AttributeProtoSchema, FunctionProtoSchema, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { foldSoftPool, OnnxModelError } from '../index.ts';
import { ANY, folded, numbers, OPEN, off, op, PLAIN, pooled2x2, renamedPlain, run } from '../testing/compositions.ts';

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
    expect(off((await run(after, numbers(1e4))).y, pooled2x2(numbers(1e4)))).toBeLessThan(1e-5);
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
    await folded(withFunctions([call('SoftPool2d', ['x'], 'y')], functions), 'soft 2×2/2', pooled2x2);
  });

  test('stay if nothing in them can be folded', () => {
    const relu = withFunctions([call('Rectified', ['x'], 'y')], [functionOf('Rectified', ['x'], 'y', [op('Relu', ['x'], 'y')])]);
    expect(foldSoftPool(relu).report).toEqual([]);
    expect(fromBinary(ModelProtoSchema, foldSoftPool(relu).model)).toEqual(fromBinary(ModelProtoSchema, relu));
  });

  test('for an older opset are written out if their operators are still the same, and the model computes the same', async () => {
    const older = functionOf('Copy', ['x'], 'y', PLAIN, { opsetImport: [{ domain: '', version: 13n }] });
    await folded(withFunctions([call('Copy', ['x'], 'y')], [older]), 'soft 2×2/2', pooled2x2);
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
