import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { onnxModel } from '@softpool/testing/onnx-models';
import { TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { filesBelow, runCli, temporaryFolder } from '../../testing/run-cli.ts';

const GIB = 2 ** 30;

/** Prints, at the end of a process, the most memory that it had, in KiB. */
const SAYS_MEMORY = `data:text/javascript,${encodeURIComponent("process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))")}`;

/** The most memory of a run that printed it, in bytes. */
function peakOf(stderr: string): number {
  return 1024 * Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
}

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

  const env = { NODE_OPTIONS: `--import=${SAYS_MEMORY}` };
  const { status, stderr, stdout } = await runCli(folder, ['swap', 'm.onnx', '-o', 's.onnx', '--json'], { env });
  expect([status, JSON.parse(stdout.toString()).replaced]).toEqual([0, 1]);
  // The command runs on a thread of its own, and each thread has its heap: a sixth of the weights.
  expect(peakOf(stderr)).toBeLessThan(0.5 * GIB);
  expect(await stat(weights, { bigint: true })).toMatchObject({
    size: before.size,
    blocks: before.blocks,
    mtimeNs: before.mtimeNs,
    ino: before.ino,
  });
  expect(await filesBelow(folder)).toEqual(['m.onnx', 's.onnx', 'weights.bin']);
  expect((await readFile(join(folder, 's.onnx'))).length).toBeLessThan(10_000);
});
