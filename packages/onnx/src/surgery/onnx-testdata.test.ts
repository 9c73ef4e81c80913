/**
 * The pooling cases of ONNX's own operator tests: each is swapped and run beside the original, and
 * compared with the definition.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, TensorProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import type { PoolOptions } from 'softpool';
import { softPool1d, softPool2d, softPool3d } from 'softpool';
import { globalSoftPool } from 'softpool/reference';
import { expect, test } from 'vitest';
import { integerOf, integersOf, textOf } from '../graph/attributes.ts';
import { swapPooling } from '../index.ts';

/** The folder of the operator tests, which vitest.config.ts sets. */
const ONNX_TESTDATA = process.env.ONNX_TESTDATA ?? '';

interface Case {
  readonly name: string;
  readonly model: ModelProto & { graph: GraphProto };
  readonly node: NodeProto;
  readonly data: Float32Array;
  readonly shape: number[];
}

const OPS = ['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'];
const KINDS = ['max', 'average', 'globalMax', 'globalAverage'] as const;
const CASES = existsSync(ONNX_TESTDATA) ? [...cases()] : [];

const SENTENCE = 'every pooling case is swapped, with the shape of the original and the numbers of the definition, or refused';

if (CASES.length === 0) test.skip(`${SENTENCE}: the package libonnx-testdata is not installed`, () => {});
else {
  test(SENTENCE, async () => {
    const refused: Record<string, string> = {};
    let swapped = 0;
    for (const { name, model, node, data, shape } of CASES) {
      const before = toBinary(ModelProtoSchema, model);
      const { report, model: after } = swapPooling(before, { from: KINDS, window: 'same' });
      if (report[0]?.action === 'refused') {
        refused[name] = report[0].reason.slice(0, 40);
        continue;
      }
      const [was, is] = [await run(before, data, shape), await run(after, data, shape)];
      expect([name, is.dims]).toEqual([name, was.dims]);
      const expected = definition(node, data, shape);
      expect([name, expected.shape]).toEqual([name, [...is.dims]]);
      const off = Math.max(...Array.from(is.data as Float32Array, (value, i) => Math.abs(value - expected.data[i]!)));
      expect(off, name).toBeLessThan(2e-6);
      swapped++;
    }
    expect(refused).toEqual({
      test_MaxPool2d_stride_padding_dilation: 'its window has 4800 elements; at most 10',
      test_maxpool_2d_uint8: 'its elements are uint8; SoftPool pools f',
      test_maxpool_with_argmax_2d_precomputed_pads: 'its output Indices is used, which SoftPo',
      test_maxpool_with_argmax_2d_precomputed_strides: 'its output Indices is used, which SoftPo',
    });
    expect(swapped).toBe(CASES.length - 4);
    expect(swapped).toBeGreaterThanOrEqual(40);
  });
}

/** Every model with a single pooling node. Those of an older opset mean the same in opset 13. */
function* cases(): Generator<Case> {
  for (const group of ['node', 'pytorch-converted', 'pytorch-operator']) {
    for (const name of readdirSync(`${ONNX_TESTDATA}/${group}`).filter((each) => /pool/i.test(each))) {
      const folder = `${ONNX_TESTDATA}/${group}/${name}`;
      const model = fromBinary(ModelProtoSchema, readFileSync(`${folder}/model.onnx`)) as Case['model'];
      const [node, ...others] = model.graph.node;
      if (node === undefined || others.length > 0 || !OPS.some((op) => op === node.opType)) continue;
      const opset = model.opsetImport[0]!;
      if (opset.version < 13n) opset.version = 13n;
      const { rawData, dims } = fromBinary(TensorProtoSchema, readFileSync(`${folder}/test_data_set_0/input_0.pb`));
      // Bytes of uint8 models too, which are refused.
      const data = new Float32Array(Uint8Array.from(rawData).buffer.slice(0, rawData.length & ~3));
      yield { name, model, node, data, shape: dims.map(Number) };
    }
  }
}

async function run(model: Uint8Array, data: Float32Array, shape: readonly number[]): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const output = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, shape) });
  return output[session.outputNames[0]!]!;
}

function definition(node: NodeProto, data: Float32Array, shape: number[]) {
  const kernelSize = integersOf(node, 'kernel_shape');
  if (kernelSize === undefined) return globalSoftPool({ data, shape }, {});
  const pool = [softPool1d, softPool2d, softPool3d][kernelSize.length - 1]!;
  return pool({ data, shape }, { kernelSize, ...optionsOf(node, kernelSize, shape.slice(2)) } as never);
}

function optionsOf(node: NodeProto, kernelSize: readonly number[], sizes: readonly number[]): Omit<PoolOptions, 'kernelSize'> {
  const dims = kernelSize.length;
  const stride = integersOf(node, 'strides') ?? kernelSize.map(() => 1);
  const autoPad = textOf(node, 'auto_pad', 'NOTSET');
  const pads = integersOf(node, 'pads') ?? Array.from({ length: 2 * dims }, () => 0);
  const lower = sizes.map((size, axis) => {
    const lacking = Math.max(0, (Math.ceil(size / stride[axis]!) - 1) * stride[axis]! + kernelSize[axis]! - size);
    return [Math.ceil(lacking / 2), Math.floor(lacking / 2)] as const;
  });
  const padding =
    autoPad === 'SAME_UPPER' ? 'same' : autoPad === 'SAME_LOWER' ? lower : kernelSize.map((_, i) => [pads[i]!, pads[i + dims]!] as const);
  const padMode = integerOf(node, 'count_include_pad', 0) === 1 ? 'zeros' : 'ignore';
  return { stride, dilation: integersOf(node, 'dilations') ?? 1, padding, padMode, ceilMode: integerOf(node, 'ceil_mode', 0) === 1 };
}
