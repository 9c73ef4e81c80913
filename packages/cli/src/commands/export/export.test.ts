// `softpool export`: of a run, of a saved model, and what it refuses.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countModel, createBackbone, encodeSafetensors, loadWeights, saveWeights } from '@softpool/models';
import { readWeights } from '@softpool/models/node';
import { softPooling2d } from '@softpool/tfjs';
import { openBackend } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

beforeAll(() => openBackend('cpu'));

function exported(folder: string, line: string): Promise<Result> {
  return runCli(folder, ['export', ...line.split(' ')]);
}

/** Runs a file on what the model gets, channels first or last, and expects what the model gives. */
async function expectSame(file: string, model: tfl.LayersModel, layout: 'first' | 'last'): Promise<void> {
  const shape: number[] = [2, ...model.inputs[0]!.shape.slice(1).map(Number)];
  const x = tf.randomNormal(shape as [number, number, number, number], 0, 1, 'float32', 5);
  const given = layout === 'first' ? tf.transpose(x, [0, 3, 1, 2]) : x;
  const session = await ort.InferenceSession.create(await readFile(file), { logSeverityLevel: 3 });
  const feed = new ort.Tensor('float32', given.dataSync() as Float32Array, given.shape);
  const result = (await session.run({ [session.inputNames[0]!]: feed }))[session.outputNames[0]!]!;
  const expected = Array.from((model.predict(x) as tf.Tensor).dataSync());
  const largest = Math.max(...expected.map(Math.abs));
  const values = result.data as Float32Array;
  expect(Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(1e-5 * largest);
}

test('export writes a run with its best weights, and ONNX Runtime computes the same', async () => {
  const folder = await temporaryFolder();
  const network = '--model small2d --pool soft --positions all --beta 2 --pool-weights shared --input-size 8x8';
  const data = '--data textured-shapes?samples=80&size=8 --augment none --batch-size 16 --epochs 1 --seed 3';
  expect((await runCli(folder, `train ${network} ${data} -o run`.split(' '))).status).toBe(0);
  const { status, stdout, stderr } = await exported(folder, 'run -o model.onnx --layout channelsFirst');
  const { settings } = JSON.parse(await readFile(join(folder, 'run/config.json'), 'utf8'));
  const options = { positions: 'all', beta: 2, weights: 'shared', inputShape: [8, 8, 3], classes: settings.classes.length } as const;
  const model = createBackbone('small2d', options);
  await loadWeights(model, (await readWeights(join(folder, 'run/best.safetensors'))).tensors);
  const parameters = countModel(model).parameters.toLocaleString('en');
  // The recipe's normalization, because small networks have none of their own.
  const normalization = 'mean 0.485 0.456 0.406, std 0.229 0.224 0.225';
  expect([status, stdout.toString(), stderr]).toEqual([0, '', `run → model.onnx, ${parameters} parameters, ${normalization}\n`]);
  await expectSame(join(folder, 'model.onnx'), model, 'first');
});

test('export writes a network with weights from a file', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const options = { inputShape: [75, 75, 3], classes: 4, pool: 'max' } as const;
  const model = createBackbone('inception_v3', options);
  await writeFile(join(folder, 'weights.safetensors'), encodeSafetensors(await saveWeights(model)));
  const flags = '--weights weights.safetensors --pool max --classes 4 --input-size 75x75 -o model.onnx';
  const { status, stderr } = await exported(folder, `--model inception_v3 ${flags}`);
  const parameters = countModel(model).parameters.toLocaleString('en');
  const normalization = 'mean 0.5 0.5 0.5, std 0.5 0.5 0.5';
  expect([status, stderr]).toEqual([0, `weights.safetensors → model.onnx, ${parameters} parameters, ${normalization}\n`]);
  await expectSame(join(folder, 'model.onnx'), model, 'last');

  const usage = async (line: string): Promise<unknown> => {
    const { status, problems } = await exported(folder, line);
    return [status, problems];
  };
  expect(await usage('-o a.onnx')).toEqual([2, ['softpool: missing model: give a model.json, a run, or --model with --weights']]);
  expect(await usage('--model resnet18 -o a.onnx')).toEqual([2, ['softpool: missing weights of --model: give --weights with a file']]);
  expect(await usage(`--model inception_v3 ${flags.replace('model.onnx', 'a.onnx')} --except head`)).toEqual([
    2,
    [`softpool: --except must be names in the model or the file, received 'head'`],
  ]);
});

test('export writes a network with the weights in a run, and refuses flags that a run has inside', async () => {
  const folder = await temporaryFolder();
  const run = 'train --model small2d --data textured-shapes?samples=18&size=8 --pool max --augment none --epochs 1 -o run --quiet';
  expect((await runCli(folder, run.split(' '))).status).toBe(0);
  const named = '--model small2d --pool max --classes 9 --input-size 8 --weights run/best.safetensors -o named.onnx';
  expect((await exported(folder, named)).stderr).toMatch(/^run\/best\.safetensors → named\.onnx, /);
  expect((await exported(folder, 'run -o run.onnx')).status).toBe(0);
  expect(await readFile(join(folder, 'named.onnx'))).toEqual(await readFile(join(folder, 'run.onnx')));

  // Its pooling and its normalization would be ignored.
  const folderOfRun = await exported(folder, '--model small2d --classes 9 --input-size 8 --weights run -o other.onnx');
  const advice = 'a run has its network inside: use softpool export run without --model';
  expect([folderOfRun.status, folderOfRun.problems]).toEqual([2, [`softpool: --weights run is a folder; ${advice}`]]);
  for (const [flag, value] of Object.entries({ pool: 'soft', classes: '3', beta: '2', except: 'fc', 'weights-prefix': 'x.' })) {
    const { status, problems } = await exported(folder, `run --${flag} ${value} -o other.onnx`);
    const message = `softpool: run and --${flag} exclude each other: give a file or a run, or --model with --weights`;
    expect([status, problems]).toEqual([2, [message]]);
  }
  const untrained = await exported(folder, `${named.replace('named', 'untrained')} --except fc`);
  const warning = 'softpool: --except leaves untrained weights in the network, which affect all results: fc';
  expect([untrained.status, untrained.problems]).toEqual([0, [warning]]);
  const unused = await exported(folder, `${named} --beta 2`);
  expect([unused.status, unused.problems]).toEqual([2, ['softpool: --beta is for --pool soft']]);
});

test('export writes a saved model, replaces a file only with --force, and prints JSON', async () => {
  const folder = await temporaryFolder();
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [7, 8, 1], filters: 3, kernelSize: 3, activation: 'relu' }),
      softPooling2d({ poolSize: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  await save(model, join(folder, 'saved'));
  const { status, stdout } = await exported(folder, 'saved/model.json -o model.onnx --inline --json');
  const bytes = await readFile(join(folder, 'model.onnx'));
  expect([status, JSON.parse(stdout.toString())]).toEqual([
    0,
    { input: 'saved/model.json', output: 'model.onnx', outputBytes: bytes.length, parameters: 68 },
  ]);
  await expectSame(join(folder, 'model.onnx'), model, 'last');

  const again = await exported(folder, 'saved/model.json -o model.onnx');
  expect([again.status, again.stderr]).toEqual([1, 'softpool: model.onnx already exists; use --force to replace it\n']);
  expect(await readFile(join(folder, 'model.onnx'))).toEqual(bytes);
  expect((await exported(folder, 'saved/model.json -o model.onnx --force')).status).toBe(0);
});

test('export writes over none of the files that it reads, also with --force', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const model = tfl.sequential({ layers: [tfl.layers.dense({ inputShape: [4], units: 3 })] });
  await save(model, join(folder, 'model'));
  const files = await filesBelow(join(folder, 'model'));
  const before = await Promise.all(files.map((file) => readFile(join(folder, 'model', file))));
  for (const file of files) {
    const { status, stderr } = await exported(folder, `model -o model/${file} --force`);
    expect([status, stderr]).toEqual([1, `softpool: model: model/${file} is a file of this model; choose another --output\n`]);
  }
  expect(await Promise.all(files.map((file) => readFile(join(folder, 'model', file))))).toEqual(before);
});

test('export refuses what it cannot write, and leaves nothing behind', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const recurrent = tfl.layers.simpleRNN({ name: 'rnn', units: 2, inputShape: [3, 2], recurrentInitializer: 'zeros' });
  await save(tfl.sequential({ layers: [recurrent, tfl.layers.repeatVector({ n: 2 })] }), join(folder, 'recurrent'));
  await writeFile(join(folder, 'graph.json'), JSON.stringify({ format: 'graph-model', modelTopology: { node: [] } }));
  await writeFile(join(folder, 'other.json'), '{}');
  await writeFile(
    join(folder, 'strange.json'),
    JSON.stringify({ modelTopology: { class_name: 'Sequential', config: [{ class_name: 'Odd', config: {} }] } }),
  );
  await mkdir(join(folder, 'run'));
  await writeFile(join(folder, 'run/config.json'), JSON.stringify({ format: 'softpool-run', settings: { seed: 1 } }));
  const before = await filesBelow(folder);
  const cases: [string, string][] = [
    ['none', 'none: no such file or folder'],
    ['run', 'run is not a run of softpool train: its settings name no network'],
    ['graph.json', 'graph.json is a graph model; only layers models can be written as ONNX'],
    ['other.json', 'other.json has no modelTopology: it is not the model.json of a TensorFlow.js model'],
    ['recurrent/model.json', 'recurrent/model.json: these layers cannot be written as ONNX: rnn (SimpleRNN)'],
  ];
  for (const [path, message] of cases) {
    const { status, stderr } = await exported(folder, `${path} -o model.onnx`);
    expect([path, status, stderr]).toEqual([path, 1, `softpool: ${message}\n`]);
  }
  const strange = await exported(folder, 'strange.json -o model.onnx');
  expect([strange.status, strange.stderr]).toEqual([
    1,
    expect.stringMatching(/^softpool: strange\.json: TensorFlow\.js cannot load it: Unknown layer: Odd\..*\n$/),
  ]);
  expect(await filesBelow(folder)).toEqual(before);
});

/** Writes a model as `model.save` does in a browser. */
async function save(model: tfl.LayersModel, folder: string): Promise<void> {
  await mkdir(folder);
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      await writeFile(join(folder, 'model.json'), JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }));
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}
