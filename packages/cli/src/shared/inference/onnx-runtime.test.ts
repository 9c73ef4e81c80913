import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxModel } from '@softpool/testing/onnx-models';
import { expect, test } from 'vitest';
import { runCli, temporaryFolder } from '../../testing/run-cli.ts';

/** Where Node would look for onnxruntime-node from the root of the disk: there is none. */
const HIDDEN = `export const resolve = (specifier, context, next) =>
  next(specifier, specifier.startsWith('onnxruntime-node') ? { ...context, parentURL: 'file:///nowhere.mjs' } : context);`;

test('check and bench say in one line that onnxruntime-node is missing; inspect and swap work without it', async () => {
  const folder = await temporaryFolder();
  const value = { type: 'float32', shape: ['N', 'C', 'H', 'W'] } as const;
  const pool = { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2, 2] } };
  const model = onnxModel({ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }], nodes: [pool] });
  await writeFile(join(folder, 'm.onnx'), model);
  const hooks = `data:text/javascript,${encodeURIComponent(HIDDEN)}`;
  await writeFile(join(folder, 'hide.mjs'), `import { register } from 'node:module';\nregister(${JSON.stringify(hooks)});\n`);
  const env = { NODE_OPTIONS: `--import=${join(folder, 'hide.mjs')}` };
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
