// `softpool swap` and `inspect` on folders of Hugging Face models, which transformers.js opens.
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AutoProcessor, env, pipeline, RawImage } from '@huggingface/transformers';
import { IMAGE_NETWORK, writeImageModel } from '@softpool/testing/model-folders';
import { onnxModel } from '@softpool/testing/onnx-models';
import { testFirst } from '@softpool/testing/test-first';
import { softPool2d } from 'softpool';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

function softpool(folder: string, line: string): Promise<Result> {
  return runCli(folder, line.split(' '));
}

/** A folder with a model in `tiny/`. */
async function folderWithModel(): Promise<string> {
  const folder = await temporaryFolder();
  await writeImageModel(join(folder, 'tiny'));
  return folder;
}

const PICTURE = new RawImage(
  Uint8ClampedArray.from({ length: 40 * 36 * 3 }, (_, i) => 128 + 127 * Math.sin(i * 0.37) * Math.cos(i * i * 0.001)),
  40,
  36,
  3,
);

/** The scores of the labels by transformers.js. */
async function classified(model: string, dtype: 'fp32' | 'fp16' | 'q8' | 'q4'): Promise<number[]> {
  const classify = await pipeline('image-classification', model, { dtype });
  const found = (await classify(PICTURE, { top_k: 3 })) as { label: string; score: number }[];
  await classify.dispose();
  return IMAGE_NETWORK.labels.map((label) => found.find((each) => each.label === label)?.score ?? Number.NaN);
}

type Planes = { readonly data: Float32Array; readonly shape: readonly [number, number, number] };

/** The network's convolution and ReLU, as loops. */
function features({ data, shape: [, height, width] }: Planes): Planes {
  const { channels, kernel } = IMAGE_NETWORK;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const y = new Float32Array(channels * rows * columns);
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < rows; r++) {
      for (let s = 0; s < columns; s++) {
        let sum = 0;
        for (let tap = 0; tap < 27; tap++) {
          const [d, i, j] = [Math.floor(tap / 9), 2 * r - 1 + (Math.floor(tap / 3) % 3), 2 * s - 1 + (tap % 3)];
          if (i < 0 || j < 0 || i >= height || j >= width) continue;
          sum += (kernel[c * 27 + tap] as number) * (data[(d * height + i) * width + j] as number);
        }
        y[(c * rows + r) * columns + s] = Math.max(0, sum);
      }
    }
  }
  return { data: y, shape: [channels, rows, columns] };
}

/** Max pooling 3×3/2 padded by 1, as loops. */
function maxPool({ data, shape: [channels, height, width] }: Planes): Float32Array {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  return Float32Array.from({ length: channels * rows * columns }, (_, at) => {
    const [c, r, s] = [Math.floor(at / rows / columns), Math.floor(at / columns) % rows, at % columns];
    let most = Number.NEGATIVE_INFINITY;
    for (let i = Math.max(0, 2 * r - 1); i <= Math.min(height - 1, 2 * r + 1); i++) {
      for (let j = Math.max(0, 2 * s - 1); j <= Math.min(width - 1, 2 * s + 1); j++)
        most = Math.max(most, data[(c * height + i) * width + j] as number);
    }
    return most;
  });
}

/** The scores of pooled features: mean, classifier, softmax. */
function scores(pooled: Float32Array): number[] {
  const { channels, classifier, labels } = IMAGE_NETWORK;
  const size = pooled.length / channels;
  const means = Array.from(
    { length: channels },
    (_, c) => pooled.subarray(c * size, (c + 1) * size).reduce((sum, value) => sum + value, 0) / size,
  );
  const logits = labels.map((_, label) =>
    means.reduce((sum, mean, c) => sum + mean * (classifier[c * labels.length + label] as number), 0),
  );
  const all = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / all);
}

test('swap of a folder gives one that transformers.js opens, and all its variants pool softly', async () => {
  const folder = await folderWithModel();
  const { status, stdout, stderr } = await softpool(folder, 'swap tiny -o soft');
  expect([status, stderr]).toEqual([0, 'tiny → soft, 4 models changed, 4 files copied\n']);
  expect(stdout.toString()).toMatch(/│ onnx\/model_fp16\.onnx +│ pool +│ max 3×3\/2 pad 1 │ soft 2×2\/2, ceil │/);
  const files = await filesBelow(join(folder, 'soft'));
  expect(files).toEqual(await filesBelow(join(folder, 'tiny')));
  for (const file of files.filter((name) => !name.endsWith('.onnx'))) {
    expect((await readFile(join(folder, 'soft', file))).equals(await readFile(join(folder, 'tiny', file)))).toBe(true);
  }

  Object.assign(env, { allowRemoteModels: false, localModelPath: folder, useFSCache: false });
  const processor = await AutoProcessor.from_pretrained('tiny', {});
  const { pixel_values: pixels } = (await processor(PICTURE)) as { pixel_values: { data: Float32Array; dims: number[] } };
  expect(pixels.dims).toEqual([1, 3, 28, 28]);
  const x = features({ data: pixels.data, shape: [3, 28, 28] });
  const before = scores(maxPool(x));
  const after = scores(softPool2d(x, { kernelSize: 2, ceilMode: true }).data);
  expect(Math.max(...before.map((score, i) => Math.abs(score - (after[i] as number))))).toBeGreaterThan(0.03);
  for (const [dtype, digits] of [
    ['fp32', 5],
    ['q4', 5],
    ['fp16', 2],
    ['q8', 2],
  ] as const) {
    const [max, soft] = [await classified('tiny', dtype), await classified('soft', dtype)];
    for (let i = 0; i < before.length; i++) {
      expect(max[i], `${dtype}, before`).toBeCloseTo(before[i] as number, digits);
      expect(soft[i], `${dtype}, after`).toBeCloseTo(after[i] as number, digits);
    }
  }
});

test('inspect lists the pooling of every model of a folder, and its weight files', async () => {
  const folder = await folderWithModel();
  const { stdout } = await softpool(folder, 'inspect tiny');
  expect(stdout.toString()).toMatch(/│ onnx\/model_q4\.onnx +│ 0 │ pool │ max 3×3\/2 pad 1 │ float32 │/);
  const { kind, models } = JSON.parse((await softpool(folder, 'inspect tiny --json')).stdout.toString());
  expect(kind).toBe('huggingFace');
  expect(models).toHaveLength(4);
  expect(models[1]).toMatchObject({
    file: 'onnx/model_fp16.onnx',
    weightFiles: ['model_fp16.onnx_data'],
    poolings: [{ path: 'pool', elementType: 'float16' }, { path: 'mean' }],
  });
});

test('swap of a folder prints JSON, and writes nothing in a dry run', async () => {
  const folder = await folderWithModel();
  const dry = await softpool(folder, 'swap tiny -o soft --json --dry-run --window same');
  expect(JSON.parse(dry.stdout.toString())).toMatchObject({
    dryRun: true,
    input: 'tiny',
    output: 'soft',
    replaced: 4,
    models: [
      {
        file: 'onnx/model.onnx',
        replaced: 1,
        changes: [
          { path: 'pool', after: 'soft 3×3/2 pad 1' },
          { path: 'mean', action: 'kept' },
        ],
      },
      {},
      {},
      {},
    ],
  });
  expect(await filesBelow(join(folder, 'soft'))).toEqual([]);
});

/** A model with poolings of these names, one after another. */
function poolsNamed(...names: string[]): Uint8Array {
  const shape = ['N', 'C', 'H', 'W'];
  const nodes = names.map((name, i) => ({
    op: 'MaxPool',
    inputs: [names[i - 1] ?? 'x'],
    outputs: [name],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  }));
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: [{ name: names.at(-1) ?? 'x', type: 'float32', shape }],
    nodes,
  });
}

/** A model of two poolings of the same input, with their nodes in this order. */
function twoPools(order: readonly ('a' | 'b')[], names: Readonly<Record<'a' | 'b', string>>): Uint8Array {
  const shape = ['N', 'C', 'H', 'W'];
  const pads = { a: [0, 0, 0, 0], b: [0, 0, 1, 1] };
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: order.map((pool) => ({ name: names[pool], type: 'float32', shape })),
    nodes: order.map((pool) => ({
      op: 'MaxPool',
      inputs: ['x'],
      outputs: [names[pool]],
      attributes: { kernel_shape: [2, 2], strides: [1, 1], pads: pads[pool] },
    })),
  });
}

/** A model of a pooling of 3×3, over an input of this size. */
function poolsSize(size: number | string): Uint8Array {
  const shape = ['N', 3, size, size];
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 3, 'h', 'w'] }],
    nodes: [{ op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } }],
  });
}

/** A model without pooling. */
const WITHOUT = onnxModel({
  inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
  nodes: [{ op: 'Exp', inputs: ['x'], outputs: ['y'] }],
});

/** A model of bytes, which are not pooled softly. */
const BYTES = onnxModel({
  inputs: [{ name: 'x', type: 'uint8', shape: [1, 1, 4, 4] }],
  outputs: [{ name: 'pool', type: 'uint8', shape: [1, 1, 2, 2] }],
  nodes: [{ op: 'MaxPool', inputs: ['x'], outputs: ['pool'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }],
});

async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const CONFIG = { 'm/config.json': '{"model_type": "vision-encoder-decoder"}' };

test('models of other parts are copied as they are, and --where names poolings of any part', async () => {
  const folder = await folderOf({
    ...CONFIG,
    'm/onnx/encoder_model.onnx': poolsNamed('a', 'b'),
    'm/onnx/encoder_model_quantized.onnx': poolsNamed('a', 'b'),
    'm/onnx/vision_encoder.onnx': poolsNamed('c'),
    'm/onnx/decoder_model_merged.onnx': WITHOUT,
    'm/.git/objects/pack': 'history',
  });
  const { status, stderr } = await softpool(folder, 'swap m -o s --where b --quiet');
  expect([status, stderr]).toEqual([0, '']);
  expect(await filesBelow(join(folder, 's'))).toEqual([
    'config.json',
    ...['decoder_model_merged', 'encoder_model', 'encoder_model_quantized', 'vision_encoder'].map((name) => `onnx/${name}.onnx`),
  ]);
  for (const name of ['decoder_model_merged', 'vision_encoder']) {
    const file = `onnx/${name}.onnx`;
    expect((await readFile(join(folder, 's', file))).equals(await readFile(join(folder, 'm', file)))).toBe(true);
  }
  const { models } = JSON.parse((await softpool(folder, 'inspect s --json')).stdout.toString());
  expect(models[1].poolings.map(({ kind }: { kind: string }) => kind)).toEqual(['max', 'soft']);
  const unknown = await softpool(folder, 'swap m -o t --where b z');
  expect([unknown.status, unknown.problems]).toEqual([
    2,
    ["softpool: m: --where must be the name, path or index of a pooling, received 'z'; its models have a, b, c"],
  ]);
});

testFirst<[string, Uint8Array, Uint8Array]>(2, [
  ['one of which states even sizes', poolsSize('S'), poolsSize(8)],
  ['with nodes in another order', twoPools(['a', 'b'], { a: 'a', b: 'b' }), twoPools(['b', 'a'], { a: 'a', b: 'b' })],
  ['with other names', twoPools(['a', 'b'], { a: 'a', b: 'b' }), twoPools(['a', 'b'], { a: 'p', b: 'o' })],
])('variants %s change alike', async (_, model, variant) => {
  const folder = await folderOf({ ...CONFIG, 'm/onnx/model.onnx': model, 'm/onnx/model_fp16.onnx': variant });
  const { status, stderr } = await softpool(folder, 'swap m -o s --quiet');
  expect([status, stderr]).toEqual([0, '']);
  const { models } = JSON.parse((await softpool(folder, 'inspect s --json')).stdout.toString());
  const kinds = models.map(({ poolings }: { poolings: { kind: string }[] }) => new Set(poolings.map(({ kind }) => kind)));
  expect(kinds).toEqual([new Set(['soft']), new Set(['soft'])]);
});

test('--force writes into a folder that is not empty', async () => {
  const folder = await folderWithModel();
  await mkdir(join(folder, 'soft'));
  await writeFile(join(folder, 'soft/mine.txt'), 'mine');
  const refused = await softpool(folder, 'swap tiny -o soft');
  expect([refused.status, refused.problems]).toEqual([1, ['softpool: soft is not empty; use --force to write into it']]);
  expect((await softpool(folder, 'swap tiny -o soft --force')).status).toBe(0);
  expect(await filesBelow(join(folder, 'soft'))).toEqual([...(await filesBelow(join(folder, 'tiny'))), 'mine.txt'].sort());
});

test('links within the folder become files; those that lead out of it are refused', async () => {
  const folder = await folderWithModel();
  await symlink('model.onnx', join(folder, 'tiny/onnx/model_int8.onnx'));
  expect((await softpool(folder, 'swap tiny -o soft --quiet')).status).toBe(0);
  expect((await readFile(join(folder, 'soft/onnx/model_int8.onnx'))).equals(await readFile(join(folder, 'soft/onnx/model.onnx')))).toBe(
    true,
  );
  await symlink('.', join(folder, 'tiny/itself'));
  const itself = await softpool(folder, 'swap tiny -o other');
  expect([itself.status, itself.problems]).toEqual([
    1,
    ['softpool: tiny/itself is a link to a folder; replace it by a copy of the folder, or remove it'],
  ]);
  await rm(join(folder, 'tiny/itself'));
  // As in the cache of the Hub's clients.
  await rename(join(folder, 'tiny/README.md'), join(folder, 'blob'));
  await symlink('../blob', join(folder, 'tiny/README.md'));
  const { status, problems } = await softpool(folder, 'swap tiny -o other');
  expect([status, problems]).toEqual([
    1,
    [
      expect.stringMatching(
        /^softpool: tiny\/README\.md is a link to .*\/blob, outside the folder of the model; copy the folder with cp -rL, and use the copy$/,
      ),
    ],
  ]);
});

testFirst<[string, Readonly<Record<string, string | Uint8Array>>, string, number, string | RegExp]>(4, [
  [
    'a folder without .onnx files',
    CONFIG,
    'm -o s',
    1,
    'm is the folder of a Hugging Face model without .onnx files; export the model to ONNX first',
  ],
  [
    'a folder without config.json',
    { 'm/onnx/model.onnx': poolsNamed('a') },
    'm -o s',
    1,
    'm is a folder without a model: it has neither the model.json of TensorFlow.js nor the config.json of a run or of a Hugging Face model',
  ],
  [
    'a damaged variant',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a'), 'm/onnx/model_fp16.onnx': poolsNamed('a').subarray(0, 60) },
    'm -o s',
    1,
    /^m\/onnx\/model_fp16\.onnx: not an ONNX model, or truncated/,
  ],
  [
    'a variant that git did not fetch',
    { ...CONFIG, 'm/onnx/model.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n' },
    'm -o s',
    1,
    /^m\/onnx\/model\.onnx: not an ONNX model: it is .*git/i,
  ],
  [
    'a variant without pooling',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a'), 'm/onnx/model_q4f16.onnx': WITHOUT },
    'm -o s',
    1,
    'm: onnx/model_q4f16.onnx cannot be swapped as onnx/model.onnx is: the model has no pooling',
  ],
  [
    'a variant of 1 bit without pooling',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a'), 'm/onnx/model_q1f16.onnx': WITHOUT },
    'm -o s',
    1,
    'm: onnx/model_q1f16.onnx cannot be swapped as onnx/model.onnx is: the model has no pooling',
  ],
  [
    'a variant whose pooling is of bytes',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('pool'), 'm/onnx/model_uint8.onnx': BYTES },
    'm -o s',
    1,
    'm: onnx/model_uint8.onnx cannot be swapped as onnx/model.onnx is: pool, max 2×2/2, was refused (its elements are uint8; SoftPool pools float, float16 and double)',
  ],
  [
    'a variant with another number of poolings',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a'), 'm/onnx/model_bnb4.onnx': poolsNamed('a', 'b') },
    'm -o s',
    1,
    'm: onnx/model.onnx cannot be swapped as onnx/model_bnb4.onnx is: max 2×2/2 → soft 2×2/2 in place of max 2×2/2 → soft 2×2/2, max 2×2/2 → soft 2×2/2',
  ],
  [
    'a variant whose poolings have each other’s names',
    {
      ...CONFIG,
      'm/onnx/model.onnx': twoPools(['a', 'b'], { a: 'a', b: 'b' }),
      'm/onnx/model_fp16.onnx': twoPools(['a', 'b'], { a: 'b', b: 'a' }),
    },
    'm -o s --window same',
    1,
    'm: onnx/model_fp16.onnx cannot be swapped as onnx/model.onnx is: a, max 2×2/1 pad 0+1 × 0+1 → soft 2×2/1 pad 0+1 × 0+1 in place of max 2×2/1 → soft 2×2/1',
  ],
  ['models without pooling', { ...CONFIG, 'm/onnx/model.onnx': WITHOUT }, 'm -o s', 1, 'm: nothing to replace: the model has no pooling'],
  [
    'an output in the folder',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a') },
    'm -o m/soft',
    2,
    '--output m/soft is the folder of the model, or lies in it; choose another',
  ],
  [
    'the folder as the output',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a') },
    'm -o ./m --force',
    2,
    '--output ./m is the folder of the model, or lies in it; choose another',
  ],
  [
    'another kind of pooling',
    { ...CONFIG, 'm/onnx/model.onnx': poolsNamed('a') },
    'm -o s --to average',
    2,
    /^--to average is for TensorFlow\.js models/,
  ],
])('%s: one line, and nothing is written', async (_, files, line, code, message) => {
  const folder = await folderOf(files);
  const { status, problems } = await softpool(folder, `swap ${line}`);
  const expected = typeof message === 'string' ? message : expect.stringMatching(message);
  expect([status, problems.map((problem) => problem.replace(/^softpool: /, ''))]).toEqual([code, [expected]]);
  expect(await filesBelow(folder)).toEqual(Object.keys(files).sort());
});

test('missing external data is named, and so is a broken link', async () => {
  const folder = await folderWithModel();
  await rm(join(folder, 'tiny/onnx/model_fp16.onnx_data'));
  const missing = await softpool(folder, 'swap tiny -o soft');
  expect([missing.status, missing.problems]).toEqual([
    1,
    ['softpool: tiny/onnx/model_fp16.onnx: the data of tensor kernel is missing: no such file: tiny/onnx/model_fp16.onnx_data'],
  ]);
  await symlink('nowhere', join(folder, 'tiny/vocab.txt'));
  const broken = await softpool(folder, 'swap tiny -o soft');
  expect([broken.status, broken.problems]).toEqual([1, ['softpool: tiny/vocab.txt: no such file or folder']]);
  expect(await filesBelow(join(folder, 'soft'))).toEqual([]);
});

test('a folder of links to the folder of the model cannot be overwritten', async () => {
  const folder = await folderWithModel();
  await cp(join(folder, 'tiny/onnx/model.onnx'), join(folder, 'kept'));
  await mkdir(join(folder, 'soft'));
  await symlink('../tiny/onnx', join(folder, 'soft/onnx'));
  const { status, problems } = await softpool(folder, 'swap tiny -o soft --force');
  expect([status, problems]).toEqual([1, ['softpool: tiny: soft/onnx/model.onnx is a file of this model; choose another --output']]);
  expect((await readFile(join(folder, 'tiny/onnx/model.onnx'))).equals(await readFile(join(folder, 'kept')))).toBe(true);
});

testFirst(1, [
  ['check tiny tiny', 'tiny is the folder of a Hugging Face model; give one of its .onnx files'],
  ['bench tiny tiny', 'tiny is the folder of a Hugging Face model; give one of its .onnx files'],
  ['export tiny -o x.onnx', 'tiny is the folder of a Hugging Face model; export takes a TensorFlow.js model or a run'],
  ['fold tiny -o x.onnx', 'tiny is not an ONNX model; fold is for ONNX models'],
])('%s says what to give instead', async (line, message) => {
  const folder = await folderWithModel();
  const { status, problems } = await softpool(folder, line);
  expect([status, problems]).toEqual([2, [`softpool: ${message}`]]);
});
