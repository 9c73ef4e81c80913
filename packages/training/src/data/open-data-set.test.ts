import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { grayClip } from '@softpool/testing/clips';
import { asNobody, folderOf, messageOf, plain } from '@softpool/testing/files';
import { describe, expect, test } from 'vitest';
import { movingShapes } from './moving-shapes.ts';
import { type OpenDataSetOptions, openDataSet } from './open-data-set.ts';

const grey = (level: number) => plain([level, level, level]);

/** Two classes of ten images. */
function photos(prefix = ''): Record<string, ReturnType<typeof plain>> {
  return Object.fromEntries(['cat', 'dog'].flatMap((name) => [...Array(10).keys()].map((i) => [`${prefix}${name}/${i}.png`, grey(i)])));
}

async function counts(
  spec: string | readonly string[],
  options: OpenDataSetOptions = {},
): Promise<[training: number, validation: number, all: number]> {
  const count = async (part: 'training' | 'validation' | 'all'): Promise<number> =>
    (await openDataSet(spec, { ...options, part })).labels.length;
  return [await count('training'), await count('validation'), await count('all')];
}

const idx = (count: number) => ({
  images: Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 1, ...Array(count).fill(5)),
  labels: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, count, ...Array.from({ length: count }, (_, i) => i % 2)),
});

describe('what a folder is, is found out by what lies there', () => {
  test('class folders of images, split by the seed', async () => {
    const folder = await folderOf(photos());
    expect(await counts(folder)).toEqual([18, 2, 20]);
    expect(await counts(folder, { validation: 0.3 })).toEqual([14, 6, 20]);
    const chosen = async (seed: number): Promise<string[]> => {
      const set = await openDataSet(folder, { part: 'validation', validation: 0.3, seed });
      return [...set.labels.keys()].map((index) => set.describe(index));
    };
    expect(await chosen(1)).toEqual(await chosen(1));
    expect(await chosen(1)).not.toEqual(await chosen(2));
  });

  test.each(['val', 'validation', 'test'])('class folders in train and %s', async (name) => {
    const folder = await folderOf({
      ...photos('train/'),
      [`${name}/dog/1.png`]: grey(1),
      [`${name}/cat/1.png`]: grey(2),
      [`${name}/cat/2.png`]: grey(3),
    });
    expect(await counts(folder)).toEqual([20, 3, 20]);
    expect((await openDataSet(folder, { part: 'validation' })).classes).toEqual(['cat', 'dog']);
  });

  test('class folders that are called train and test', async () => {
    expect(
      await counts(await folderOf({ 'train/1.png': grey(1), 'train/2.png': grey(1), 'test/1.png': grey(2), 'test/2.png': grey(2) })),
    ).toEqual([2, 2, 4]);
  });

  test('labels are those of training where validation has fewer classes; a class that is not trained is refused', async () => {
    const folder = await folderOf({ ...photos('train/'), 'train/ant/1.png': grey(1), 'val/dog/1.png': grey(1), 'val/cat/1.png': grey(2) });
    expect([...(await openDataSet(folder, { part: 'validation' })).labels]).toEqual([1, 2]);
    const other = await folderOf({ ...photos('train/'), 'val/cow/1.png': grey(1), 'val/cat/1.png': grey(2) });
    expect(await messageOf(openDataSet(other, { part: 'validation' }))).toBe(
      'Error: val: the class cow is none of the 2 classes that are trained, such as cat',
    );
  });

  test('labels are those of the classes that are given, in whatever order and however many', async () => {
    const folder = await folderOf(photos());
    const set = await openDataSet(folder, { classes: ['dog', 'cow', 'cat'] });
    expect(set.classes).toEqual(['dog', 'cow', 'cat']);
    expect([...set.labels]).toEqual([...Array(10).fill(2), ...Array(10).fill(0)]);
    expect(await messageOf(openDataSet(folder, { classes: ['cat', 'cow'] }))).toMatch(
      /^Error: .*: the class dog is none of the 2 classes that are trained, such as cat$/,
    );
  });

  test('to evaluate is the part for validation where there is one, and all of other data', async () => {
    const parts = await folderOf({ ...photos('train/'), 'val/dog/1.png': grey(1), 'val/cat/1.png': grey(2) });
    const evaluated = await openDataSet(parts, { part: 'evaluation' });
    expect(Array.from(evaluated.labels.keys(), evaluated.describe)).toEqual([join(parts, 'val/cat/1.png'), join(parts, 'val/dog/1.png')]);
    expect((await openDataSet(await folderOf(photos()), { part: 'evaluation' })).labels).toHaveLength(20);
    expect((await openDataSet('textured-shapes?samples=40', { part: 'evaluation' })).labels).toHaveLength(10);
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
    const images = Object.fromEntries(list.map(({ image }) => [`img/google/64/${image}`, grey(1)]));
    expect(await counts(await folderOf({ 'emoji.json': JSON.stringify(list), ...images }), { validation: 0.25 })).toEqual([6, 2, 8]);
  });

  test("ImageNet's folders: synsets for training, a flat folder for validation with its labels beside it", async () => {
    const [goldfish, shark] = ['n01443537', 'n01484850'];
    const folder = await folderOf({
      'train/n01440764/a.JPEG': grey(1),
      [`train/${goldfish}/b.JPEG`]: grey(1),
      [`train/${shark}/c.JPEG`]: grey(1),
      'val/ILSVRC2012_val_00000001.JPEG': grey(1),
      'val/ILSVRC2012_val_00000002.JPEG': grey(2),
      'imagenet_2012_validation_synset_labels.txt': `${shark}\n${goldfish}\n`,
    });
    const set = await openDataSet(folder, { part: 'validation' });
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
    expect([0, 1, 2, 3].map((frame) => data[frame * 16 * 16 * 3])).toEqual([0, 12, 24, 36]); // every other frame, 6 levels each
  });
});

describe('a generator is opened by its name', () => {
  test('with its options and the seed', async () => {
    const set = await openDataSet('moving-shapes?samples=16&frames=3&size=16&noise=5&clutter=1&jitter=0&ambiguity=0.5', { seed: 4 });
    const same = movingShapes({ samples: 16, frames: 3, size: 16, noise: 5, clutter: 1, jitter: 0, ambiguity: 0.5, seed: 4 });
    expect(await set.read(3)).toEqual(await same.read(3));
    expect(await counts('textured-shapes')).toEqual([2000, 500, 2000]);
  });

  test('validation has other samples than training', async () => {
    const [training, validation] = [
      await openDataSet('textured-shapes', { part: 'training' }),
      await openDataSet('textured-shapes', { part: 'validation' }),
    ];
    expect(await validation.read(0)).not.toEqual(await training.read(0));
  });

  test.each([
    [
      'moving-shapes?speed=3',
      'RangeError: moving-shapes: there is no option speed; there are samples, frames, size, noise, clutter, jitter, ambiguity',
    ],
    ['textured-shapes?size=big', 'RangeError: textured-shapes: size must be a number, received big'],
    ['textured-shapes?size=', 'RangeError: textured-shapes: size must be a number, received nothing'],
    ['textured-shapes?samples=1.5', 'RangeError: texturedShapes: options.samples must be an integer of at least 1, received 1.5'],
  ])('%s is refused', async (spec, message) => {
    expect(await messageOf(openDataSet(spec, { part: 'validation' }))).toBe(message);
  });
});

test('several are mixed, each split by itself', async () => {
  const [a, b] = [await folderOf(photos()), await folderOf(photos())];
  expect(await counts([a, b])).toEqual([36, 4, 40]);
  expect(await messageOf(openDataSet([a, 'textured-shapes']))).toMatch(
    /^RangeError: textured-shapes \(seed 0\) has no class cat, which .* has/,
  );
});

test('what is no data is refused, with what was looked for', async () => {
  expect(await messageOf(openDataSet('/nonexistent/photos'))).toBe(
    'Error: /nonexistent/photos: no such folder, and no generator: those are moving-shapes and textured-shapes',
  );
  const folder = await folderOf({ 'x.png': grey(1), 'y.png': grey(1) });
  expect(await messageOf(openDataSet(join(folder, 'x.png')))).toBe(
    `Error: ${folder}/x.png is a file; data is a folder, or moving-shapes or textured-shapes`,
  );
  expect(await messageOf(openDataSet(folder))).toMatch(
    /: no data was recognized in it. Looked for: class folders of images or clips, .*train-images-idx3-ubyte .*data_batch_1.bin .*emoji.json; images with one of imagenet/,
  );
  await chmod(folder, 0o000);
  expect(await asNobody(() => messageOf(openDataSet(folder)))).toBe(`Error: ${folder}: permission denied`);
  await chmod(folder, 0o755);
});
