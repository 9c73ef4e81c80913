import { folderOf, messageOf, plain } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { splitDataSet } from '../subsets.ts';
import { emojiDataSet } from './emoji.ts';

const LIST = [
  { image: '1f600.png', category: 'Smileys & Emotion' },
  { image: '1f1e9-1f1ea.png', category: 'Flags' },
  { image: '1f3fb.png', category: 'Component' },
  { image: '1f46a.png', category: 'People & Body', obsoleted_by: '1F468-200D-1F469' },
  { image: '1f601.png', category: 'Smileys & Emotion', skin_variations: { '1F3FB': { image: '1f601-1f3fb.png' } } },
  { image: '1f1eb-1f1f7.png', category: 'Flags' },
];

function emoji(list: unknown = LIST, set = 'google') {
  const images = LIST.map(({ image }, index) => [`img/${set}/64/${image}`, plain([index, 0, 0], 64, 64)] as const);
  return folderOf({ 'emoji.json': JSON.stringify(list), ...Object.fromEntries(images) });
}

test('emoji have their categories as classes, without swatches, variants and obsolete ones', async () => {
  for (const set of ['google', 'twitter']) {
    const dataSet = await emojiDataSet(await emoji(LIST, set));
    expect(dataSet.classes).toEqual(['Flags', 'Smileys & Emotion']);
    expect([...dataSet.labels]).toEqual([0, 0, 1, 1]);
    const samples = await Promise.all([0, 1, 2, 3].map((index) => dataSet.read(index)));
    expect(samples.map(({ data }) => data[0])).toEqual([1, 5, 0, 4]);
    expect(samples[0]?.shape).toEqual([64, 64, 3]);
    const { validation } = splitDataSet(dataSet, { validationShare: 0.5, seed: 1 });
    expect([...validation.labels]).toEqual([0, 1]);
  }
});

test.each<[string, unknown, RegExp]>([
  ['that is an object', { a: 1 }, /^Error: .*emoji.json: expected a list of emoji$/],
  ['without a category', [...LIST, { image: 'x.png' }], /^Error: .*emoji.json: entry 6 has no valid image and category$/],
  ['with a path outside its folder', [{ image: '../../x.png', category: 'A' }], /entry 0 has no valid image and category/],
  ['with one category', LIST.slice(0, 1), /^Error: .*emoji.json: 1 categories; classification needs at least two$/],
  [
    'with missing images',
    [...LIST, { image: 'x.png', category: 'Flags' }],
    /^Error: .*img\/google\/64: 1 of the 5 images in .*emoji.json are missing; first: x.png$/,
  ],
])('a list %s is rejected', async (_, list, message) => {
  expect(await messageOf(emojiDataSet(await emoji(list)))).toMatch(message);
});

test('missing images and invalid JSON are rejected', async () => {
  const folder = await folderOf({ 'emoji.json': '[]' });
  expect(await messageOf(emojiDataSet(folder))).toMatch(/no folder of images; looked for .*img\/google\/64, .*img\/twitter\/64/);
  expect(await messageOf(emojiDataSet(await folderOf({ 'emoji.json': '[{' })))).toMatch(/^Error: .*emoji.json is not JSON: /);
});
