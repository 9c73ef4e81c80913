/**
 * Images as inputs: what is read for an input, compared with numbers worked out by hand; and the
 * command on a model that returns its input, compared with one that returns the expected numbers.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numbersOf, type TensorValue } from '@softpool/onnx/internal';
import { floats, onnxModel, TYPES, type Value } from '@softpool/testing/onnx-models';
import { fromSamples, plain, save } from '@softpool/testing/pictures';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';
import { UsageError } from '../exit-codes.ts';
import { imageReader } from './images.ts';
import { pairCommand } from './options.ts';

type Type = keyof typeof TYPES;

/**
 * A folder with `input.onnx`, which gives back its input as float32, and `expected.onnx`, which
 * takes the same and gives these numbers.
 */
async function folderFor(shape: Value['shape'], expected: { shape: number[]; values: number[] }, type: Type = 'float32'): Promise<string> {
  const folder = await temporaryFolder();
  const inputs = [{ name: 'x', type, shape }];
  const outputs = [{ name: 'y', type: 'float32' as const, shape: expected.shape.map((_, axis) => `d${axis}`) }];
  const back = { op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: TYPES.float32 } };
  const value = floats('value', expected.shape, expected.values);
  const constant = { op: 'Constant', outputs: ['y'], attributes: { value } };
  await writeFile(join(folder, 'input.onnx'), onnxModel({ inputs, outputs, nodes: [back] }));
  await writeFile(join(folder, 'expected.onnx'), onnxModel({ inputs, outputs, nodes: [constant] }));
  return folder;
}

function check(folder: string, line: string): Promise<Result> {
  return runCli(folder, ['check', 'input.onnx', 'expected.onnx', '--json', ...line.split(' ')]);
}

/** How far what the model got is from what was expected. */
async function offBy(folder: string, line: string): Promise<number> {
  const { status, stdout, stderr } = await check(folder, line);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.toString()).outputs[0].largest;
}

/** Makes what reads images for an input of this shape, with the options of a command line. */
async function readerFor(shape: Value['shape'], line: string, type: Type = 'float32'): Promise<(path: string) => Promise<TensorValue>> {
  const sizes = shape.map((size) => (typeof size === 'number' ? size : undefined));
  const words = line.split(' ').filter((word) => word !== '');
  const { read } = await imageReader(
    { name: 'x', type, shape: sizes },
    pairCommand('check', '')
      .parse(['a.onnx', 'b.onnx', ...words], { from: 'user' })
      .opts(),
  );
  return read;
}

/** Numbers that are these but for rounding. */
function near(values: readonly number[], tolerance = 1e-6): unknown[] {
  return values.map((value) => expect.toSatisfy((each: number) => Math.abs(each - value) < tolerance));
}

/** Two pixels: red with some green, and blue. */
const TWO = [
  [255, 51, 0],
  [0, 0, 255],
];

describe('two pixels', () => {
  test.each<[string, Value['shape'], string, number[], number[], Type?]>([
    ['channels first', ['N', 3, 1, 2], '', [1, 3, 1, 2], [1, 0, 0.2, 0, 0, 1]],
    ['channels last', [1, 2, 1, 3], '', [1, 2, 1, 3], [1, 0.2, 0, 0, 0, 1]],
    ['blue first', [1, 3, 1, 2], '--order bgr', [1, 3, 1, 2], [0, 1, 0.2, 0, 1, 0]],
    ['blue first, channels last', [1, 2, 1, 3], '--order bgr', [1, 2, 1, 3], [0, 0.2, 1, 1, 0, 0]],
    ['from 0 to 255', [1, 3, 1, 2], '--pixels 255', [1, 3, 1, 2], [255, 0, 51, 0, 0, 255]],
    ['from −1 to 1', [1, 3, 1, 2], '--mean 0.5 --std 0.5', [1, 3, 1, 2], [1, -1, -0.6, -1, -1, 1]],
    ['of bytes, less a mean', [1, 3, 1, 2], '--pixels 255 --mean 100 1 5 --std 10 1 2', [1, 3, 1, 2], [15.5, -10, 50, -1, -2.5, 125]],
    [
      'as of ImageNet',
      [1, 3, 1, 2],
      '--normalize imagenet',
      [1, 3, 1, 2],
      [0.515 / 0.229, -0.485 / 0.229, -0.256 / 0.224, -0.456 / 0.224, -0.406 / 0.225, 0.594 / 0.225],
    ],
    ['gray, by luma', [1, 1, 1, 2], '--layout channelsFirst', [1, 1, 1, 2], [0.299 + 0.2 * 0.587, 0.114]],
    ['as bytes', [1, 2, 1, 3], '', [1, 2, 1, 3], [255, 51, 0, 0, 0, 255], 'uint8'],
    ['as float16', [1, 3, 1, 2], '--pixels 255', [1, 3, 1, 2], [255, 0, 51, 0, 0, 255], 'float16'],
    ['as float64', [1, 3, 1, 2], '--pixels 255', [1, 3, 1, 2], [255, 0, 51, 0, 0, 255], 'float64'],
    ['dynamic sizes that --crop fixes', ['N', 3, 'H', 'W'], '--crop 1x2', [1, 3, 1, 2], [1, 0, 0.2, 0, 0, 1]],
    ['a dynamic layout that --layout fixes', ['N', 'H', 'W', 'C'], '--layout channelsLast --crop 1x2', [1, 1, 2, 3], [1, 0.2, 0, 0, 0, 1]],
  ])('%s', async (_, shape, options, outputShape, values, type) => {
    const folder = await temporaryFolder();
    // One below the other where the height is 2.
    await save(fromSamples(TWO, shape[1] === 2 ? 1 : 2), folder, 'two.png');
    const read = await (await readerFor(shape, options, type))(join(folder, 'two.png'));
    expect([read.type, read.shape]).toEqual([type ?? 'float32', outputShape]);
    const tolerance = values.some((value) => value > 10) ? 1e-5 : 1e-6;
    expect(Array.from(numbersOf(read) ?? [])).toEqual(
      values.map((value) => expect.toSatisfy((each) => Math.abs(each - value) < tolerance)),
    );
  });

  test('preprocessor_config.json beside the model says what they become, unless flags do', async () => {
    // Blue first, (value / 51 - 1) / 2.
    const folder = await folderFor(['N', 3, 'H', 'W'], { shape: [1, 3, 1, 2], values: [-0.5, 2, 0, -0.5, 2, -0.5] });
    await save(fromSamples(TWO, 2), folder, 'two.png');
    const config = { size: { height: 1, width: 2 }, rescale_factor: 1 / 51, do_normalize: true, image_mean: [1], image_std: [2] };
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify({ ...config, do_flip_channel_order: true }));
    const { status, stdout, stderr } = await check(folder, '--images two.png');
    expect([status, stderr]).toEqual([0, 'images are prepared as preprocessor_config.json says\n']);
    const { outputs, images } = JSON.parse(stdout.toString());
    expect(outputs[0].largest).toBeLessThan(1e-6);
    expect(images).toBe('1x2, bgr, 0 to 5, mean 1 1 1, std 2 2 2');
    const timed = await runCli(folder, ['bench', 'input.onnx', 'input.onnx', '--images', 'two.png', '--runs', '1']);
    expect(timed.stderr).toBe(stderr);
    const quiet = await runCli(folder, ['bench', 'input.onnx', 'input.onnx', '--images', 'two.png', '--runs', '1', '--quiet']);
    expect([quiet.status, quiet.stdout.toString(), quiet.stderr]).toEqual([0, '', '']);
    const flags = '--images two.png --mean 51 --std 102 --pixels 255 --order bgr --input-size 1x2';
    expect(JSON.parse((await check(folder, flags)).stdout.toString()).outputs[0].largest).toBeLessThan(1e-6);
  });

  test('open sizes that --input-size fixes', async () => {
    const folder = await folderFor(['N', 'C', 'H', 'W'], { shape: [1, 3, 1, 2], values: [1, 0, 0.2, 0, 0, 1] });
    await save(fromSamples(TWO, 2), folder, 'two.png');
    expect(await offBy(folder, '--images two.png --input-size 1x3x1x2')).toBeLessThan(1e-6);
    expect(await offBy(folder, '--images two.png --input-size 1x2 --layout channelsFirst')).toBeLessThan(1e-6);
  });
});

test('--resize with one number keeps the aspect ratio, with two it stretches; the center is cropped', async () => {
  const folder = await temporaryFolder();
  // Eight columns of two rows, of which two are in the middle; the shorter side is 2 already.
  const columns = [0, 0, 0, 51, 102, 0, 0, 0];
  const rows = [...columns, ...columns].map((value) => [value, value, value]);
  await save(fromSamples(rows, 8), folder, 'columns.png');
  await plain(folder, 'wide.png', 16, 2, [51, 51, 51]);
  const read = async (name: string, line: string) => {
    return Array.from(numbersOf(await (await readerFor([1, 1, 2, 2], `--layout channelsFirst ${line}`))(join(folder, name))) ?? []);
  };
  for (const line of ['--resize 2', '--resize 2x8', '']) expect(await read('columns.png', line)).toEqual(near([0.2, 0.4, 0.2, 0.4]));
  expect(await read('wide.png', '--resize 2x2')).toEqual(near([0.2, 0.2, 0.2, 0.2]));
});

test('transparent pixels are white, 16 bits are read, the orientation is applied', async () => {
  const folder = await temporaryFolder();
  const clear = fromSamples(
    [
      [9, 9, 9, 0],
      [51, 51, 51, 255],
    ],
    2,
  );
  await save(clear, folder, 'clear.png');
  const deep = sharp(Uint16Array.of(65535, 65535, 65535, 13107, 13107, 13107), { raw: { width: 2, height: 1, channels: 3 } });
  await writeFile(join(folder, 'deep.png'), await deep.toColourspace('rgb16').png().toBuffer());
  const upright = fromSamples(
    [
      [255, 255, 255],
      [51, 51, 51],
    ],
    1,
  );
  await writeFile(join(folder, 'turned.png'), await upright.withMetadata({ orientation: 8 }).png().toBuffer());
  const read = await readerFor([1, 3, 1, 2], '');
  for (const name of ['clear.png', 'deep.png', 'turned.png']) {
    expect(Array.from(numbersOf(await read(join(folder, name))) ?? []), name).toEqual(near([1, 0.2, 1, 0.2, 1, 0.2]));
  }
});

test('the drift is that of all images, with the share of equal top-1 classes for logits', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  for (const [name, level] of [
    ['a', 0],
    ['b', 51],
    ['c', 255],
  ] as const)
    await plain(folder, `photos/${name}.png`, 4, 4, [level, level, level]);
  await writeFile(join(folder, 'photos/notes.txt'), 'no image');
  const model = (shift: number): Uint8Array =>
    onnxModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 3, 2, 2] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['N', 3] }],
      initializers: [floats('bias', [1, 3], [0, shift, -5])],
      nodes: [
        { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { axes: [2, 3], keepdims: 0 } },
        { op: 'Add', inputs: ['mean', 'bias'], outputs: ['logits'] },
      ],
    });
  await writeFile(join(folder, 'before.onnx'), model(0.25));
  await writeFile(join(folder, 'after.onnx'), model(-0.75));
  const { status, stdout } = await runCli(folder, ['check', 'before.onnx', 'after.onnx', '--images', 'photos', '--json']);
  expect(status).toBe(0);
  const { runs, outputs } = JSON.parse(stdout.toString());
  // Of each row, [m, m + 0.25, m − 5], one number moves by 1.
  const squares = [0, 0.2, 1].reduce((sum, m) => sum + m ** 2 + (m + 0.25) ** 2 + (m - 5) ** 2, 0);
  expect(runs).toBe(3);
  expect(outputs[0]).toMatchObject({ output: 'logits', shape: [1, 3], shapeAfter: [1, 3], sameTop1: { rows: 3, same: 0 } });
  expect(outputs[0].largest).toBeCloseTo(1, 5);
  expect(outputs[0].relative).toBeCloseTo(Math.sqrt(3 / squares), 5);
  expect(outputs[0].changed).toBeCloseTo(1 / 3, 10);
  const shown = await runCli(folder, ['check', 'before.onnx', 'before.onnx', '--images', 'photos/*.png']);
  expect(shown.stdout.toString()).toMatch(/logits │ float32 │ 1 × 3 │ the same .* │ 3 of 3 /);
  expect(shown.stdout.toString()).toMatch(/\nimages: \d+x\d+, rgb, 0 to 1, not normalized\n$/);
  const quiet = await runCli(folder, ['check', 'before.onnx', 'before.onnx', '--images', 'photos', 'gone.png', '--quiet']);
  expect([quiet.status, quiet.stdout.toString(), quiet.stderr]).toEqual([1, '', 'softpool: skipped gone.png: no such file or folder\n']);
});

test('check names and skips a file that is not an image, with exit code 1; bench stops at it', async () => {
  const folder = await folderFor([1, 3, 1, 2], { shape: [1, 3, 1, 2], values: [1, 0, 0.2, 0, 0, 1] });
  await save(fromSamples(TWO, 2), folder, 'photos/good.png');
  await writeFile(join(folder, 'photos/bad.png'), 'no image');
  const { status, problems, stdout } = await check(folder, '--images photos gone.png');
  expect([status, problems]).toEqual([
    1,
    [
      'softpool: skipped gone.png: no such file or folder',
      'softpool: skipped photos/bad.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
    ],
  ]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ runs: 1, outputs: [{ output: 'y' }] });
  const alone = await check(folder, '--images photos/bad.png');
  expect([alone.status, alone.stdout.toString(), alone.problems.at(-1)]).toEqual([1, '', 'softpool: none of the images can be read']);
  const timed = await runCli(folder, ['bench', 'input.onnx', 'input.onnx', '--images', 'photos', '--runs', '1']);
  expect([timed.status, timed.problems]).toEqual([1, ['softpool: photos/bad.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image']]);
  expect((await runCli(folder, ['bench', 'input.onnx', 'input.onnx', '--images', 'photos/good.png', '--runs', '1'])).status).toBe(0);
});

test.each<[string, Value['shape'], string, string, Type?]>([
  ['four channels', [1, 4, 8, 8], '--layout channelsFirst', "the model's input, 1x4x8x8, has 4 channels, but images have 1 or 3"],
  ['channels nowhere', [1, 'C', 8, 8], '', "the model's input, 1x?x8x8, does not tell which axis has the channels; use --layout"],
  ['several at once', [8, 3, 8, 8], '', "the model's input takes 8 images at once; use a model with a batch of 1"],
  ['an open size', [1, 3, 'H', 'W'], '', "the model's input, 1x3x?x?, has dynamic sizes; use --crop, such as --crop 224 or --crop 224x320"],
  ['another size', [1, 3, 8, 8], '--crop 9', "the model's input, 1x3x8x8, does not fit --crop 9x9"],
  ['a resize that is too small', [1, 3, 8, 8], '--resize 7', "--resize is 7, smaller than the model's input, 8x8"],
  [
    'a mean of three for one',
    [1, 1, 8, 8],
    '--layout channelsFirst --mean 1 2 3',
    "--mean has 3 numbers, but the model's input has 1 channel",
  ],
  ['integers', [1, 3, 8, 8], '', "images need an input of type float32, float16, float64, uint8, but the model's input is int64", 'int64'],
])('an input that cannot take images is refused: %s', async (_, shape, options, problem, type) => {
  await expect(readerFor(shape, options, type)).rejects.toThrow(new UsageError(problem));
});

test('--images needs a model with an input for images', async () => {
  const folder = await folderFor(['N', 3], { shape: [1], values: [0] });
  await plain(folder, 'p.png');
  const { status, problems } = await check(folder, '--images p.png');
  expect([status, problems]).toEqual([2, ['softpool: --images needs a model with one input of four axes, and this model has none']]);
});

test.each([
  ['--resize 8', /--resize needs --images/],
  ['--images p.png --seed 1', /--seed is for random inputs, and all inputs are given/],
  ['--images p.png --scale 2', /--scale is for random inputs, and all inputs are given/],
  ['--inputs x.bin --scale 2', /--scale is for random inputs, and all inputs are given/],
  ['--images p.png --inputs x.bin', /'--images <paths\.\.\.>' cannot be used with option '--inputs <files\.\.\.>'/],
  ['--images p.png --normalize imagenet --mean 0', /cannot be used with option '--mean <numbers\.\.\.>'/],
  ['--images p.png --std 0', /It must be a number above 0/],
  ['--images p.png --mean 1,2', /It must be a number, or one for each channel/],
  ['--images p.png --crop 1x2x3', /It must be pixels, such as 256 or 224x320/],
])('invalid arguments have exit code 2: %s', async (line, message) => {
  const { status, stderr } = await check(await folderFor([1, 3, 8, 8], { shape: [1], values: [0] }), line);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});
