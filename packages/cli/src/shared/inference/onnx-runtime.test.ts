import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxModel, TYPES } from '@softpool/testing/onnx-models';
import { expect, test } from 'vitest';
import { withoutPackage } from '../../testing/hide-package.ts';
import { runCli, temporaryFolder } from '../../testing/run-cli.ts';

test('check and bench say in one line that onnxruntime-node is missing; inspect and swap work without it', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const value = { type: 'float32', shape: ['N', 'C', 'H', 'W'] } as const;
  const pool = { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2, 2] } };
  const model = onnxModel({ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }], nodes: [pool] });
  await writeFile(join(folder, 'm.onnx'), model);
  const env = await withoutPackage(folder, 'onnxruntime-node');
  for (const command of ['check', 'bench']) {
    const { status, stdout, stderr } = await runCli(folder, [command, 'm.onnx', 'm.onnx'], { env });
    expect([status, stdout.toString(), stderr]).toEqual([
      2,
      '',
      `softpool: softpool ${command} needs onnxruntime-node: npm install onnxruntime-node\n`,
    ]);
  }
  expect((await runCli(folder, ['swap', 'm.onnx', '-o', 's.onnx'], { env })).status).toBe(0);
  expect((await runCli(folder, ['inspect', 's.onnx'], { env })).status).toBe(0);
});

test('an output of 4 bits, at which onnxruntime-node ends the process, is refused', async () => {
  const folder = await temporaryFolder();
  const cast = { op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: TYPES.int4 } };
  const [x, y] = [{ name: 'x', type: 'float32', shape: [4] } as const, { name: 'y', type: 'int4', shape: [4] } as const];
  await writeFile(join(folder, 'm.onnx'), onnxModel({ inputs: [x], outputs: [y], nodes: [cast] }, { opset: 21, irVersion: 10 }));
  const { status, stderr } = await runCli(folder, ['check', 'm.onnx', 'm.onnx'], {});
  expect([status, stderr]).toEqual([1, 'softpool: m.onnx: its output y has the type int4, which onnxruntime-node cannot give\n']);
});
