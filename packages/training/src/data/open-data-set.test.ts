import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { grayClip } from '@softpool/testing/clips';
import { asNobody, folderOf, messageOf, plain } from '@softpool/testing/files';
import { describe, expect, test } from 'vitest';
import { movingShapes } from './generators/moving-shapes.ts';
import { type OpenDataSetOptions, openDataSet } from './open-data-set.ts';

const gray = (level: number) => plain([level, level, level]);

/** Two classes of ten images. */
function photos(prefix = ''): Record<string, ReturnType<typeof plain>> {
  return Object.fromEntries(['cat', 'dog'].flatMap((name) => [...Array(10).keys()].map((i) => [`${prefix}${name}/${i}.png`, gray(i)])));
}

async function counts(
  spec: string | readonly string[],
  options: OpenDataSetOptions = {},
): Promise<[training: number, validation: number, all: number]> {
  const count = async (split: 'training' | 'validation' | 'all'): Promise<number> =>
    (await openDataSet(spec, { ...options, split })).labels.length;
  return [await count('training'), await count('validation'), await count('all')];
}

const idx = (count: number) => ({
  images: Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 1, ...Array(count).fill(5)),
  labels: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, count, ...Array.from({ length: count }, (_, i) => i % 2)),
});

describe('the format of a folder is detected', () => {
  test('class folders of images, split by the seed', async () => {
    const folder = await folderOf(photos());
    expect(await counts(folder)).toEqual([18, 2, 20]);
    expect(await counts(folder, { validationShare: 0.3 })).toEqual([14, 6, 20]);
    const chosen = async (seed: number): Promise<string[]> => {
      const set = await openDataSet(folder, { split: 'validation', validationShare: 0.3, seed });
      return [...set.labels.keys()].map((index) => set.describe(index));
    };
    expect(await chosen(1)).toEqual(await chosen(1));
    expect(await chosen(1)).not.toEqual(await chosen(2));
  });

  test.each(['val', 'validation', 'test'])('class folders in train and %s', async (name) => {
    const folder = await folderOf({
      ...photos('train/'),
      [`${name}/dog/1.png`]: gray(1),
      [`${name}/cat/1.png`]: gray(2),
      [`${name}/cat/2.png`]: gray(3),
    });
    expect(await counts(folder)).toEqual([20, 3, 20]);
    expect((await openDataSet(folder, { split: 'validation' })).classes).toEqual(['cat', 'dog']);
  });

  test('class folders with the names train and test', async () => {
    expect(
      await counts(await folderOf({ 'train/1.png': gray(1), 'train/2.png': gray(1), 'test/1.png': gray(2), 'test/2.png': gray(2) })),
    ).toEqual([2, 2, 4]);
  });

  test('validation with fewer classes has the labels of training, and unknown classes are rejected', async () => {
    const folder = await folderOf({ ...photos('train/'), 'train/ant/1.png': gray(1), 'val/dog/1.png': gray(1), 'val/cat/1.png': gray(2) });
    expect([...(await openDataSet(folder, { split: 'validation' })).labels]).toEqual([1, 2]);
    const other = await folderOf({ ...photos('train/'), 'val/cow/1.png': gray(1), 'val/cat/1.png': gray(2) });
    expect(await messageOf(openDataSet(other, { split: 'validation' }))).toBe(
      'UnknownClassError: val: class cow is not one of the 2 trained classes, such as cat',
    );
  });

  test('given classes determine the labels', async () => {
    const folder = await folderOf(photos());
    const set = await openDataSet(folder, { classes: ['dog', 'cow', 'cat'] });
    expect(set.classes).toEqual(['dog', 'cow', 'cat']);
    expect(await messageOf(openDataSet(folder, { classes: ['cat', 'dog', 'cat'] }))).toContain(
      "openDataSet: options.classes[2] must be different from the classes before it, received 'cat'",
    );
    expect([...set.labels]).toEqual([...Array(10).fill(2), ...Array(10).fill(0)]);
    expect(await messageOf(openDataSet(folder, { classes: ['cat', 'cow'] }))).toMatch(
      /^UnknownClassError: .*: class dog is not one of the 2 trained classes, such as cat$/,
    );
  });

  test('a validation share of 1 takes the data’s own validation samples, or else all data', async () => {
    const parts = await folderOf({ ...photos('train/'), 'val/dog/1.png': gray(1), 'val/cat/1.png': gray(2) });
    const evaluated = await openDataSet(parts, { split: 'validation', validationShare: 1 });
    expect(Array.from(evaluated.labels.keys(), evaluated.describe)).toEqual([join(parts, 'val/cat/1.png'), join(parts, 'val/dog/1.png')]);
    expect((await openDataSet(await folderOf(photos()), { split: 'validation', validationShare: 1 })).labels).toHaveLength(20);
    expect((await openDataSet('textured-shapes?samples=40', { split: 'validation', validationShare: 1 })).labels).toHaveLength(10);
  });

  test('MNIST, CIFAR and emoji', async () => {
    const [train, test] = [idx(6), idx(4)];
    const mnist = await folderOf({
      'train-images-idx3-ubyte': train.images,
      'train-labels-idx1-ubyte': train.labels,
      't10k-images-idx3-ubyte': test.images,
      't10k-labels-idx1-ubyte': test.labels,
    });
    expect(await counts(mnist)).toEqual([6, 4, 6]);
    const cifar = await folderOf({ 'train.bin': new Uint8Array(3074 * 3), 'test.bin': new Uint8Array(3074) });
    expect(await counts(cifar)).toEqual([3, 1, 3]);
    const list = [...Array(8).keys()].map((i) => ({ image: `${i}.png`, category: i % 2 ? 'Flags' : 'Objects' }));
    const images = Object.fromEntries(list.map(({ image }) => [`img/google/64/${image}`, gray(1)]));
    expect(await counts(await folderOf({ 'emoji.json': JSON.stringify(list), ...images }), { validationShare: 0.25 })).toEqual([6, 2, 8]);
  });

  test("ImageNet's folders: synsets for training, a flat folder with a label file for validation", async () => {
    const [goldfish, shark] = ['n01443537', 'n01484850'];
    const folder = await folderOf({
      'train/n01440764/a.JPEG': gray(1),
      [`train/${goldfish}/b.JPEG`]: gray(1),
      [`train/${shark}/c.JPEG`]: gray(1),
      'val/ILSVRC2012_val_00000001.JPEG': gray(1),
      'val/ILSVRC2012_val_00000002.JPEG': gray(2),
      'imagenet_2012_validation_synset_labels.txt': `${shark}\n${goldfish}\n`,
    });
    const set = await openDataSet(folder, { split: 'validation' });
    expect(set.classes).toEqual(['n01440764', goldfish, shark]);
    expect([...set.labels]).toEqual([2, 1]);
    expect([...(await openDataSet(join(folder, 'val'), { classes: ['n01440764', goldfish, shark] })).labels]).toEqual([2, 1]);
  });

  test('class folders of clips', async () => {
    const clip = await grayClip(8);
    const folder = await folderOf({ 'a/1.avi': clip, 'b/1.avi': clip, 'b/cover.png': '' });
    const set = await openDataSet(folder, { clips: { frames: 4, size: [16, 16] } });
    expect(set.classes).toEqual(['a', 'b']);
    const { data, shape } = await set.read(1);
    expect(shape).toEqual([4, 16, 16, 3]);
    // Every other frame is taken, and each is 6 levels brighter.
    expect([0, 1, 2, 3].map((frame) => data[frame * 16 * 16 * 3])).toEqual([0, 12, 24, 36]);
  });
});

describe('a generator is opened by name', () => {
  test('with its options and the seed', async () => {
    const set = await openDataSet('moving-shapes?samples=16&frames=3&size=16&noise=5&clutter=1&jitter=0&ambiguity=0.5', { seed: 4 });
    const same = movingShapes({ samples: 16, frames: 3, size: 16, noise: 5, clutter: 1, jitter: 0, ambiguity: 0.5, seed: 4 });
    expect(await set.read(3)).toEqual(await same.read(3));
    expect(await counts('textured-shapes')).toEqual([2000, 500, 2000]);
  });

  test('validation and training have different samples', async () => {
    const [training, validation] = [
      await openDataSet('textured-shapes', { split: 'training' }),
      await openDataSet('textured-shapes', { split: 'validation' }),
    ];
    expect(await validation.read(0)).not.toEqual(await training.read(0));
  });

  test.each([
    [
      'moving-shapes?speed=3',
      'TypeError: moving-shapes: options.speed is not an option of this call; it takes samples, frames, size, noise, clutter, jitter, ambiguity',
    ],
    ['textured-shapes?size=big', "RangeError: textured-shapes: size must be a number, received 'big'"],
    ['textured-shapes?size=', "RangeError: textured-shapes: size must be a number, received ''"],
    ['textured-shapes?samples=1.5', 'RangeError: texturedShapes: options.samples must be an integer from 1 to 10000000, received 1.5'],
  ])('%s is rejected', async (spec, message) => {
    expect(await messageOf(openDataSet(spec, { split: 'validation' }))).toBe(message);
  });
});

test('several sources are mixed, each split separately', async () => {
  const [a, b] = [await folderOf(photos()), await folderOf(photos())];
  expect(await counts([a, b])).toEqual([36, 4, 40]);
  expect(await messageOf(openDataSet([a, 'textured-shapes']))).toMatch(
    /^RangeError: textured-shapes \(seed 0\) lacks class cat of softpool-data-/,
  );
});

test('unknown data is rejected with what was looked for', async () => {
  expect(await messageOf(openDataSet('/nonexistent/photos'))).toBe(
    'Error: /nonexistent/photos: no such folder; the generators are moving-shapes and textured-shapes',
  );
  const folder = await folderOf({ 'x.png': gray(1), 'y.png': gray(1) });
  expect(await messageOf(openDataSet(join(folder, 'x.png')))).toBe(
    `Error: ${folder}/x.png is a file; data must be a folder, or moving-shapes or textured-shapes`,
  );
  expect(await messageOf(openDataSet(folder))).toMatch(
    /: no known data format. Looked for: class folders of images or clips, .*train-images-idx3-ubyte .*data_batch_1 .*emoji.json; images with one of imagenet/,
  );
  await chmod(folder, 0o000);
  expect(await asNobody(() => messageOf(openDataSet(folder)))).toBe(`Error: ${folder}: permission denied`);
  await chmod(folder, 0o755);
});
