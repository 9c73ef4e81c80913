// preprocessor_config.json: inputs equal those of Pillow, and what is not supported is refused.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputValues } from '@softpool/media/internal';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/run-cli.ts';
import { imageRecipe } from './image-recipe.ts';
import { parsePreprocessorConfig, preprocessorConfigOf } from './preprocessor-config.ts';

interface Case {
  readonly name: string;
  readonly config: object;
  readonly shape: readonly [number, number, number];
  readonly values: readonly number[];
}

/** Written by fixtures/pillow.py. */
const CASES: readonly Case[] = JSON.parse(await readFile(new URL('fixtures/pillow.json', import.meta.url), 'utf8'));

/** The image of that program. */
function picture() {
  const [height, width] = [30, 41];
  const data = new Uint8Array(height * width * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = 60 + ((7 * x + 3 * y) % 120);
      data[at++] = (Math.floor(x / 6) + Math.floor(y / 5)) % 2 === 0 ? 160 : 90;
      data[at++] = 60 + ((x * y) % 120);
    }
  }
  return { data, height, width, channels: 3 as const };
}

/** Values whose scale is that of one step of 8 bits. */
function steps(values: ArrayLike<number>, config: ReturnType<typeof parsePreprocessorConfig>): number[] {
  const { divisor, std } = config.normalizing;
  return Array.from(values, (value, i) => value * divisor * (std[i % std.length] as number));
}

test.each(CASES)('inputs equal those of Pillow: $name', async ({ config, shape, values }) => {
  const parsed = parsePreprocessorConfig(JSON.stringify(config), 'p.json');
  const { recipe, order } = imageRecipe({}, parsed, { size: parsed.recipe.size, channels: 3 });
  expect([...recipe.size, 3]).toEqual(shape);
  expect(order).toBe('rgb');
  const [ours, theirs] = [await inputValues(picture(), recipe), values].map((each) => steps(each, parsed)) as [number[], number[]];
  const differences = ours.map((value, i) => Math.abs(value - (theirs[i] as number)));
  // Both round to 8 bits after each of two passes, in another order.
  expect(Math.max(...differences)).toBeLessThan(2.1);
  expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThan(0.5);
});

const SQUARE = { size: { height: 8, width: 8 } };

describe('settings that are not supported are refused by name', () => {
  test.each<[string, object | string, string | RegExp]>([
    ['text', 'size: 8', 'not JSON'],
    ['a list', '[]', 'not an object'],
    ['padding', { ...SQUARE, do_pad: true }, 'do_pad is not supported, received true'],
    [
      'another kind',
      { ...SQUARE, image_processor_type: 'LevitImageProcessor' },
      /^p\.json: image_processor_type must be one of Beit, .*"LevitImageProcessor"$/,
    ],
    ['a number as size', { size: 224 }, 'size must be { height, width } or { shortest_edge } in pixels, received 224'],
    [
      'two edges',
      { size: { shortest_edge: 8, longest_edge: 9 } },
      /^p\.json: size must be .* received \{"shortest_edge":8,"longest_edge":9\}$/,
    ],
    [
      'inputs of different sizes',
      { size: { shortest_edge: 8 } },
      'size must be { height, width } unless do_center_crop is true, received {"shortest_edge":8}',
    ],
    ['no size at all', {}, 'do_resize must be true unless do_center_crop is, received nothing'],
    ['a crop that needs padding', { ...SQUARE, do_center_crop: true, crop_size: 9 }, 'crop_size must not be larger than size, received 9'],
    ['Hamming', { ...SQUARE, resample: 5 }, 'resample must be 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic), received 5'],
    [
      'a share of another kind',
      { ...SQUARE, image_processor_type: 'ViTImageProcessor', crop_pct: 0.9 },
      'crop_pct is supported for ConvNextImageProcessor only, received 0.9',
    ],
    [
      'a missing mean',
      { ...SQUARE, do_normalize: true, image_std: [1] },
      'image_mean must be numbers, one for each channel, received nothing',
    ],
    [
      'a deviation of 0',
      { ...SQUARE, do_normalize: true, image_mean: [0], image_std: [0] },
      'image_std must be numbers, one for each channel, received [0]',
    ],
    ['a word for a truth', { ...SQUARE, do_rescale: 'yes' }, 'do_rescale must be true or false, received "yes"'],
    ['an offset', { ...SQUARE, rescale_offset: 1 }, 'rescale_offset is not supported, received 1'],
  ])('%s', (_, config, message) => {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    const expected = typeof message === 'string' ? `p.json: ${message}` : message;
    expect(() => parsePreprocessorConfig(text, 'p.json')).toThrow(expected);
  });

  test('but not what is off, null or without effect', () => {
    const config = { ...SQUARE, do_pad: false, pad_size: null, processor_class: 'X', image_processor_type: 'ViTImageProcessorFast' };
    expect(parsePreprocessorConfig(JSON.stringify(config), 'p.json').recipe).toMatchObject({
      size: [8, 8],
      resize: [8, 8],
      resampler: 'linear',
    });
  });
});

test('a ConvNeXt of 384 pixels and more is stretched; do_flip_channel_order is blue first', () => {
  const config = { image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 384 }, do_flip_channel_order: true };
  const { recipe, order } = parsePreprocessorConfig(JSON.stringify(config), 'p.json');
  expect([recipe.resize, recipe.size, order]).toEqual([[384, 384], [384, 384], 'bgr']);
  const small = parsePreprocessorConfig(JSON.stringify({ ...config, size: { shortest_edge: 224 } }), 'p.json');
  expect([small.recipe.resize, small.recipe.size]).toEqual([256, [224, 224]]);
});

test('flags take precedence: each size on its own, and values together', () => {
  const config = {
    size: { shortest_edge: 16 },
    do_center_crop: true,
    crop_size: 8,
    do_normalize: true,
    image_mean: [0.5],
    image_std: [0.25],
  };
  const parsed = parsePreprocessorConfig(JSON.stringify(config), 'p.json');
  const known = { size: [8, 8], channels: 3 } as const;
  expect(imageRecipe({}, parsed, known).recipe).toMatchObject({
    resize: 16,
    centering: 'down',
    normalizing: { divisor: 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  });
  expect(imageRecipe({ resize: [9, 9] }, parsed, known).recipe).toMatchObject({ resize: [9, 9], normalizing: { mean: [0.5, 0.5, 0.5] } });
  expect(imageRecipe({ mean: [0.1] }, parsed, known).recipe).toMatchObject({
    resize: 16,
    normalizing: { mean: [0.1, 0.1, 0.1], std: [1, 1, 1] },
  });
  expect(imageRecipe({ pixels: '255' }, parsed, known).recipe.normalizing).toEqual({ divisor: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  expect(() => imageRecipe({}, parsed, { size: [8, 17], channels: 3 })).toThrow(
    "images are resized to 16, smaller than the model's input, 8x17",
  );
  const two = { ...config, image_mean: [1, 2], image_std: [1, 2] };
  expect(() => imageRecipe({}, parsePreprocessorConfig(JSON.stringify(two), 'p.json'), known)).toThrow(
    "p.json: image_mean has 2 numbers, but the model's input has 3 channels",
  );
});

test('the file beside the model comes before the one in the folder above', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'onnx'));
  const model = join(folder, 'onnx/model.onnx');
  expect(await preprocessorConfigOf(model)).toBeUndefined();
  const write = (name: string, side: number) => {
    return writeFile(join(folder, name), JSON.stringify({ size: { height: side, width: side } }));
  };
  await write('preprocessor_config.json', 7);
  expect((await preprocessorConfigOf(model))?.recipe.size).toEqual([7, 7]);
  await write('onnx/preprocessor_config.json', 9);
  expect((await preprocessorConfigOf(model))?.recipe.size).toEqual([9, 9]);
});

test('a byte order mark before the file does not count', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'preprocessor_config.json'), '\uFEFF{ "size": { "height": 7, "width": 7 } }');
  expect((await preprocessorConfigOf(join(folder, 'model.onnx')))?.recipe.size).toEqual([7, 7]);
});

test('an image that is not resized must be as large as the crop', async () => {
  const config = parsePreprocessorConfig(JSON.stringify({ do_resize: false, do_center_crop: true, crop_size: 31 }), 'p.json');
  const { recipe } = imageRecipe({}, config, { size: [31, 31], channels: 3 });
  await expect(inputValues(picture(), recipe)).rejects.toThrow('the image is 30x41 pixels, smaller than the input, 31x31');
});
