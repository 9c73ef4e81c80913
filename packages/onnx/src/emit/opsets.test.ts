/**
 * Every form of soft pooling in every opset that surgery takes. Models with poolings of all kinds
 * are swapped, opened by ONNX Runtime, which checks each operator against the schema of the opset,
 * and run, for CPUs and for any device. ONNX Runtime 1.30 opens all of them.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { testFirst } from '@softpool/testing/test-first';
import { ModelProtoSchema, type NodeProto, NodeProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { fromNumbers, type Tensor, toNumbers } from 'softpool/internal';
import { globalSoftPool, softPool1d, softPool2d, softPool3d } from 'softpool/reference';
import { expect } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { swapPooling } from '../index.ts';
import { withImagesApart } from '../testing/soft-pool-model.ts';

/** The first and the last, one where operators changed, and the others. */
const OPSETS = [11, 18, 26, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25];
const TYPES = ['float16', 'float32', 'float64'] as const;
const SIZES = [7, 6, 5];
const KINDS = ['max', 'average', 'globalMax', 'globalAverage'] as const;
const REFERENCE = { 1: softPool1d, 2: softPool2d, 3: softPool3d } as const;

/** The windows with which average pooling is tried, whose operators are those of max pooling. */
const SOME = new Set(['padded', 'dilated', 'upper']);

/** Attributes of poolings. The second is the same window for the definition. */
const WINDOWS: Record<string, [Record<string, number | string>, { stride?: number; dilation?: number; ceilMode?: boolean }]> = {
  plain: [{}, {}],
  strided: [{ strides: 2 }, { stride: 2 }],
  padded: [{ strides: 2, pads: 1 }, { stride: 2 }],
  ceil: [
    { strides: 3, ceil_mode: 1 },
    { stride: 3, ceilMode: true },
  ],
  'padded, ceil': [
    { strides: 2, pads: 1, ceil_mode: 1 },
    { stride: 2, ceilMode: true },
  ],
  dilated: [{ dilations: 2 }, { dilation: 2 }],
  upper: [{ strides: 2, auto_pad: 'SAME_UPPER' }, { stride: 2 }],
  lower: [{ strides: 2, auto_pad: 'SAME_LOWER' }, { stride: 2 }],
};

interface Pooling {
  readonly name: string;
  readonly node: NodeProto;
  /** The definition's result. */
  readonly expected: Tensor;
}

function poolings(dims: 1 | 2 | 3, weights: 'perChannel' | 'shared'): Pooling[] {
  const x = inputOf(dims);
  const found = (['max', 'average'] as const).flatMap((kind) =>
    Object.entries(WINDOWS)
      .filter(([window]) => kind === 'max' || SOME.has(window))
      .map(([window, [attributes, { stride = 1, ...others }]]): Pooling => {
        const kernel = dims === 1 ? 3 : 2; // sessions with more operators open slowly
        const entries = Object.entries(attributes).map(([key, value]) => {
          if (typeof value === 'string' || key === 'ceil_mode') return attribute(key, value);
          return attribute(
            key,
            Array.from({ length: key === 'pads' ? 2 * dims : dims }, () => value),
          );
        });
        const padding = x.shape.slice(2).map((size) => paddingOf(attributes, size, kernel, stride));
        return {
          name: `${kind} ${window}`,
          node: nodeOf(
            kind === 'max' ? 'MaxPool' : 'AveragePool',
            `${kind} ${window}`,
            {
              kernel_shape: Array.from({ length: dims }, () => kernel),
            },
            entries,
          ),
          expected: REFERENCE[dims](x, { kernelSize: kernel, stride, ...others, padding, weights } as never),
        };
      }),
  );
  const global = globalSoftPool(x, { weights });
  return [
    ...found,
    { name: 'global max', node: nodeOf('GlobalMaxPool', 'global max'), expected: global },
    { name: 'global average', node: nodeOf('GlobalAveragePool', 'global average'), expected: global },
  ];
}

function nodeOf(
  opType: string,
  name: string,
  attributes: Record<string, AttributeValue> = {},
  more: NodeProto['attribute'] = [],
): NodeProto {
  const entries = Object.entries(attributes).map(([key, value]) => attribute(key, value));
  return create(NodeProtoSchema, { opType, name, input: ['x'], output: [name], attribute: [...entries, ...more] });
}

/**
 * TensorFlow's rule for `SAME`, where the odd element comes last in `UPPER` and first in `LOWER`.
 */
function paddingOf({ auto_pad: rule, pads = 0 }: Record<string, number | string>, size: number, kernel: number, stride: number) {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  if (rule === 'SAME_UPPER') return [Math.floor(total / 2), Math.ceil(total / 2)];
  if (rule === 'SAME_LOWER') return [Math.ceil(total / 2), Math.floor(total / 2)];
  return [pads, pads];
}

/** Numbers that all types have exactly. */
function inputOf(dims: number): Tensor<Float64Array> {
  const shape = [2, 3, ...SIZES.slice(0, dims)];
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float64Array.from({ length }, (_, i) => Math.round(200 * Math.sin(i * i)) / 64), shape };
}

function modelWith(all: readonly Pooling[], dims: number, type: (typeof TYPES)[number], opset: number, isOpen: boolean): Uint8Array {
  const shape = isOpen ? ['N', 'C', ...['D', 'H', 'W'].slice(0, dims)] : inputOf(dims).shape;
  // AveragePool has dilations since opset 19.
  const some = all.filter(({ name }) => opset >= 19 || name !== 'average dilated');
  const model = fromBinary(
    ModelProtoSchema,
    modelOf(
      some.map(({ node }) => node),
      tensorType(type, shape),
      tensorType(type, shape),
      { opset },
    ),
  );
  const open = Array.from({ length: dims + 2 }, () => null);
  model.graph!.output = some.map(({ name, expected }) => ({
    ...model.graph!.output[0]!,
    name,
    type: tensorType(type, isOpen ? open : expected.shape),
  }));
  return toBinary(ModelProtoSchema, model);
}

/** The error that a result may have: its rounding, and for float32 and float64 that of the sums. */
const TOLERANCE = { float16: 2 ** -11, float32: 2 ** -20, float64: 2 ** -49 } as const;

/** Types and weights change the arithmetic, and axes the shapes: so not every type on all axes. */
const GRID = [
  ...TYPES.flatMap((type) => (['perChannel', 'shared'] as const).map((weights) => ({ dims: 2, type, weights }) as const)),
  ...([1, 3] as const).map((dims) => ({ dims, type: 'float32', weights: 'perChannel' }) as const),
].map((each) => ({ ...each, all: poolings(each.dims, each.weights) }));

testFirst(3, OPSETS)('opset %i', async (opset) => {
  for (const { dims, type, weights, all } of GRID) {
    const x = inputOf(dims);
    const bits = { float16: new Uint16Array(), float32: new Float32Array(), float64: new Float64Array() }[type];
    const feeds = { x: new ort.Tensor(type, fromNumbers(bits, x.data, type) as never, x.shape) };
    for (const inline of [false, true]) {
      // The nodes are the same for open and for static sizes.
      const isOpen = inline === (opset % 2 === 0);
      const target = inline === (dims === 2) ? 'cpu' : 'any';
      const what = `${dims}-D ${weights} ${type}${isOpen ? ', open sizes' : ''}${inline ? ', inline' : ''} for ${target}`;
      const options = { from: KINDS, window: 'same', weights, inline, for: target } as const;
      const { model, report } = swapPooling(modelWith(all, dims, type, opset, isOpen), options);
      expect(new Set(report.map(({ action }) => action)), what).toEqual(new Set(['replaced']));
      const quick = { logSeverityLevel: 3, intraOpNumThreads: 1, graphOptimizationLevel: 'disabled' } as const;
      const session = await ort.InferenceSession.create(isOpen ? withImagesApart(model) : model, quick);
      const results = await session.run(feeds);
      expect(Object.keys(results), what).toHaveLength(report.length);
      for (const { name, expected } of all.filter(({ name }) => name in results)) {
        const { dims: shape, data } = results[name]!;
        expect([what, name, shape]).toEqual([what, name, expected.shape]);
        const values = toNumbers(data as Float32Array);
        const off = Math.max(...Array.from(expected.data, (value, i) => Math.abs(values[i]! - value) / Math.max(1, Math.abs(value))));
        expect(off, `${what}: ${name}`).toBeLessThan(TOLERANCE[type]);
      }
      await session.release();
    }
  }
});
