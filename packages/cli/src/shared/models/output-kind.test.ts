import { type Node, onnxModel, type Value } from '@softpool/testing/onnx-models';
import { expect, test } from 'vitest';
import { outputKind } from './output-kind.ts';

const X: Value = { name: 'x', type: 'float32', shape: ['N', 3] };

test.each<[string, readonly Pick<Node, 'op' | 'domain'>[], string]>([
  ['a softmax', [{ op: 'Softmax' }], 'Softmax'],
  ['a softmax that is cast', [{ op: 'Softmax' }, { op: 'Cast' }], 'Softmax'],
  [
    'the same with the other name of the domain',
    [
      { op: 'Softmax', domain: 'ai.onnx' },
      { op: 'Cast', domain: 'ai.onnx' },
    ],
    'Softmax',
  ],
  ['a softmax that is quantized', [{ op: 'Softmax' }, { op: 'QuantizeLinear' }, { op: 'DequantizeLinear' }], 'Softmax'],
  ['a quantized softmax', [{ op: 'QLinearSoftmax', domain: 'com.microsoft' }, { op: 'DequantizeLinear' }], 'Softmax'],
  ['a quantized sigmoid', [{ op: 'QLinearSigmoid', domain: 'com.microsoft' }, { op: 'DequantizeLinear' }], 'Sigmoid'],
  ['a product of a softmax', [{ op: 'Softmax' }, { op: 'Mul' }], 'Mul'],
  ['a function that is called as an operator', [{ op: 'Softmax' }, { op: 'Cast', domain: 'mine' }], 'Cast'],
])('the output of %s', (_, operators, expected) => {
  const nodes = operators.map((each, i) => ({ ...each, inputs: [`v${i}`], outputs: [`v${i + 1}`] }));
  const output = `v${nodes.length}`;
  const model = onnxModel({ inputs: [{ ...X, name: 'v0' }], outputs: [{ ...X, name: output }], nodes });
  expect(outputKind(model, output).operator).toBe(expected);
});
