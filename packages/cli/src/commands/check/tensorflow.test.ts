// `softpool check` and `softpool bench` on TensorFlow.js models.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxModel } from '@softpool/testing/onnx-models';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

function run(folder: string, line: string): Promise<Result> {
  return runCli(folder, line.split(' '));
}

/**
 * Writes a layers model of one pooling, for inputs of 2 × 2 pixels with `channels` channels unless
 * they are dynamic.
 */
async function writeLayersModel(folder: string, className: string, shape: readonly (number | null)[], more: object = {}): Promise<void> {
  const pool = { batch_input_shape: [null, ...shape], name: 'pool', pool_size: [2, 2], strides: [2, 2], padding: 'valid', ...more };
  await writeModel(folder, {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'small', layers: [{ class_name: className, config: pool }] } },
    weightsManifest: [],
  });
}

/** Writes a graph model that pools its input x to y. */
async function writeGraphModel(folder: string, op: string): Promise<void> {
  const type = { T: { type: 'DT_FLOAT' } };
  const integers = (...values: number[]) => ({ list: { i: values.map(String) } });
  const sizes = { ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: { s: btoa('VALID') } };
  const shape = { shape: { dim: [{ size: '-1' }, { size: '-1' }, { size: '-1' }, { size: '1' }] } };
  await writeModel(folder, {
    format: 'graph-model',
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape } },
        { name: 'y', op, input: ['x'], attr: { ...type, ...sizes } },
      ],
      versions: { producer: 1 },
    },
    weightsManifest: [],
  });
}

async function writeModel(folder: string, model: object): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
}

test('check compares layers models on the numbers of a file, by model.json or folder', async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [2, 2, 1]);
  await writeLayersModel(join(folder, 'average'), 'AveragePooling2D', [2, 2, 1]);
  await writeFile(join(folder, 'x.bin'), new Uint8Array(Float32Array.of(4, 1, 2, 3).buffer));
  const { status, stdout, stderr } = await run(folder, 'check max/model.json average --inputs x.bin --json');
  expect([status, stderr]).toEqual([0, '']);
  const { outputs } = JSON.parse(stdout.toString());
  // The maximum is 4, the average 2.5.
  expect(outputs).toMatchObject([
    { output: 'pool', type: 'float32', shape: [1, 1, 1, 1], shapeAfter: [1, 1, 1, 1], largest: 1.5, relative: 1.5 / 4 },
  ]);
});

test('check compares the maxima of 3-D windows that are all negative', async () => {
  const folder = await temporaryFolder();
  const windows = { pool_size: [2, 2, 2], strides: [2, 2, 2] };
  await writeLayersModel(join(folder, 'max'), 'MaxPooling3D', [2, 2, 2, 1], windows);
  await writeLayersModel(join(folder, 'average'), 'AveragePooling3D', [2, 2, 2, 1], windows);
  await writeFile(join(folder, 'x.bin'), new Uint8Array(Float32Array.of(-4, -1, -2, -3, -4, -6, -5, -7).buffer));
  const { status, stdout, stderr } = await run(folder, 'check max average --inputs x.bin --json');
  expect([status, stderr]).toEqual([0, '']);
  // The maximum is −1, the average −4.
  expect(JSON.parse(stdout.toString()).outputs).toMatchObject([{ output: 'pool', largest: 3, relative: 3 }]);
});

test('check compares a graph model with the one that swap makes of it', async () => {
  const folder = await temporaryFolder();
  await writeGraphModel(join(folder, 'max'), 'MaxPool');
  expect((await run(folder, 'swap max -o soft')).status).toBe(0);
  await writeFile(join(folder, 'x.bin'), new Uint8Array(Float32Array.of(0, Math.log(3), Math.log(3), 0).buffer));
  const { status, stdout, stderr } = await run(folder, 'check max soft --input-size 1x2x2x1 --inputs x=x.bin --json');
  expect([status, stderr]).toEqual([0, '']);
  // The weights of ln 3 are 3/8 each, so the soft maximum is 3/4 of it.
  expect(JSON.parse(stdout.toString()).outputs[0].largest).toBeCloseTo(Math.log(3) / 4, 6);
});

test('the same seed gives the same random inputs, another seed others', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [8, 8, 3]);
  await writeLayersModel(join(folder, 'average'), 'AveragePooling2D', [8, 8, 3]);
  const largest = async (line: string): Promise<number> => {
    return JSON.parse((await run(folder, `check max average --json${line}`)).stdout.toString()).outputs[0].largest;
  };
  expect(await largest(' --seed 0')).toBe(await largest(''));
  expect(await largest(' --seed 1')).not.toBe(await largest(''));
});

test('check runs TensorFlow.js models on images', async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [null, null, 3]);
  await plain(folder, 'gray.png', 4, 4, [51, 51, 51]);
  const { status, stdout } = await run(folder, 'check max max --images gray.png --crop 4 --json');
  expect([status, JSON.parse(stdout.toString())]).toMatchObject([0, { runs: 1, outputs: [{ shape: [1, 2, 2, 3], largest: 0 }] }]);
});

test('check reports outputs of other shapes, with exit code 1', async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'small'), 'MaxPooling2D', [4, 4, 1]);
  await writeLayersModel(join(folder, 'large'), 'MaxPooling2D', [4, 4, 1], { strides: [1, 1] });
  const { status, stdout, problems } = await run(folder, 'check small large');
  expect([status, problems]).toEqual([1, ['softpool: the models have outputs of different shapes']]);
  expect(stdout.toString()).toMatch(/│ pool +│ float32 │ 1 × 2 × 2 × 1 │ 1 × 3 × 3 × 1 /);
});

test('bench times TensorFlow.js models', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [16, 16, 4]);
  await writeLayersModel(join(folder, 'soft'), 'SoftPooling2D', [16, 16, 4], { beta: 1, weights: 'perChannel', gradient: 'weights' });
  const { status, stdout } = await run(folder, 'bench max soft --runs 3 --json');
  const { before, after, runs, ratio } = JSON.parse(stdout.toString());
  expect([status, runs, before.model, after.model]).toEqual([0, 3, 'max', 'soft']);
  expect(ratio).toBeCloseTo(after.median / before.median, 12);
  expect((await run(folder, 'bench max soft --runs 3')).stdout.toString()).toMatch(/│ soft +│.*│ +× [\d.]+ │/);
});

test('models of two kinds are refused, and so are threads of TensorFlow.js', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [2, 2, 1]);
  const value = { type: 'float32', shape: [1, 1, 2, 2] } as const;
  const pool = { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2, 2] } };
  await writeFile(
    join(folder, 'max.onnx'),
    onnxModel({ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }], nodes: [pool] }),
  );
  const { status, problems } = await run(folder, 'check max max.onnx');
  expect([status, problems]).toEqual([
    2,
    ['softpool: max is a TensorFlow.js model and max.onnx is an ONNX model: give two models of the same kind'],
  ]);
  expect((await run(folder, 'bench max max --threads 2')).problems).toEqual([
    'softpool: --threads is for ONNX models: TensorFlow.js runs on one thread',
  ]);
});

test('an --input-size that does not fit the input is one line', async () => {
  const folder = await temporaryFolder();
  await writeLayersModel(join(folder, 'max'), 'MaxPooling2D', [2, 2, 1]);
  const { status, problems } = await run(folder, 'check max max --input-size 1x3');
  expect([status, problems]).toEqual([2, ['softpool: --input-size 1x3 does not fit the input pool_input, which is ?x2x2x1']]);
});

test('a model that TensorFlow.js cannot load is one line that says so', async () => {
  const folder = await temporaryFolder();
  const unknown = { class_name: 'Unknown', name: 'a', config: { name: 'a' }, inbound_nodes: [] };
  for (const [layers, message] of [
    [[unknown], /^softpool: m\.json: TensorFlow\.js cannot load it: Unknown layer: .+/],
    [null, /^softpool: m\.json: the layers of model\.modelTopology must be a list of objects, received null$/],
  ] as const) {
    const config = { name: 'm', layers, input_layers: [], output_layers: [] };
    await writeFile(join(folder, 'm.json'), JSON.stringify({ modelTopology: { class_name: 'Model', config } }));
    const { status, problems } = await run(folder, 'check m.json m.json');
    expect([status, problems]).toEqual([1, [expect.stringMatching(message)]]);
  }
});
