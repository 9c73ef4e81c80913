/**
 * Every window over every small input has as many outputs as ONNX Runtime gives the pooling that it
 * replaces, or is refused by name.
 */
import { create } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { NodeProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { attribute } from '../graph/attributes.ts';
import { swapPooling } from '../index.ts';

type Pads = 'VALID' | 'SAME_UPPER' | 'SAME_LOWER' | readonly [number, number];

interface Window {
  readonly op: 'MaxPool' | 'AveragePool';
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pads: Pads;
  readonly ceil: 0 | 1;
}

function pooling({ op, kernel, stride, dilation, pads, ceil }: Window, size: number | string): Uint8Array {
  const attributes = [
    attribute('kernel_shape', [kernel]),
    attribute('strides', [stride]),
    attribute('ceil_mode', ceil),
    ...(dilation === 1 ? [] : [attribute('dilations', [dilation])]),
    typeof pads === 'string' ? attribute('auto_pad', pads) : attribute('pads', pads),
  ];
  const node = create(NodeProtoSchema, { opType: op, name: 'pool', input: ['x'], output: ['y'], attribute: attributes });
  return modelOf([node], tensorType('float32', [1, 1, size]), tensorType('float32', [1, 1, null]), { opset: 17 });
}

/**
 * The number of outputs for an input of ones, all of which must be 1; `undefined` if it cannot be
 * run.
 */
async function outputs(model: Uint8Array, size: number): Promise<number | undefined> {
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1, graphOptimizationLevel: 'disabled' } as const;
  const session = await ort.InferenceSession.create(model, options).catch(() => undefined);
  const x = new ort.Tensor('float32', new Float32Array(size).fill(1), [1, 1, size]);
  const y = await session?.run({ x }).then(
    (results) => results.y,
    () => undefined,
  );
  await session?.release();
  if (y !== undefined) expect(Array.from(y.data as Float32Array).every((value) => value === 1)).toBe(true);
  return y?.dims[2];
}

const WINDOWS = (['MaxPool', 'AveragePool'] as const).flatMap((op) =>
  (op === 'MaxPool' ? [1, 2] : [1]).flatMap((dilation) =>
    [1, 2, 3].flatMap((kernel) =>
      [1, 2, 3].flatMap((stride) =>
        (['VALID', 'SAME_UPPER', 'SAME_LOWER', [0, 0], [1, 0], [0, 1], [1, 1]] as Pads[]).flatMap((pads) =>
          ([0, 1] as const).map((ceil): Window => ({ op, kernel, stride, dilation, pads, ceil })),
        ),
      ),
    ),
  ),
);

test('outputs are as many as ONNX Runtime gives the original', async () => {
  const reasons = new Set<string>();
  for (const window of WINDOWS) {
    for (const size of [1, 2, 3, 4, 5]) {
      const original = pooling(window, size);
      const { report, model } = swapPooling(original, { from: ['max', 'average'], window: 'same', inline: true });
      const { action, reason } = report[0]!;
      if (action === 'replaced') {
        const [was, is] = [await outputs(original, size), await outputs(model, size)];
        // ONNX Runtime 1.30 refuses a strided window of 1 with SAME: its padding is negative.
        const expected = was ?? Math.ceil(size / window.stride);
        expect([window, size, is]).toEqual([window, size, expected]);
      } else reasons.add(reason.replaceAll(/\d+/g, 'n'));
    }
  }
  expect(reasons).toEqual(
    new Set([
      'with auto_pad VALID and ceil_mode n, the standard and runtimes disagree about the output size',
      'its pads leave windows without any input',
      'its window is larger than its input, which has n elements along spatial axis n',
      'its dilation of n is larger than its input, which has n elements along spatial axis n',
      'with auto_pad SAME and dilations, the standard and runtimes disagree about the output size',
    ]),
  );
});

test('in ceil mode a window that exceeds its input by less than the stride is replaced', async () => {
  const window = { op: 'MaxPool', kernel: 3, stride: 2, dilation: 1, pads: [0, 0], ceil: 1 } as const;
  expect(swapPooling(pooling(window, 2), { window: 'same' }).report[0]!.action).toBe('replaced');
  expect(swapPooling(pooling(window, 1), { window: 'same' }).report[0]!.action).toBe('refused');
});

test('an input of open size that is smaller than the window gives no output, as the standard has it', async () => {
  const window = { op: 'MaxPool', kernel: 3, stride: 2, dilation: 1, pads: [0, 0], ceil: 0 } as const;
  const { model } = swapPooling(pooling(window, 'L'), { window: 'same' });
  expect(await outputs(model, 2)).toBe(0); // ⌊(2 − 3) / 2⌋ + 1
  expect(await outputs(model, 3)).toBe(1);
});
