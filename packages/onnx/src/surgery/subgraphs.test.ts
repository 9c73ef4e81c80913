/**
 * Pooling in the bodies of loops, on ONNX Runtime, compared with the definition applied as often as
 * the loop runs.
 */
import { create, fromBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import ort from 'onnxruntime-node';
import { softPool1d, softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { swapPooling } from '../index.ts';

const { BOOL, FLOAT, INT64 } = TensorProto_DataType;

function node(opType: string, input: string[], output: string[], attributes: Record<string, AttributeValue | GraphProto> = {}): NodeProto {
  const entries = Object.entries(attributes).map(([name, value]) =>
    typeof value === 'object' && '$typeName' in value && value.$typeName === 'onnx.GraphProto'
      ? create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: value })
      : attribute(name, value as AttributeValue),
  );
  return create(NodeProtoSchema, { opType, name: output[0]!, input, output, attribute: entries });
}

function body(inputs: [string, TypeProto][], nodes: NodeProto[], outputs: [string, TypeProto][]): GraphProto {
  const info = ([name, type]: [string, TypeProto]) => create(ValueInfoProtoSchema, { name, type });
  return create(GraphProtoSchema, { name: 'body', input: inputs.map(info), node: nodes, output: outputs.map(info) });
}

function scalar(elemType: TensorProto_DataType): TypeProto {
  return create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType, shape: { dim: [] } } } });
}

async function run(model: Uint8Array, data: Float32Array, shape: number[]): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return (await session.run({ x: new ort.Tensor('float32', data, shape) })).y!;
}

function values(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 3 * Math.sin(7 * i * i));
}

function expectClose(y: ort.Tensor, shape: readonly number[], expected: readonly number[]): void {
  expect(y.dims).toEqual(shape);
  expect(Math.max(...Array.from(y.data as Float32Array, (value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
}

const IMAGES = tensorType('float32', ['N', 'C', 'H', 'W']);
const ROWS = tensorType('float32', ['N', 'C', 'L']);
const SMOOTH = { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' };

/** Pools three times: v ← pool(v). Some names are those that inlined operators would get. */
function loop(poolName: string, taken: string): Uint8Array {
  const pool = Object.assign(node('MaxPool', ['v'], ['pooled'], SMOOTH), { name: poolName });
  const inside = body(
    [
      ['i', scalar(INT64)],
      ['go', scalar(BOOL)],
      ['v', IMAGES],
    ],
    [node('Identity', ['go'], ['going']), pool, node('Mul', ['pooled', 'one'], [taken]), node('Identity', [taken], ['next'])],
    [
      ['going', scalar(BOOL)],
      ['next', IMAGES],
    ],
  );
  const constant = (name: string, tensor: object): NodeProto => node('Constant', [], [name], { value: create(TensorProtoSchema, tensor) });
  const nodes = [
    constant('times', { dataType: INT64, int64Data: [3n] }),
    constant('yes', { dataType: BOOL, int32Data: [1] }),
    constant('one', { dataType: FLOAT, floatData: [1] }),
    node('Loop', ['times', 'yes', 'x'], ['y'], { body: inside }),
  ];
  return modelOf(nodes, IMAGES, IMAGES);
}

/** Adds up the pooled rows of a sequence. Each step outputs the sum so far. */
function scan(): Uint8Array {
  const inside = body(
    [
      ['sum', ROWS],
      ['row', ROWS],
    ],
    [
      node('MaxPool', ['row'], ['pooled'], { kernel_shape: [2], strides: [2] }),
      node('Add', ['sum', 'pooled'], ['total']),
      node('Identity', ['total'], ['shown']),
    ],
    [
      ['total', ROWS],
      ['shown', ROWS],
    ],
  );
  const zeros = create(TensorProtoSchema, { dataType: FLOAT, dims: [1n, 2n, 3n], floatData: [0, 0, 0, 0, 0, 0] });
  const nodes = [
    node('Constant', [], ['zeros'], { value: zeros }),
    node('Scan', ['zeros', 'x'], ['last', 'y'], { body: inside, num_scan_inputs: 1 }),
  ];
  const sequence = tensorType('float32', ['T', 'N', 'C', 'L']);
  return modelOf(nodes, sequence, sequence);
}

describe.each([false, true])('inline: %s', (inline) => {
  test('the body of a Loop uses soft pooling in every iteration', async () => {
    const { model, report } = swapPooling(loop('pool', 'scaled'), { inline });
    expect(report.map(({ path, action }) => [path, action])).toEqual([['y/body/pool', 'replaced']]);
    const shape = [1, 2, 5, 4];
    let expected = { data: values(40), shape };
    for (let i = 0; i < 3; i++) expected = softPool2d(expected, { kernelSize: 2, stride: 1, padding: 'same' }) as typeof expected;
    expectClose(await run(model, values(40), shape), shape, [...expected.data]);
  });

  test('the body of a Scan uses soft pooling and keeps its state', async () => {
    const { model, report } = swapPooling(scan(), { inline });
    expect(report.map(({ path, action }) => [path, action])).toEqual([['last/body/pooled', 'replaced']]);
    const x = values(3 * 12);
    const sums = new Float64Array(6);
    const expected = [0, 1, 2].flatMap((t) => {
      const { data } = softPool1d({ data: x.subarray(12 * t, 12 * t + 12), shape: [1, 2, 6] }, { kernelSize: 2 });
      data.forEach((value, i) => {
        sums[i]! += value;
      });
      return [...sums];
    });
    expectClose(await run(model, x, [3, 1, 2, 6]), [3, 1, 2, 3], expected);
  });
});

test.each(['pool', 'pool/soft'])('inlined operators of %s avoid the names in a body', async (name) => {
  const plain = swapPooling(loop(name, 'scaled'), { inline: true }).model;
  const inBody = (model: Uint8Array): NodeProto[] =>
    fromBinary(ModelProtoSchema, model).graph!.node.find(({ opType }) => opType === 'Loop')!.attribute[0]!.g!.node;
  const ours = inBody(plain).find(({ opType }) => opType === 'Exp')!.output[0]!;
  const { model } = swapPooling(loop(name, ours), { inline: true });
  const outputs = inBody(model).flatMap(({ output }) => output);
  expect(outputs.filter((name) => name === ours)).toHaveLength(1);
  expect(new Set(outputs).size).toBe(outputs.length);
  const shape = [1, 1, 3, 3];
  const [was, is] = [await run(plain, values(9), shape), await run(model, values(9), shape)];
  expect(is.data).toEqual(was.data);
});

test('poolings with the same name in two bodies are separate', async () => {
  const once = loop('pool', 'scaled');
  const twice = fromBinary(ModelProtoSchema, once);
  const first = twice.graph!.node.at(-1)!;
  const second = create(NodeProtoSchema, { ...first, name: 'again', input: ['times', 'yes', 'middle'], output: ['y'] });
  first.output = ['middle'];
  const nodes = [...twice.graph!.node.slice(0, -1), first, second];
  for (const inline of [false, true]) {
    const { model, report } = swapPooling(modelOf(nodes, IMAGES, IMAGES), { inline });
    expect(report.map(({ path, action }) => [path, action])).toEqual([
      ['y/body/pool', 'replaced'],
      ['again/body/pool', 'replaced'],
    ]);
    const shape = [1, 1, 4, 4];
    const soft = swapPooling(once, { inline }).model;
    const expected = await run(soft, (await run(soft, values(16), shape)).data as Float32Array, shape);
    expect((await run(model, values(16), shape)).data).toEqual(expected.data);
  }
});
