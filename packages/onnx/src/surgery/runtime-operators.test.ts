// Models that ONNX Runtime's quantizer or optimizer wrote: they have operators of its own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { floats, type Node, onnxModel, TYPES, type Value } from '@softpool/testing/onnx-models';
import { type TensorProto, TensorProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { expect, onTestFinished, test } from 'vitest';
import { inspectPooling, swapPooling } from '../index.ts';

const MICROSOFT = 'com.microsoft';
const TWO = { kernel_shape: [2, 2], strides: [2, 2] };
const SHAPE = [1, 2, 6, 6];
const X: Value = { name: 'x', type: 'float32', shape: SHAPE };
const Y: Value = { name: 'y', type: 'float32', shape: ['N', 'C', 'H', 'W'] };
const INPUT = Float32Array.from({ length: 72 }, (_, i) => 3 * Math.sin(7 * i * i));

function node(op: string, inputs: readonly string[], output: string, attributes: Node['attributes'] = {}, domain = ''): Node {
  return { op, inputs, outputs: [output], attributes, domain };
}

function modelOf(nodes: readonly Node[], initializers: readonly TensorProto[]): Uint8Array {
  return onnxModel({ inputs: [X], outputs: [Y], nodes, initializers });
}

function zeroPoint(type: 'uint8' | 'uint16', value: number): TensorProto {
  return create(TensorProtoSchema, { name: 'zero', dataType: type === 'uint8' ? TYPES.uint8 : 4, int32Data: [value] });
}

/** The outputs of a model. */
async function outputOf(model: Uint8Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return Array.from((await session.run({ x: new ort.Tensor('float32', INPUT, SHAPE) })).y!.data as Float32Array);
}

/** The model as ONNX Runtime's optimizer writes it. */
async function optimized(model: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-optimized-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const optimizedModelFilePath = join(folder, 'model.onnx');
  await ort.InferenceSession.create(model, { graphOptimizationLevel: 'extended', optimizedModelFilePath, logSeverityLevel: 4 });
  return readFile(optimizedModelFilePath);
}

test('pooling after a fused Conv of an optimized model is replaced, as in the original', async () => {
  const weights = floats('w', [2, 2, 1, 1], [0.5, -1, 0.25, 2]);
  const original = modelOf([node('Conv', ['x', 'w'], 'a'), node('Relu', ['a'], 'b'), node('MaxPool', ['b'], 'y', TWO)], [weights]);
  const fused = await optimized(original);
  expect(Buffer.from(fused).includes('FusedConv')).toBe(true);
  const { model, report } = swapPooling(fused);
  expect(report).toMatchObject([{ action: 'replaced', after: 'soft 2×2/2' }]);
  const expected = await outputOf(swapPooling(original).model);
  expect(expected).not.toEqual(await outputOf(original));
  for (const [i, value] of (await outputOf(model)).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
});

test('pooling between ONNX Runtime’s DequantizeLinear and QuantizeLinear of 16 bits is replaced', async () => {
  const quantizers = (from: string, to: string): Node[] => [
    node('QuantizeLinear', [from, 'scale', 'zero'], `${to}_bytes`, {}, MICROSOFT),
    node('DequantizeLinear', [`${to}_bytes`, 'scale', 'zero'], to, {}, MICROSOFT),
  ];
  const around = [floats('scale', [], [2 ** -12]), zeroPoint('uint16', 2 ** 15)];
  const { model, report } = swapPooling(
    modelOf([...quantizers('x', 'a'), node('MaxPool', ['a'], 'b', TWO), ...quantizers('b', 'y')], around),
  );
  expect(report).toMatchObject([{ action: 'replaced', after: 'soft 2×2/2' }]);
  const expected = await outputOf(swapPooling(modelOf([node('MaxPool', ['x'], 'y', TWO)], [])).model);
  for (const [i, value] of (await outputOf(model)).entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(2 ** -11);
});

test.each<[string, Node[]]>([
  ['a MatMulNBits', [node('MatMulNBits', ['x', 'bits', 'scale'], 'a', { K: 6, N: 6, bits: 4, block_size: 16 }, MICROSOFT)]],
  ['a product of bytes that is scaled', [node('MatMulIntegerToFloat', ['zero', 'zero', 'scale', 'scale'], 'a', {}, MICROSOFT)]],
  [
    'a Conv on blocks of channels',
    [node('Conv', ['x', 'bits'], 'b', {}, 'com.microsoft.nchwc'), node('ReorderOutput', ['b'], 'a', {}, 'com.microsoft.nchwc')],
  ],
])('the type of elements is known behind %s', (_, before) => {
  const constants = [floats('scale', [], [1]), floats('bits', [], [1]), zeroPoint('uint8', 0)];
  const model = modelOf([...before, node('MaxPool', ['a'], 'y', TWO)], constants);
  expect(inspectPooling(model)).toMatchObject([{ elementType: 'float32', obstacle: undefined }]);
});

test.each<[string, Node[], string]>([
  ['a quantized Conv', [node('QLinearConv', ['x', 'scale', 'zero', 'w', 'scale', 'zero', 'scale', 'zero'], 'a')], 'uint8'],
  ['QuantizeLinear', [node('QuantizeLinear', ['x', 'scale', 'zero'], 'a')], 'uint8'],
  ['QuantizeLinear without a zero point', [node('QuantizeLinear', ['x', 'scale'], 'a')], 'uint8'],
  ['QuantizeLinear to a type', [node('QuantizeLinear', ['x', 'scale'], 'a', { output_dtype: 3 })], 'int8'],
  ['DynamicQuantizeLinear', [node('DynamicQuantizeLinear', ['x'], 'a')], 'uint8'],
  ['RMSNormalization, whose scale has the type of the output', [node('RMSNormalization', ['x', 'zero'], 'a')], 'uint8'],
])('the reason behind %s is the type of its elements', (_, before, type) => {
  const model = modelOf(
    [...before, node('MaxPool', ['a'], 'y', TWO)],
    [floats('scale', [], [1]), floats('w', [], [1]), zeroPoint('uint8', 0)],
  );
  expect(inspectPooling(model)[0]!.obstacle).toBe(`its elements are ${type}; SoftPool pools float, float16 and double`);
});

test.each<[string, string, string, string]>([
  [MICROSOFT, 'NhwcMaxPool', 'max 2×2/2', 'max'],
  [MICROSOFT, 'MaxpoolWithMask', 'max 2×2/2', 'max'],
  [MICROSOFT, 'QLinearAveragePool', 'average 2×2/2', 'average'],
  [MICROSOFT, 'QLinearGlobalAveragePool', 'global average', 'globalAverage'],
  ['com.microsoft.nchwc', 'MaxPool', 'max 2×2/2', 'max'],
  ['com.microsoft.nchwc', 'GlobalAveragePool', 'global average', 'globalAverage'],
])('the pooling %s.%s is listed and refused', (domain, op, before, from) => {
  const model = modelOf([node(op, ['x'], 'y', op.includes('Global') ? {} : TWO, domain)], []);
  const reason = `it is the operator ${op} of ONNX Runtime; swap the model before it is optimized or quantized`;
  expect(swapPooling(model, { from: from as 'max' }).report).toMatchObject([{ action: 'refused', before, reason }]);
});
