// `softpool inspect`, and `softpool swap` of a run, which share how a model is found and loaded.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxModel } from '@softpool/testing/onnx-models';
import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

function run(folder: string, line: string): Promise<Result> {
  return runCli(folder, line.split(' '));
}

/** A folder with a trained run in `run/`. */
async function folderWithRun(): Promise<string> {
  const folder = await temporaryFolder();
  const data = '--data textured-shapes?samples=40&size=8 --augment none --batch-size 16 --epochs 1';
  expect((await run(folder, `train --model small2d --pool max --input-size 8x8 ${data} --output run`)).status).toBe(0);
  return folder;
}

test('inspect lists the pooling of a layers model, by model.json or its folder', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'model'));
  const config = { batch_input_shape: [null, 9, 9, 2], name: 'pool', pool_size: [3, 3], strides: [2, 2], padding: 'same' };
  const layers = [{ class_name: 'MaxPooling2D', config }];
  const modelTopology = { class_name: 'Sequential', config: { name: 'small', layers } };
  await writeFile(join(folder, 'model/model.json'), JSON.stringify({ modelTopology, weightsManifest: [] }));
  const byFile = await run(folder, 'inspect model/model.json');
  expect([byFile.status, byFile.stderr]).toEqual([0, '']);
  expect(byFile.stdout.toString()).toMatch(/│ 0 │ pool │ max 3×3\/2 same │ float32 │ \? × 5 × 5 × 2 │ yes +│/);
  const byFolder = await run(folder, 'inspect model --json');
  expect(JSON.parse(byFolder.stdout.toString())).toMatchObject({
    model: 'model',
    kind: 'tensorflow',
    weightFiles: [],
    poolings: [{ index: 0, path: 'pool', kind: 'max' }],
  });
});

test('the content of a model decides its kind, not its name', async () => {
  const folder = await temporaryFolder();
  const value = { type: 'float32', shape: ['N', 'C', 'H', 'W'] } as const;
  const pool = { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2, 2] } };
  const onnx = onnxModel({ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }], nodes: [pool] });
  await writeFile(join(folder, 'model.json'), onnx);
  const graph = { modelTopology: { node: [] }, weightsManifest: [] };
  await writeFile(join(folder, 'model.onnx'), JSON.stringify(graph, null, 2));
  expect(JSON.parse((await run(folder, 'inspect model.json --json')).stdout.toString()).kind).toBe('onnx');
  expect((await run(folder, 'inspect model.onnx')).stdout.toString()).toBe('model.onnx has no pooling\n');
});

test.each([
  ['missing', 'missing: no such file or folder'],
  [
    '.',
    '. is a folder without a model: it has neither the model.json of TensorFlow.js nor the config.json of a run or of a Hugging Face model',
  ],
  ['text.txt', /^text\.txt: /],
  ['list.json', 'list.json has no modelTopology: it is not the model.json of a TensorFlow.js model'],
])('inspect reports in one line that %s is not a model', async (path, message) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'text.txt'), 'not a model');
  await writeFile(join(folder, 'list.json'), '[1]');
  const { status, stderr } = await run(folder, `inspect ${path}`);
  const expected = typeof message === 'string' ? `softpool: ${message}\n` : expect.stringMatching(/^softpool: text\.txt: .*\n$/);
  expect([status, stderr]).toEqual([1, expected]);
});

test('inspect lists soft pooling that is written as operators, beside the poolings in it', async () => {
  const folder = await temporaryFolder();
  const exported = new URL('../../../../onnx/src/fold/fixtures/', import.meta.url);
  await copyFile(new URL('sharper-13.onnx', exported), join(folder, 'ratio.onnx'));
  await copyFile(new URL('mean-13.onnx', exported), join(folder, 'mean.onnx'));
  const ratio = JSON.parse((await run(folder, 'inspect ratio.onnx --json')).stdout.toString());
  expect(ratio.poolings.map(({ path, obstacle }: { path: string; obstacle?: string }) => [path, obstacle])).toEqual([
    ['/AveragePool', 'it averages exponentials, as soft pooling written as operators does (see fold)'],
    ['/AveragePool_1', 'it averages exponentials, as soft pooling written as operators does (see fold)'],
  ]);
  const { stdout } = await run(folder, 'inspect mean.onnx');
  const [title, ...lines] = stdout.toString().split('\n');
  expect(title).toBe('soft pooling written as operators, which softpool fold replaces:');
  expect(lines.filter((line) => line.startsWith('│')).map((line) => line.split('│').map((cell) => cell.trim()))).toEqual([
    ['', 'name', 'written as', 'pooling', ''],
    ['', '/Div', 'ReduceMean(x·eˣ) / ReduceMean(eˣ)', 'global soft', ''],
  ]);
  const refused = await run(folder, 'swap ratio.onnx --from average -o swapped.onnx');
  expect([refused.status, refused.problems]).toEqual([1, [expect.stringContaining('it averages exponentials')]]);
});

test('inspect, swap, check and export take the folder of a run', { tags: 'long' }, async () => {
  const folder = await folderWithRun();
  const inspected = JSON.parse((await run(folder, 'inspect run --json')).stdout.toString());
  expect(inspected).toMatchObject({
    kind: 'run',
    poolings: expect.arrayContaining([expect.objectContaining({ path: 'pool1', kind: 'max' })]),
  });
  const planned = await run(folder, 'swap run -o soft --dry-run');
  expect(planned.stdout.toString()).toMatch(/run → soft\/model\.json, 1 weight file \(dry run: nothing was written\)\n$/);
  expect(await filesBelow(join(folder, 'soft'))).toEqual([]);

  const swapped = await run(folder, 'swap run -o soft');
  expect([swapped.status, swapped.stderr]).toEqual([0, 'run → soft/model.json, 1 weight file\n']);
  expect(await filesBelow(join(folder, 'soft'))).toEqual(['model.json', 'weights.bin']);
  const { format, weightsManifest } = JSON.parse(await readFile(join(folder, 'soft/model.json'), 'utf8'));
  expect([format, weightsManifest[0].paths]).toEqual(['layers-model', ['weights.bin']]);
  expect((await run(folder, 'swap soft -o back --from soft --to max --quiet')).stderr).toBe('');
  const checked = JSON.parse((await run(folder, 'check run soft --json')).stdout.toString());
  expect(checked.outputs[0].largest).toBeGreaterThan(0);
  const exported = await run(folder, 'export soft -o soft.onnx --dry-run');
  expect(exported.stdout.toString()).toMatch(/^soft → soft\.onnx, [\d,]+ parameters \(dry run: nothing was written\)\n$/);
  expect((await filesBelow(folder)).includes('soft.onnx')).toBe(false);
});

/** A file of IDX, the format of MNIST: bytes in an array of this shape. */
function idx(shape: readonly number[], valueAt: (index: number) => number): Uint8Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const lengths = shape.flatMap((length) => [0, 0, 0, length]);
  return Uint8Array.from([0, 0, 8, shape.length, ...lengths, ...Array.from({ length: size }, (_, i) => valueAt(i))]);
}

test('inspect, swap and export take a run on gray pictures', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  for (const part of ['train', 't10k']) {
    await writeFile(
      join(folder, `data/${part}-images-idx3-ubyte`),
      idx([20, 8, 8], (i) => (i * i) % 256),
    );
    await writeFile(
      join(folder, `data/${part}-labels-idx1-ubyte`),
      idx([20], (i) => i % 10),
    );
  }
  const flags = '--model small2d --pool max --input-size 8x8 --augment none --batch-size 20 --epochs 1';
  expect((await run(folder, `train ${flags} --data data --output run`)).status).toBe(0);
  const inspected = await run(folder, 'inspect run --json');
  expect([inspected.status, inspected.stderr]).toEqual([0, '']);
  expect((await run(folder, 'swap run -o soft --quiet')).stderr).toBe('');
  const { modelTopology } = JSON.parse(await readFile(join(folder, 'soft/model.json'), 'utf8'));
  expect(JSON.stringify(modelTopology)).toContain('"batch_input_shape":[null,8,8,1]');
  expect((await run(folder, 'export run -o model.onnx')).status).toBe(0);
  const session = await ort.InferenceSession.create(await readFile(join(folder, 'model.onnx')), { logSeverityLevel: 3 });
  expect(session.inputMetadata).toMatchObject([{ shape: [expect.any(String), 8, 8, 1] }]);
});
