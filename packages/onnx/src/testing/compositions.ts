/** Compositions of soft pooling, and what they compute before and after they are folded. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { type ModelProto, ModelProtoSchema, type NodeProto, NodeProtoSchema, type TensorProto } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { product } from 'softpool/internal';
import { globalSoftPool, softPool2d } from 'softpool/reference';
import { expect } from 'vitest';
import { type AttributeValue, attribute, integerTensor } from '../graph/attributes.ts';
import { foldSoftPool } from '../index.ts';

export const SHAPE = [2, 3, 6, 8];
export const OPEN = tensorType('float32', ['N', 3, 'H', 'W']);
export const ANY = tensorType('float32', [null, null, null, null]);

/** A node that is named after its output. */
export function op(opType: string, input: string[], output: string, attributes: Record<string, AttributeValue> = {}): NodeProto {
  const entries = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return create(NodeProtoSchema, { opType, name: output, input, output: [output], attribute: entries });
}

export function constant(name: string, value: TensorProto): NodeProto {
  return op('Constant', [], name, { value });
}

export const POOL = { kernel_shape: [2, 2], strides: [2, 2] };

/** x → y by AveragePool(x·eˣ) / AveragePool(eˣ). */
export const PLAIN = [
  op('Exp', ['x'], 'e'),
  op('Mul', ['x', 'e'], 'xe'),
  op('AveragePool', ['xe'], 'n', POOL),
  op('AveragePool', ['e'], 'd', POOL),
  op('Div', ['n', 'd'], 'y'),
];

/** x → y as PLAIN, with other weights: `above` in the numerator, `below` in the denominator. */
export function ratio(above: string, below = above): NodeProto[] {
  return [
    op('Mul', ['x', above], 'xe'),
    op('AveragePool', ['xe'], 'n', POOL),
    op('AveragePool', [below], 'd', POOL),
    op('Div', ['n', 'd'], 'y'),
  ];
}

/** x of shape SHAPE → `windows`: the windows of 2×2/2 along the last axis. */
export const GATHERED = [
  constant('shape', integerTensor([0, 3, 3, 2, 4, 2])),
  constant('flat', integerTensor([0, 3, 3, 4, 4])),
  constant('last', integerTensor([-1])),
  op('Reshape', ['x', 'shape'], 'split'),
  op('Transpose', ['split'], 'turned', { perm: [0, 1, 2, 4, 3, 5] }),
  op('Reshape', ['turned', 'flat'], 'windows'),
];

/** `windows` → y, the sum of the windows times their weights, `w`. */
export const WEIGHTED = [op('Mul', ['windows', 'w'], 'xw'), op('ReduceSum', ['xw', 'last'], 'y', { keepdims: 0 })];

/** A model from x, of shape SHAPE, to y. */
export function fixedModel(nodes: NodeProto[], opset = 17): Uint8Array {
  return model(nodes, opset, ({ graph }) => {
    for (const each of graph?.input ?? []) each.type = tensorType('float32', SHAPE);
  });
}

/** A model from x to y, of dynamic sizes. */
export function model(nodes: NodeProto[], opset = 18, edit: (model: ModelProto) => void = () => {}): Uint8Array {
  const made = fromBinary(ModelProtoSchema, modelOf(nodes, OPEN, ANY, { opset }));
  edit(made);
  return toBinary(ModelProtoSchema, made);
}

/** An input with numbers up to `magnitude`. */
export function numbers(magnitude: number, shape: readonly number[] = SHAPE): Float32Array {
  const length = product(shape);
  return Float32Array.from({ length }, (_, i) => magnitude * Math.sin(i * i * 0.37));
}

/** The outputs of a model for an input. */
export async function run(bytes: Uint8Array, x: Float32Array, shape: readonly number[] = SHAPE): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run({ x: new ort.Tensor('float32', x, [...shape]) });
  await session.release();
  return results as Record<string, ort.Tensor>;
}

/** The largest difference, relative to the largest expected number if that is above 1. */
export function off(a: ort.Tensor | undefined, expected: ArrayLike<number>): number {
  const values = Array.from(a?.data as Float32Array);
  expect(values).toHaveLength(expected.length);
  return Math.max(...values.map((value, i) => Math.abs(value - (expected[i] as number)))) / Math.max(1, ...Array.from(expected, Math.abs));
}

/** Folds, and compares with the original, and with the definition for large inputs. */
export async function folded(bytes: Uint8Array, to: string, definition: (x: Float32Array) => ArrayLike<number>): Promise<Uint8Array> {
  const { model: after, report } = foldSoftPool(bytes);
  expect(report.map(({ action, to: what, reason }) => [action, what, reason])).toEqual([['folded', to, 'same values']]);
  const x = numbers(3);
  expect(off((await run(after, x)).y, (await run(bytes, x)).y?.data as Float32Array)).toBeLessThan(1e-5);
  const large = numbers(1e4);
  expect(off((await run(after, large)).y, definition(large))).toBeLessThan(1e-5);
  return after;
}

/** Checks that the only composition is refused for this reason, and that the model stays. */
export function refused(bytes: Uint8Array, reason: string): void {
  const { model: after, report } = foldSoftPool(bytes);
  expect(report.map(({ action, to, reason: why }) => [action, to, why])).toEqual([['refused', '', reason]]);
  expect(fromBinary(ModelProtoSchema, after)).toEqual(fromBinary(ModelProtoSchema, bytes));
}

/** The definition of windows of 2×2/2, and of global ones. */
export const pooled2x2 = (x: Float32Array) => softPool2d({ data: x, shape: SHAPE }, { kernelSize: 2 }).data;
export const pooledGlobally = (x: Float32Array) => globalSoftPool({ data: x, shape: SHAPE }).data;

/** The operators of a model, in the order of its nodes. */
export function operators(bytes: Uint8Array): string[] {
  return (fromBinary(ModelProtoSchema, bytes).graph?.node ?? []).map(({ opType }) => opType);
}

/** The composition, of another value. */
export function renamedPlain(x: string): NodeProto[] {
  return PLAIN.map((node) => ({ ...node, input: node.input.map((name) => (name === 'x' ? x : name)) }));
}
