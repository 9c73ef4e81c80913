import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { onnxModel } from '@softpool/testing/onnx-models';
import { peakOf, TELL_PEAK } from '@softpool/testing/peak-memory';
import { TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { filesBelow, runCli, temporaryFolder } from '../../testing/run-cli.ts';

const GIB = 2 ** 30;

test('swap edits a model with 3 GiB of external weights in little memory, without reading or copying them', async () => {
  const folder = await temporaryFolder();
  const weights = join(folder, 'weights.bin');
  const file = await open(weights, 'w');
  await file.truncate(3 * GIB); // takes no room on the disk: whoever copies it, does
  await file.close();
  const before = await stat(weights, { bigint: true });
  const value = { type: 'float32', shape: ['N', 'C', 'H', 'W'] } as const;
  const large = create(TensorProtoSchema, {
    name: 'w',
    dataType: 1,
    dims: [BigInt((3 * GIB) / 4)],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: 'weights.bin' },
      { key: 'length', value: String(3 * GIB) },
    ],
  });
  const pool = { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
  const model = onnxModel({ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }], nodes: [pool], initializers: [large] });
  await writeFile(join(folder, 'm.onnx'), model);

  const env = { NODE_OPTIONS: TELL_PEAK };
  const { status, stderr, stdout } = await runCli(folder, ['swap', 'm.onnx', '-o', 's.onnx', '--json'], { env });
  expect([status, JSON.parse(stdout.toString()).replaced]).toEqual([0, 1]);
  expect(peakOf(stderr)).toBeLessThan(0.25 * GIB);
  expect(await stat(weights, { bigint: true })).toMatchObject({
    size: before.size,
    blocks: before.blocks,
    mtimeNs: before.mtimeNs,
    ino: before.ino,
  });
  expect(await filesBelow(folder)).toEqual(['m.onnx', 's.onnx', 'weights.bin']);
  expect((await readFile(join(folder, 's.onnx'))).length).toBeLessThan(10_000);
});
