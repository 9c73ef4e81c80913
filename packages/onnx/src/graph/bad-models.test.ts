import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { ModelProtoSchema, type NodeProto, NodeProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { externalFiles, inspectPooling, OnnxModelError, swapPooling } from '../index.ts';

const ANY = tensorType('float32', ['N', 'C', 'H', 'W']);

function node(name: string, input: string[], output: string[]): NodeProto {
  return create(NodeProtoSchema, { opType: 'Relu', name, input, output });
}

const GOOD = modelOf([node('first', ['x'], ['a']), node('second', ['a'], ['y'])], ANY, ANY);

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'no ONNX model: there are no bytes'],
  ['text', new TextEncoder().encode('not a model'), 'no ONNX model, or a truncated one: '],
  ['an empty JSON document', new TextEncoder().encode('{}'), 'no ONNX model'],
  [
    'an opset that is too old',
    modelOf([node('n', ['x'], ['y'])], ANY, ANY, { opset: 10 }),
    'the ONNX model is for opset 10; what can be edited is 11 to 26',
  ],
  [
    'one that nobody knows',
    modelOf([node('n', ['x'], ['y'])], ANY, ANY, { opset: 99 }),
    'the ONNX model is for opset 99; what can be edited is 11 to 26',
  ],
  [
    'a cycle',
    modelOf([node('in', ['x'], ['i']), node('one', ['b'], ['a']), node('two', ['a'], ['b']), node('out', ['b'], ['y'])], ANY, ANY),
    'the graph is cyclic: node "one" (Relu) depends on itself',
  ],
  ['a node of itself', modelOf([node('loop', ['y'], ['y'])], ANY, ANY), 'the graph is cyclic: node "loop" (Relu) depends on itself'],
  [
    'an initializer that is missing',
    modelOf([node('', ['w'], ['y'])], ANY, ANY),
    'the Relu node that gives "y" reads "w", which is no input, no initializer and no output of a node',
  ],
  ['an output from nowhere', modelOf([node('n', ['x'], ['z'])], ANY, ANY), 'the output "y" of the graph comes from no node'],
  [
    'two nodes for one value',
    modelOf([node('n', ['x'], ['y']), node('m', ['x'], ['y'])], ANY, ANY),
    'node "m" (Relu) and node "n" (Relu) both give "y"',
  ],
])('%s is refused in one line', (_, bytes, message) => {
  for (const call of [swapPooling, inspectPooling, externalFiles]) {
    expect(() => call(bytes)).toThrow(OnnxModelError);
    expect(() => call(bytes)).toThrow(message);
    expect(() => call(bytes)).not.toThrow(/\n/);
  }
});

test('wherever a model is cut off, it is refused, or is one still', () => {
  const outcomes = Array.from({ length: GOOD.length }, (_, length) => {
    try {
      inspectPooling(GOOD.slice(0, length));
      return 'read';
    } catch (error) {
      return error instanceof OnnxModelError ? 'refused' : (error as Error).message;
    }
  });
  expect(new Set(outcomes)).toEqual(new Set(['refused']));
  expect(inspectPooling(GOOD)).toEqual([]);
});

test('a node may stand before what it reads', () => {
  expect(inspectPooling(modelOf([node('second', ['a'], ['y']), node('first', ['x'], ['a'])], ANY, ANY))).toEqual([]);
});

function withExternal(...tensors: { location?: string; offset?: string; length?: string }[]): Uint8Array {
  const model = fromBinary(ModelProtoSchema, GOOD);
  model.graph!.initializer = tensors.map((entries, i) => {
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return create(TensorProtoSchema, { name: `w${i}`, dataType: 1, dims: [64n], dataLocation: 1, externalData });
  });
  return toBinary(ModelProtoSchema, model);
}

test('the files of external data are listed, each once, with the bytes that it must have', () => {
  const model = withExternal(
    { location: 'weights.bin', offset: '4096', length: '256' },
    { location: './weights.bin', length: '256' },
    { location: 'more/w.bin' },
  );
  expect(externalFiles(model)).toEqual([
    { path: 'weights.bin', size: 4352, tensor: 'w0' },
    { path: 'more/w.bin', size: 0, tensor: 'w2' },
  ]);
});

test.each(['../weights.bin', 'a/../../b', '/etc/passwd', 'C:\\w.bin', '..\\w.bin', '', 'a\0b'])(
  '%j is not in the folder of the model',
  (location) => {
    expect(() => externalFiles(withExternal({ location }))).toThrow(
      /^the data of the tensor "w0" would be in .*, which is not in the folder/,
    );
  },
);

test('positions must be numbers', () => {
  expect(() => externalFiles(withExternal({ location: 'w', offset: '-1' }))).toThrow('has the position or length "-1"');
});
