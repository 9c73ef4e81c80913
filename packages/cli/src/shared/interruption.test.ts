import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, runCli, temporaryFolder } from '../testing/run-cli.ts';

test('Ctrl-C ends a command in the middle of synchronous work, without waiting for its end', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'model'));
  // Layers in reverse order, which take TensorFlow.js as many passes as there are layers.
  const count = 30_000;
  const layers = Array.from({ length: count }, (_, i) => ({
    ...{ class_name: 'MaxPooling2D', name: `pool${i}`, config: { name: `pool${i}`, pool_size: [1, 1] } },
    inbound_nodes: [[[i === count - 1 ? 'x' : `pool${i + 1}`, 0, 0, {}]]],
  }));
  const input = { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 8, 8, 1] }, inbound_nodes: [] };
  const config = { name: 'm', layers: [...layers, input], input_layers: [['x', 0, 0]], output_layers: [['pool0', 0, 0]] };
  await writeFile(join(folder, 'model/model.json'), JSON.stringify({ modelTopology: { class_name: 'Model', config } }));
  const { status } = await runCli(folder, ['swap', 'model', '-o', 'soft'], {
    onStart: (child) => setTimeout(() => child.kill('SIGINT'), 6000),
  });
  expect(status).toBe(130);
  expect(await filesBelow(folder)).toEqual(['model/model.json']);
});
