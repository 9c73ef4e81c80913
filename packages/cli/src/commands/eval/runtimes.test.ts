// `softpool eval` on ONNX Runtime: PyTorch's weights and ONNX classifiers give PyTorch's figures.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { floats, type Node, onnxModel, TYPES, type Value } from '@softpool/testing/onnx-models';
import { fromSamples, save } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import { expect, test } from 'vitest';
import { withoutPackage } from '../../testing/hide-package.ts';
import { type Result, type RunOptions, runCli, sharedFolder, temporaryFolder } from '../../testing/run-cli.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** What PyTorch computes for the pictures: fixtures/small2d.py. */
const PYTORCH: { loss: number; top1: number; confusion: number[][] } = JSON.parse(await readFile(fixture('small2d.json'), 'utf8'));

/** The same as cells of an evaluation. */
const CONFUSION = PYTORCH.confusion.flatMap((row, label) => row.flatMap((count, guess) => (count > 0 ? [[label, guess, count]] : [])));

const SIDE = 12;

/** A folder with the pictures of that program, in folders 0, 1 and 2. */
async function pictures(): Promise<string> {
  return await savePictures(await temporaryFolder());
}

async function savePictures(folder: string): Promise<string> {
  for (let k = 0; k < 24; k++) {
    const pixels = Array.from({ length: SIDE ** 2 }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      return [0, 1, 2].map((c) => ((k + 1) * (3 * x + 5 * y + 7 * c) + (c === k % 3 ? 40 * (k % 3) : 0)) % 256);
    });
    await save(fromSamples(pixels, SIDE), folder, `photos/${k % 3}/${String(k).padStart(2, '0')}.png`);
  }
  return folder;
}

function evaluated(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['eval', '--data', 'photos', '--batch-size', '10', ...line.split(' ')], options);
}

/** Expects PyTorch's figures. */
function expectPyTorch({ status, stdout, stderr }: Result): void {
  expect([status, stderr]).toEqual([0, expect.stringContaining('24 samples of 3 classes')]);
  const { loss, top1, confusion } = JSON.parse(stdout.toString());
  expect({ top1, confusion }).toEqual({ top1: PYTORCH.top1, confusion: CONFUSION });
  expect(loss).toBeCloseTo(PYTORCH.loss, 5);
}

const HALF = '--mean 0.5 --std 0.25';

test('PyTorch’s weights give PyTorch’s loss, top-1 and confusion matrix on both runtimes', { tags: 'long' }, async () => {
  const folder = await pictures();
  const line = `--model small2d --pool max --weights ${fixture('small2d.pth')} --input-size ${SIDE} --augment none ${HALF} --json`;
  const onnx = await evaluated(folder, line);
  expectPyTorch(onnx);
  expect(onnx.stderr).toMatch(/^small2d with max pooling, .*small2d\.pth, on ONNX Runtime \(cpu, \d+ threads?\); photos/);
  const tfjs = await evaluated(folder, `${line} --runtime tfjs`);
  expectPyTorch(tfjs);
  expect(tfjs.stderr).toContain('on wasm (WebAssembly, one thread); photos');
  const [one, other] = [onnx, tfjs].map(({ stdout }) => JSON.parse(stdout.toString()));
  expect(one.loss.toFixed(4)).toBe(other.loss.toFixed(4));
  expect([one.subject.backend, other.subject.backend, one.subject.weights]).toEqual(['onnxruntime cpu', 'wasm', other.subject.weights]);

  const env = await withoutPackage(folder, 'onnxruntime-node');
  const without = await evaluated(folder, line, { env });
  expectPyTorch(without);
  expect(without.stderr).toContain(
    'on wasm (WebAssembly, one thread) (ONNX Runtime is not used: onnxruntime-node is not installed); photos',
  );
  const asked = await evaluated(folder, `${line} --runtime onnx`, { env });
  expect([asked.status, asked.stderr]).toEqual([2, 'softpool: softpool eval needs onnxruntime-node: npm install onnxruntime-node\n']);
});

test('PyTorch’s export gives PyTorch’s figures, from logits and from probabilities', async () => {
  const folder = await pictures();
  const whole = await evaluated(folder, `--model ${fixture('small2d.onnx')} ${HALF} --json --threads 1`);
  expectPyTorch(whole);
  expect(whole.stderr).toMatch(/^.*small2d\.onnx on ONNX Runtime \(cpu, 1 thread\); photos/);
  const softmax = await evaluated(folder, `--model ${fixture('small2d-softmax.onnx')} ${HALF} --json`);
  expectPyTorch(softmax);
  expect(softmax.stderr).toContain('small2d-softmax.onnx, which gives probabilities, on ONNX Runtime');

  // In shards, with the classes of the outputs in a file.
  await writeFile(join(folder, 'classes.txt'), '0\n1\n2\n');
  for (const shard of [1, 2]) {
    const line = `--model ${fixture('small2d.onnx')} ${HALF} --classes classes.txt --shard ${shard}/2 -o ${shard}.json --quiet`;
    expect(await evaluated(folder, line)).toMatchObject({ status: 0, stderr: '' });
  }
  const merged = await runCli(folder, ['eval', 'merge', '1.json', '2.json', '--json']);
  const { time: _, ...same } = JSON.parse(merged.stdout.toString());
  const { time: __, ...expected } = JSON.parse(whole.stdout.toString());
  expect(same).toEqual(expected);

  const planned = await evaluated(folder, `--model ${fixture('small2d.onnx')} ${HALF} --dry-run --json`);
  expect(JSON.parse(planned.stdout.toString())).toMatchObject({ runtime: 'onnx', inputShape: [SIDE, SIDE, 3], data: { samples: 24 } });
});

test('preprocessor_config.json beside a model prepares the images, and flags replace it', { tags: 'long' }, async () => {
  const folder = await pictures();
  await mkdir(join(folder, 'model/onnx'), { recursive: true });
  await writeFile(join(folder, 'model/onnx/model.onnx'), await readFile(fixture('small2d.onnx')));
  await writeFile(join(folder, 'model/weights.pth'), await readFile(fixture('small2d.pth')));
  const config = { size: { height: SIDE, width: SIDE }, do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25] };
  await writeFile(join(folder, 'model/preprocessor_config.json'), JSON.stringify(config));
  const onnx = await evaluated(folder, '--model model/onnx/model.onnx --json');
  expectPyTorch(onnx);
  expect(onnx.stderr).toContain('images prepared as model/preprocessor_config.json says; photos');
  expectPyTorch(await evaluated(folder, '--model small2d --pool max --weights model/weights.pth --json'));

  const other = await evaluated(folder, '--model model/onnx/model.onnx --mean 0 --std 1 --json');
  expect(JSON.parse(other.stdout.toString()).loss).not.toBeCloseTo(PYTORCH.loss, 3);
  await writeFile(join(folder, 'model/preprocessor_config.json'), JSON.stringify({ ...config, do_pad: true }));
  const refused = await evaluated(folder, '--model model/onnx/model.onnx');
  expect([refused.status, refused.stderr]).toEqual([
    1,
    'softpool: model/preprocessor_config.json: do_pad is not supported, received true\n',
  ]);
});

/** A classifier whose logits are the means of the channels of its input `x`. */
function meanModel(x: Value, logits: Value['shape'] = ['N', 3], more: object = {}): Uint8Array {
  const spatial = x.shape[1] === 3 ? [2, 3] : [1, 2];
  return onnxModel({
    inputs: [x],
    outputs: [{ name: 'logits', type: x.type, shape: logits }],
    nodes: [{ op: 'ReduceMean', inputs: ['x'], outputs: ['logits'], attributes: { axes: spatial, keepdims: 0 } }],
    ...more,
  });
}

/** {@link meanModel} with an output `y` that these nodes make of `logits`. */
function withOutput(nodes: readonly Node[]): Uint8Array {
  const zero = create(TensorProtoSchema, { name: 'zero', dataType: TensorProto_DataType.UINT16, int32Data: [0] });
  const axis = create(TensorProtoSchema, { name: 'axis', dataType: TensorProto_DataType.INT64, dims: [1n], int64Data: [1n] });
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 3, SIDE, SIDE] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 3] }],
    initializers: [floats('scale', [], [2 ** -16]), floats('third', [], [1 / 3]), zero, axis],
    nodes: [
      { op: 'GlobalAveragePool', inputs: ['x'], outputs: ['mean'] },
      { op: 'Flatten', inputs: ['mean'], outputs: ['logits'] },
      ...nodes,
    ],
  });
}

/** The figures of a model, as text that rounding leaves alone. */
async function figures(folder: string, name: string, model: Uint8Array, flags = '--pixels 1'): Promise<unknown> {
  await writeFile(join(folder, name), model);
  const { status, stdout, stderr } = await evaluated(folder, `--model ${name} --json${flags === '' ? '' : ` ${flags}`}`);
  expect([status, stderr]).toEqual([0, expect.stringContaining('24 samples')]);
  const { top1, loss, confusion } = JSON.parse(stdout.toString());
  return { top1, loss: loss.toFixed(3), confusion };
}

const BYTES = onnxModel({
  inputs: [{ name: 'x', type: 'uint8', shape: ['N', 3, SIDE, SIDE] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N', 3] }],
  initializers: [floats('white', [], [255])],
  nodes: [
    { op: 'Cast', inputs: ['x'], outputs: ['numbers'], attributes: { to: TYPES.float32 } },
    { op: 'ReduceMean', inputs: ['numbers'], outputs: ['mean'], attributes: { axes: [2, 3], keepdims: 0 } },
    { op: 'Div', inputs: ['mean', 'white'], outputs: ['y'] },
  ],
});

const PLAIN = meanModel({ name: 'x', type: 'float32', shape: ['N', 3, SIDE, SIDE] });
let plain: Promise<unknown> | undefined;
const withPictures = sharedFolder(savePictures);

test.each<[string, Node[]]>([
  [
    'a quantized softmax',
    [
      { op: 'Softmax', inputs: ['logits'], outputs: ['p'] },
      { op: 'QuantizeLinear', inputs: ['p', 'scale', 'zero'], outputs: ['q'], domain: 'com.microsoft' },
      { op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero'], outputs: ['y'], domain: 'com.microsoft' },
    ],
  ],
  [
    'exponentials over their sum',
    [
      { op: 'Exp', inputs: ['logits'], outputs: ['e'] },
      { op: 'ReduceSum', inputs: ['e', 'axis'], outputs: ['sum'] },
      { op: 'Div', inputs: ['e', 'sum'], outputs: ['y'] },
    ],
  ],
])('probabilities of %s give the figures of logits', async (_, nodes) => {
  const folder = await withPictures();
  plain ??= figures(folder, 'plain.onnx', PLAIN);
  expect(await figures(folder, 'probabilities.onnx', withOutput(nodes))).toEqual(await plain);
});

test('logits that add up to 1 for a black image are not taken for probabilities', async () => {
  const folder = await withPictures();
  const third = [{ op: 'Add', inputs: ['logits', 'third'], outputs: ['y'] }];
  plain ??= figures(folder, 'plain.onnx', PLAIN);
  expect(await figures(folder, 'thirds.onnx', withOutput(third))).toEqual(await plain);
});

testFirst<readonly [string, Uint8Array, string?]>(0, [
  ['half.onnx', meanModel({ name: 'x', type: 'float16', shape: ['N', 3, SIDE, SIDE] })],
  // 24 samples in batches of 10: the last run of each has padding.
  ['seven.onnx', meanModel({ name: 'x', type: 'float32', shape: [7, 3, SIDE, SIDE] }, [7, 3])],
  ['bytes.onnx', BYTES, ''],
  ['last.onnx', meanModel({ name: 'x', type: 'float32', shape: ['N', SIDE, SIDE, 3] })],
  ['one.onnx', meanModel({ name: 'x', type: 'float32', shape: [1, 3, SIDE, SIDE] }, [1, 3])],
  ['double.onnx', meanModel({ name: 'x', type: 'float64', shape: ['N', 3, SIDE, SIDE] })],
  [
    'open.onnx',
    meanModel({ name: 'x', type: 'float32', shape: ['N', 3, 'H', 'W'] }, ['N', 'K']),
    `--pixels 1 --input-size ${SIDE}x${SIDE}`,
  ],
  ['crop.onnx', meanModel({ name: 'x', type: 'float32', shape: ['N', 3, 'H', 'W'] }, []), `--pixels 1 --crop ${SIDE}`],
])('%s, of another type, layout or size, gives the same figures', async (name, model, flags) => {
  const folder = await withPictures();
  plain ??= figures(folder, 'plain.onnx', PLAIN);
  expect(await figures(folder, name, model, flags)).toEqual(await plain);
});

/** Models that do not fit, one that does, and lists of classes, beside the pictures. */
async function saveClassifiers(folder: string): Promise<string> {
  await savePictures(folder);
  const x = { name: 'x', type: 'float32', shape: ['N', 3, SIDE, SIDE] } as const;
  const map: Value = { name: 'map', type: 'float32', shape: ['N', 3, SIDE, SIDE] };
  const identity = { op: 'Identity', inputs: ['x'], outputs: ['map'] };
  const mean = { op: 'ReduceMean', inputs: ['x'], outputs: ['m'], attributes: { axes: [2, 3], keepdims: 0 } };
  const scores: Value = { name: 'y', type: 'float32', shape: ['N', 3] };
  const files: Record<string, Uint8Array> = {
    'map.onnx': onnxModel({ inputs: [x], outputs: [map], nodes: [identity] }),
    'two.onnx': onnxModel({
      inputs: [x, { ...x, name: 'z' }],
      outputs: [map],
      nodes: [{ op: 'Add', inputs: ['x', 'z'], outputs: ['map'] }],
    }),
    'flat.onnx': onnxModel({ inputs: [{ ...x, shape: ['N', 3] }], outputs: [{ ...map, shape: ['N', 3] }], nodes: [identity] }),
    'shapeless.onnx': onnxModel({ inputs: [{ ...x, shape: [] }], outputs: [{ ...map, shape: [] }], nodes: [identity] }),
    'four.onnx': meanModel({ ...x, shape: ['N', SIDE, SIDE, 4] }, ['N', 4]),
    'open.onnx': meanModel({ ...x, shape: ['N', 3, 'H', 'W'] }),
    'yes.onnx': onnxModel({ inputs: [x], outputs: [scores], nodes: [mean, { op: 'Sigmoid', inputs: ['m'], outputs: ['y'] }] }),
    'lying.onnx': onnxModel({ inputs: [x], outputs: [{ ...map, shape: [] }], nodes: [identity] }),
    'external.onnx': withExternalData(),
    // It states three classes and gives two.
    'narrow.onnx': onnxModel({
      inputs: [x],
      outputs: [scores],
      initializers: [create(TensorProtoSchema, { name: 'two', dataType: TensorProto_DataType.BOOL, dims: [3n], int32Data: [1, 1, 0] })],
      nodes: [mean, { op: 'Compress', inputs: ['m', 'two'], outputs: ['y'], attributes: { axis: 1 } }],
    }),
    'broken.onnx': new Uint8Array(99),
    'fits.onnx': meanModel(x),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, 'four.txt'), '0\n1\n2\n3\n');
  await writeFile(join(folder, 'other.txt'), 'a\nb\nc\n');
  await writeFile(join(folder, 'model.json'), '{}');
  return folder;
}

const withClassifiers = sharedFolder(saveClassifiers);

testFirst<readonly [string, number, string | RegExp]>(2, [
  ['map.onnx', 1, `map.onnx: not a classifier: it needs an output N × classes, and has map ? × 3 × ${SIDE} × ${SIDE}`],
  ['fits.onnx --crop 9', 2, `the model's input, ?x3x${SIDE}x${SIDE}, does not fit --crop 9x9`],
  ['yes.onnx', 1, 'yes.onnx: its output y comes from Sigmoid, one yes or no for each class, so it has no loss over classes'],
  ['external.onnx', 1, 'external.onnx: the data of tensor w is missing: no such file: weights.bin'],
  ['fits.onnx --pool max', 2, '--pool is for networks by name; an ONNX model is evaluated as it is'],
  ['two.onnx', 1, 'two.onnx: not an image classifier: it has 2 inputs, x, z'],
  ['flat.onnx', 2, "the model's input, ?x3, has 2 axes, but images need 4"],
  ['shapeless.onnx', 2, "the model's input has no axes, or its shape is not stated, but images need 4 axes"],
  ['four.onnx --layout channelsLast', 2, `the model's input, ?x${SIDE}x${SIDE}x4, has 4 channels, but images have 1 or 3`],
  ['four.onnx', 2, `the model's input, ?x${SIDE}x${SIDE}x4, does not tell which axis has the channels; use --layout`],
  ['open.onnx', 2, "the model's input, ?x3x?x?, has dynamic sizes; use --crop, such as --crop 224 or --crop 224x320"],
  ['fits.onnx --input-size 9', 2, `the model's input, ?x3x${SIDE}x${SIDE}, does not fit --input-size 9x9`],
  ['fits.onnx --resize 9', 2, `--resize is 9, smaller than the model's input, ${SIDE}x${SIDE}`],
  ['lying.onnx', 1, `lying.onnx: not a classifier: for 1 inputs it gives map 1 × 3 × ${SIDE} × ${SIDE}, not 1 × classes`],
  [
    'narrow.onnx',
    1,
    'narrow.onnx has 2 outputs, but photos has 3 classes; list the classes in the order of the outputs, and give --classes file',
  ],
  ['broken.onnx', 1, /^broken\.onnx: /],
  ['fits.onnx --classes four.txt', 1, 'four.txt has 4 class names, but fits.onnx has 3 outputs'],
  ['fits.onnx --classes other.txt', 1, 'other.txt lacks class 0 of photos; it has 3 classes, such as a'],
  ['fits.onnx --weights w.pth', 2, '--weights is for networks by name; an ONNX model is evaluated as it is'],
  ['fits.onnx --runtime tfjs', 2, '--runtime tfjs is for networks by name; ONNX models run on ONNX Runtime'],
  ['model.json', 2, 'model.json is a TensorFlow.js model; --model takes a network by name or an ONNX file'],
  ['none.onnx', 1, 'none.onnx: no such file or folder'],
])('what does not fit is refused in one line: --model %s', async (line, status, message) => {
  const folder = await withClassifiers();
  const run = await evaluated(folder, `--model ${line} --pixels 1`);
  const expected =
    typeof message === 'string' ? [`softpool: ${message}`] : [expect.stringMatching(new RegExp(`softpool: ${message.source.slice(1)}`))];
  expect([run.status, run.problems, run.stdout.toString()]).toEqual([status, expected, '']);
});

test('an unknown normalization, clips, and other classes are refused in one line', { tags: 'long' }, async () => {
  const folder = await saveClassifiers(await temporaryFolder());
  const unknown = await evaluated(folder, '--model fits.onnx');
  const ways = '--normalize imagenet, --mean and --std, or --pixels, or put preprocessor_config.json beside it';
  expect([unknown.status, unknown.problems]).toEqual([2, [`softpool: fits.onnx: its normalization is not known; give ${ways}`]]);
  const more = await runCli(folder, [
    'eval',
    '--model',
    'fits.onnx',
    '--pixels',
    '1',
    '--data',
    'moving-shapes?samples=40&frames=2&size=8',
  ]);
  expect(more.problems).toEqual([
    expect.stringMatching(/^softpool: fits\.onnx is a network for pictures, but moving-shapes .* has clips$/),
  ]);
  await save(fromSamples([[1, 2, 3]], 1), folder, 'photos/3/a.png');
  const classes = await evaluated(folder, '--model fits.onnx --pixels 1');
  expect(classes.problems).toEqual([
    'softpool: fits.onnx has 3 outputs, but photos has 4 classes; list the classes in the order of the outputs, and give --classes file',
  ]);
});

testFirst(1, [
  ['--runtime onnx --backend wasm', '--backend is for --runtime tfjs'],
  ['--runtime tfjs --threads 2', '--threads is for ONNX Runtime: TensorFlow.js runs on one thread'],
  ['--layout channelsFirst', '--layout is for ONNX models'],
  ['--crop 9', `--crop 9x9 does not fit --input-size ${SIDE}x${SIDE}`],
  ['--mean 0.1 0.2', "--mean has 2 numbers, but the model's input has 3 channels"],
])('flags that contradict each other are refused: %s', async (flags, message) => {
  const network = `--model small2d --pool max --weights ${fixture('small2d.pth')} --input-size ${SIDE}`;
  const { status, problems } = await evaluated(await withPictures(), `${network} ${flags}`);
  expect([status, problems]).toEqual([2, [`softpool: ${message}`]]);
});

/** A model whose weight is in a file that does not exist. */
function withExternalData(): Uint8Array {
  const model = fromBinary(
    ModelProtoSchema,
    meanModel({ name: 'x', type: 'float32', shape: ['N', 3, SIDE, SIDE] }, ['N', 3], { initializers: [floats('w', [3], [0, 0, 0])] }),
  );
  const [tensor] = model.graph!.initializer;
  tensor!.floatData = [];
  tensor!.dataLocation = TensorProto_DataLocation.EXTERNAL;
  const entries = { location: 'weights.bin', length: '12' };
  tensor!.externalData = Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  return toBinary(ModelProtoSchema, model);
}
