/** AveragePool whose padding counts as zeros, which is the default of PyTorch. */
import { create } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { NodeProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { inspectPooling, swapPooling } from '../index.ts';

const SHAPE = [2, 3, 6, 7];
const DATA = Float32Array.from({ length: 2 * 3 * 6 * 7 }, (_, i) => 3 * Math.sin(i * i * 0.37));

function averagePool(attributes: Record<string, AttributeValue>): Uint8Array {
  const entries = Object.entries({ ...attributes, count_include_pad: 1 }).map(([name, value]) => attribute(name, value));
  const node = create(NodeProtoSchema, { opType: 'AveragePool', name: 'pool', input: ['x'], output: ['y'], attribute: entries });
  const type = tensorType('float32', ['N', 3, 'H', 'W']);
  return modelOf([node], type, type);
}

async function run(model: Uint8Array): Promise<{ data: Float32Array; shape: readonly number[] }> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const { y } = await session.run({ x: new ort.Tensor('float32', DATA, SHAPE) });
  await session.release();
  return { data: y!.data as Float32Array, shape: y!.dims };
}

/** Soft pooling without padding, of an input that has zeros around its planes. */
function pooledWithZeros(kernelSize: Pair, stride: Pair, [top, left, bottom, right]: Around): readonly number[] {
  const [batch = 0, channels = 0, height = 0, width = 0] = SHAPE;
  const shape = [batch, channels, height + top + bottom, width + left + right];
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1));
  for (const [i, value] of DATA.entries()) {
    const [plane, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    data[(plane * shape[2]! + row + top) * shape[3]! + column + left] = value;
  }
  return Array.from(softPool2d({ data, shape }, { kernelSize, stride }).data);
}

type Pair = readonly [number, number];
type Around = readonly [top: number, left: number, bottom: number, right: number];

describe.each<[string, Record<string, AttributeValue>, Around, string]>([
  ['pads', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, [1, 1, 1, 1], 'soft 3×3/2 pad 1 with zeros'],
  ['other pads', { kernel_shape: [2, 3], pads: [1, 0, 0, 2] }, [1, 0, 0, 2], 'soft 2×3/1 pad 1+0 × 0+2 with zeros'],
  // Of 6 rows in steps of 2, and 7 columns in steps of 2, one row and two columns are missing.
  ['SAME_UPPER', { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }, [0, 1, 1, 1], 'soft 3×3/2 same with zeros'],
  ['SAME_LOWER', { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_LOWER' }, [1, 1, 0, 1], 'soft 3×3/2 same, lower with zeros'],
])('%s', (_, attributes, around, words) => {
  const model = averagePool(attributes);

  test.each([{ for: 'any', inline: false }, { for: 'any', inline: true }, { for: 'cpu' }, { for: 'gpu' }] as const)(
    'zeros count in soft pooling, %o',
    async (how) => {
      const { model: soft, report } = swapPooling(model, { from: 'average', ...how });
      expect(report).toMatchObject([{ action: 'replaced', after: words }]);
      const { kernel_shape: kernel, strides = [1, 1] } = attributes as Record<string, unknown>;
      const expected = pooledWithZeros(kernel as Pair, strides as Pair, around);
      const { data } = await run(soft);
      expect(data).toHaveLength(expected.length);
      for (const [i, y] of data.entries()) expect(y).toBeCloseTo(expected[i]!, 5);
    },
  );

  test('with β = 0 it is the average that ONNX Runtime computes', async () => {
    const [before, after] = [await run(model), await run(swapPooling(model, { from: 'average', beta: 0 }).model)];
    expect(after.shape).toEqual(before.shape);
    for (const [i, y] of after.data.entries()) expect(y).toBeCloseTo(before.data[i]!, 5);
  });

  test('a swapped model is read with its zeros', () => {
    expect(inspectPooling(swapPooling(model, { from: 'average' }).model)).toMatchObject([{ kind: 'soft', window: { padMode: 'zeros' } }]);
  });
});

test('in ceil mode it is refused, with the reason', () => {
  const { report } = swapPooling(averagePool({ kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2], ceil_mode: 1 }), {
    from: 'average',
  });
  expect(report).toMatchObject([
    { action: 'refused', reason: 'its count_include_pad is 1 in ceil mode, where runtimes disagree about what counts' },
  ]);
});
