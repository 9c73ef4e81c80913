/** Models that no exporter writes, or that are larger than most. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';
import { expect, test } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { inspectPooling, OnnxModelError, swapPooling } from '../index.ts';

const ANY = tensorType('float32', ['N', 'C', 'H', 'W']);
const { FLOAT, FLOATS, GRAPH, INT, INTS } = AttributeProto_AttributeType;

function node(opType: string, name: string, input: string, output: string, attribute: AttributeProto[] = []): NodeProto {
  return create(NodeProtoSchema, { opType, name, input: [input], output: [output], attribute });
}

function attributes(values: Record<string, AttributeValue>): AttributeProto[] {
  return Object.entries(values).map(([name, value]) => attribute(name, value));
}

const TWO = attributes({ kernel_shape: [2, 2] });
const HUGE = 2n ** 63n - 1n;

test.each<[string, AttributeProto, string]>([
  [
    'a kernel_shape of floats',
    create(AttributeProtoSchema, { name: 'kernel_shape', type: FLOATS, floats: [2, 2] }),
    'its kernel_shape has the wrong type',
  ],
  ['one stride', create(AttributeProtoSchema, { name: 'strides', type: INT, i: 2n }), 'its strides has the wrong type'],
  [
    'a ceil_mode that is a float',
    create(AttributeProtoSchema, { name: 'ceil_mode', type: FLOAT, f: 1 }),
    'its ceil_mode has the wrong type',
  ],
  ['integers for auto_pad', create(AttributeProtoSchema, { name: 'auto_pad', type: INTS, ints: [1n] }), 'its auto_pad has the wrong type'],
  ['negative strides', attribute('strides', [-1, 1]), 'its kernel_shape, strides, dilations and pads do not fit together'],
  ['huge strides', integers('strides', HUGE, HUGE), 'its kernel_shape, strides, dilations or pads has a number above 2147483647'],
  ['huge dilations', integers('dilations', 1n, HUGE), 'its kernel_shape, strides, dilations or pads has a number above 2147483647'],
  ['huge pads', integers('pads', HUGE, 0n, 0n, 0n), 'its kernel_shape, strides, dilations or pads has a number above 2147483647'],
])('%s: refused', (_, wrong, reason) => {
  const kept = TWO.filter(({ name }) => name !== wrong.name);
  const model = modelOf([node('MaxPool', 'pool', 'x', 'y', [...kept, wrong])], ANY, ANY);
  const { report, model: after } = swapPooling(model);
  expect(report).toMatchObject([{ action: 'refused', before: 'max (invalid window)', reason }]);
  expect(fromBinary(ModelProtoSchema, after)).toEqual(fromBinary(ModelProtoSchema, model));
});

test('a stride larger than any input is valid', () => {
  const model = modelOf([node('MaxPool', 'pool', 'x', 'y', [...TWO, attribute('strides', [2 ** 31 - 1, 1])])], ANY, ANY);
  expect(swapPooling(model).report[0]?.after).toBe('soft 2×2/2147483647×1');
});

test('an index selects one of several nodes with the same name, and the name selects all', () => {
  const model = modelOf([node('MaxPool', 'pool', 'x', 'a', TWO), node('MaxPool', 'pool', 'a', 'y', TWO)], ANY, ANY);
  const actions = (where: (string | number)[]): string[] => swapPooling(model, { where, inline: true }).report.map(({ action }) => action);
  expect([actions(['pool']), actions([1])]).toEqual([
    ['replaced', 'replaced'],
    ['kept', 'replaced'],
  ]);
});

test('names of object properties, such as __proto__, are ordinary names', () => {
  const nodes = [node('MaxPool', 'constructor', 'x', '__proto__', TWO), node('Relu', 'toString', '__proto__', 'y')];
  for (const inline of [false, true]) {
    const { model } = swapPooling(modelOf(nodes, ANY, ANY), { inline });
    expect(fromBinary(ModelProtoSchema, model).graph!.node.at(-2)!.output).toEqual(['__proto__']);
  }
});

test('nested graphs are edited to the depth that the format allows, and refused below it', () => {
  const nested = (depth: number): Uint8Array => {
    let inner = create(GraphProtoSchema, {
      name: 'innermost',
      node: [node('MaxPool', 'pool', 'x', 'z', TWO)],
      output: [{ name: 'z', type: ANY }],
    });
    for (let i = 1; i < depth; i++) {
      const branch = create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g: inner });
      inner = create(GraphProtoSchema, {
        name: `depth ${i}`,
        node: [node('If', `if${i}`, 'x', `z${i}`, [branch])],
        output: [{ name: `z${i}`, type: ANY }],
      });
    }
    return modelOf([node('If', 'if', 'x', 'y', [create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g: inner })])], ANY, ANY);
  };
  expect(swapPooling(nested(30)).report).toMatchObject([{ action: 'replaced' }]);
  expect(() => inspectPooling(nested(60))).toThrow(OnnxModelError);
  expect(() => inspectPooling(nested(60))).toThrow('the graphs of the ONNX model are nested too deep');
});

/** Seconds of processor time, which does not depend on what else the machine does. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

test('nodes that read values of graphs 28 levels above take no longer than those of the graph itself', { tags: 'long' }, () => {
  const nested = (depth: number): Uint8Array => {
    let inner = create(GraphProtoSchema, {
      name: 'innermost',
      node: Array.from({ length: 100_000 }, (_, i) =>
        node(i % 1000 === 0 ? 'MaxPool' : 'Relu', `n${i}`, i % 2 === 0 ? 'x' : `n${i - 1}`, `n${i}`, TWO),
      ),
      output: [{ name: 'n99999', type: ANY }],
    });
    for (let i = 1; i < depth; i++) {
      const branch = create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g: inner });
      inner = create(GraphProtoSchema, {
        name: `depth ${i}`,
        node: [node('If', `if${i}`, 'x', `z${i}`, [branch])],
        output: [{ name: `z${i}`, type: ANY }],
      });
    }
    return modelOf([node('If', 'if', 'x', 'y', [create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g: inner })])], ANY, ANY);
  };
  const [flat, deep] = [nested(1), nested(28)].map((model) => processorTime(() => expect(inspectPooling(model)).toHaveLength(100))) as [
    number,
    number,
  ];
  // Work for each level would take 28 times as long.
  expect(deep / flat).toBeLessThan(5);
});

test('a node that reads itself from within its own branch is a cycle', () => {
  const branch = create(GraphProtoSchema, { name: 'branch', node: [node('Relu', 'relu', 'y', 'z')], output: [{ name: 'z', type: ANY }] });
  const attribute = create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g: branch });
  const model = modelOf([node('If', 'if', 'x', 'y', [attribute])], ANY, ANY);
  expect(() => inspectPooling(model)).toThrow('the graph is cyclic: node "if" (If) depends on itself');
});

test('Indices that only a branch reads keep a MaxPool, and equal names in another branch do not', () => {
  const pool = (): NodeProto => Object.assign(node('MaxPool', 'pool', 'x', 'p', TWO), { output: ['p', 'indices'] });
  const branch = (nodes: NodeProto[]): AttributeProto => {
    const g = create(GraphProtoSchema, { name: 'branch', node: nodes, output: [{ name: nodes.at(-1)!.output[0]!, type: ANY }] });
    return create(AttributeProtoSchema, { name: 'then_branch', type: GRAPH, g });
  };
  const read = node('Relu', 'read', 'indices', 'z');
  const actions = (nodes: NodeProto[]): string[] => swapPooling(modelOf(nodes, ANY, ANY)).report.map(({ action }) => action);
  expect(actions([pool(), node('If', 'if', 'x', 'y', [branch([read])])])).toEqual(['refused']);
  const two = [node('If', 'one', 'x', 'y', [branch([pool()])]), node('If', 'two', 'x', 'w', [branch([pool(), read])])];
  expect(actions(two)).toEqual(['replaced', 'refused']);
});

test('ten times as many nodes and poolings, whose type is known only at one end, take about ten times as long', { tags: 'long' }, () => {
  const one = attributes({ kernel_shape: [1, 1] });
  const chain = (length: number): Uint8Array => {
    const nodes = Array.from({ length }, (_, i) => {
      const [from, to] = [i === 0 ? 'x' : `v${i - 1}`, i === length - 1 ? 'y' : `v${i}`];
      return i % 10 === 0 ? node('MaxPool', 'pool', from, to, one) : node('Relu', `relu${i}`, from, to);
    });
    return modelOf(nodes, ANY, ANY);
  };
  const swap = (length: number): number => {
    const model = chain(length);
    return processorTime(() => {
      const { report, model: after } = swapPooling(model, { inline: true });
      expect(report.filter(({ action }) => action === 'replaced')).toHaveLength(length / 10);
      const names = fromBinary(ModelProtoSchema, after).graph!.node.flatMap(({ output }) => output);
      expect(new Set(names).size).toBe(names.length);
    });
  };
  const small = swap(10_000);
  // Work for each pair of nodes would take a hundred times as long.
  expect(swap(100_000) / small).toBeLessThan(30);
});

function integers(name: string, ...ints: bigint[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: INTS, ints });
}
