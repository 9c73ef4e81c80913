import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import {
  type AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  TrainingInfoProtoSchema,
} from 'onnx-buf';
import { expect, test } from 'vitest';
import { externalFiles, inspectPooling, OnnxModelError, swapPooling } from '../index.ts';

const ANY = tensorType('float32', ['N', 'C', 'H', 'W']);

function node(name: string, input: string[], output: string[]): NodeProto {
  return create(NodeProtoSchema, { opType: 'Relu', name, input, output });
}

const GOOD = modelOf([node('first', ['x'], ['a']), node('second', ['a'], ['y'])], ANY, ANY);

/** A model with a function that calls itself. */
function recursive(): Uint8Array {
  const call = create(NodeProtoSchema, { opType: 'F', domain: 'user', input: ['x'], output: ['y'] });
  const itself = create(FunctionProtoSchema, { name: 'F', domain: 'user', input: ['x'], output: ['y'], node: [call] });
  return modelOf([node('n', ['x'], ['y'])], ANY, ANY, { functions: [itself] });
}

/** A model whose graph has a field of a wire type that does not exist. */
function damaged(): Uint8Array {
  const bytes = modelOf([node('n', ['x'], ['y'])], ANY, ANY);
  const start = bytes.indexOf(0x3a); // the tag of the graph, before its length
  return bytes.map((byte, i) => (i === start + 2 ? 0x0f : byte));
}

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'not an ONNX model: it is empty'],
  ['text', new TextEncoder().encode('not a model'), 'not an ONNX model: its content is not a ModelProto message'],
  [
    'a model of Keras',
    Uint8Array.from('\x89HDF\r\n\x1a\n', (byte) => byte.charCodeAt(0)),
    'it is an HDF5 file, such as an .h5 model of Keras',
  ],
  ['weights of PyTorch', new TextEncoder().encode('PK\x03\x04...'), 'it is a zip archive, such as a .pth file of PyTorch'],
  ['a page', new TextEncoder().encode('<!doctype html>'), 'it is HTML or XML'],
  [
    'a pointer',
    new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'),
    'it is a pointer to a file in Git LFS; fetch the file itself',
  ],
  [
    'half a model',
    modelOf([node('n', ['x'], ['y'])], ANY, ANY).subarray(0, 40),
    'not an ONNX model, or truncated: its 40 bytes end within a field',
  ],
  ['a damaged model', damaged(), 'the ONNX model is damaged, or its graphs are nested too deep: a message in it cannot be decoded'],
  [
    'names with line breaks',
    modelOf([create(NodeProtoSchema, { opType: 'Re\nlu', name: 'a\nb', input: ['w\u2028'], output: ['y'] })], ANY, ANY),
    'node "a\\nb" (Re\\u{a}lu) reads "w\\u{2028}", which is not',
  ],
  ['a model with zeros behind it', Uint8Array.from([...GOOD, ...new Uint8Array(100)]), `byte ${GOOD.length} does not start a field`],
  ['a function that calls itself', recursive(), 'the function "F" of "user" calls itself'],
  // The start of a file that ONNX Runtime 1.30 writes as model.ort.
  ['an ORT file', Uint8Array.of(20, 0, 0, 0, 79, 82, 84, 77, 12, 0), 'not an ONNX model: it is an ORT file of ONNX Runtime; give the ONNX'],
  ['an empty JSON document', new TextEncoder().encode('{}'), 'not an ONNX model'],
  [
    'an opset that is too old',
    modelOf([node('n', ['x'], ['y'])], ANY, ANY, { opset: 10 }),
    'the ONNX model is for opset 10; 11 to 26 work',
  ],
  ['one that nobody knows', modelOf([node('n', ['x'], ['y'])], ANY, ANY, { opset: 99 }), 'the ONNX model is for opset 99; 11 to 26 work'],
  [
    'a cycle',
    modelOf([node('in', ['x'], ['i']), node('one', ['b'], ['a']), node('two', ['a'], ['b']), node('out', ['b'], ['y'])], ANY, ANY),
    'the graph is cyclic: node "one" (Relu) depends on itself',
  ],
  ['a node of itself', modelOf([node('loop', ['y'], ['y'])], ANY, ANY), 'the graph is cyclic: node "loop" (Relu) depends on itself'],
  [
    'an initializer that is missing',
    modelOf([node('', ['w'], ['y'])], ANY, ANY),
    'the Relu node that gives "y" reads "w", which is not an input, an initializer or the output of a node',
  ],
  ['an output from nowhere', modelOf([node('n', ['x'], ['z'])], ANY, ANY), 'the output "y" of the graph is not made by any node'],
  [
    'two nodes for one value',
    modelOf([node('n', ['x'], ['y']), node('m', ['x'], ['y'])], ANY, ANY),
    'node "m" (Relu) and node "n" (Relu) both make "y"',
  ],
])('%s: refused in one line', (_, bytes, message) => {
  for (const call of [swapPooling, inspectPooling, externalFiles]) {
    expect(() => call(bytes)).toThrow(OnnxModelError);
    expect(() => call(bytes)).toThrow(message);
    expect(() => call(bytes)).not.toThrow(/[\n\u2028]/);
  }
});

test('a model cut off anywhere is refused, unless it is still a model', () => {
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

test('a node may come before the nodes that it reads', () => {
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

test('the files of external data are listed once each, with their least size', () => {
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
  'the location %j is outside the folder of the model',
  (location) => {
    expect(() => externalFiles(withExternal({ location }))).toThrow(
      /^the data of the tensor "w0" would be in .*, which is outside the folder/,
    );
  },
);

test('positions of external data must be numbers', () => {
  expect(() => externalFiles(withExternal({ location: 'w', offset: '-1' }))).toThrow('has an invalid position or length: "-1"');
});

test('external data is found in functions, sparse values and what is kept for training', () => {
  const model = fromBinary(ModelProtoSchema, GOOD);
  const tensor = (location: string) =>
    create(TensorProtoSchema, {
      name: location,
      dataType: 1,
      dims: [1n],
      dataLocation: 1,
      externalData: [{ key: 'location', value: location }],
    });
  const holding = (attribute: MessageInitShape<typeof AttributeProtoSchema>) =>
    create(NodeProtoSchema, { opType: 'Constant', attribute: [attribute] });
  model.functions = [
    create(FunctionProtoSchema, {
      name: 'f',
      domain: 'd',
      node: [
        holding({ name: 'value', t: tensor('function') }),
        holding({ name: 'value', sparseTensor: { values: tensor('sparse'), indices: tensor('indices') } }),
      ],
      attributeProto: [{ name: 'a', tensors: [tensor('default')] }],
    }),
  ];
  model.graph!.node.push(holding({ name: 'value', sparseTensors: [{ values: tensor('list') }] }));
  const graph = (location: string) => create(GraphProtoSchema, { name: 'g', initializer: [tensor(location)] });
  model.trainingInfo = [create(TrainingInfoProtoSchema, { initialization: graph('start'), algorithm: graph('step') })];
  const places = ['list', 'function', 'sparse', 'indices', 'default', 'start', 'step'];
  expect(externalFiles(toBinary(ModelProtoSchema, model)).map(({ path }) => path)).toEqual(places);
});
