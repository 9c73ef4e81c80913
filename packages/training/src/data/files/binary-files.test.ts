// IDX and CIFAR files, written byte by byte.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderOf, messageOf } from '@softpool/testing/files';
import { describe, expect, test } from 'vitest';
import { cifarDataSet } from './cifar.ts';
import { idxDataSet } from './idx.ts';

/** Three images of 2 × 3: 1 to 6, 11 to 16, 21 to 26. */
const IMAGES = Uint8Array.of(
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  3,
  1,
  2,
  3,
  4,
  5,
  6,
  11,
  12,
  13,
  14,
  15,
  16,
  21,
  22,
  23,
  24,
  25,
  26,
);
const LABELS = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 2);

function mnist(images: Uint8Array = IMAGES, labels: Uint8Array = LABELS): Record<string, Uint8Array> {
  return { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels };
}

describe('IDX files', () => {
  test('give images [height, width, 1]', async () => {
    const set = await idxDataSet(await folderOf(mnist()));
    expect([...set.labels]).toEqual([9, 0, 2]);
    expect(set.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    const { data, shape } = await set.read(1);
    expect([[...data], shape]).toEqual([
      [11, 12, 13, 14, 15, 16],
      [2, 3, 1],
    ]);
  });

  test('can be compressed, with a dot in their names, and of either split', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte.gz': gzipSync(IMAGES),
      'train-labels-idx1-ubyte.gz': gzipSync(LABELS),
      't10k-images.idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 77),
      't10k-labels.idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 4),
    });
    expect((await (await idxDataSet(folder)).read(2)).data).toEqual(Buffer.of(21, 22, 23, 24, 25, 26));
    const test = await idxDataSet(folder, { split: 'validation' });
    expect([...test.labels]).toEqual([4]);
    expect([...(await test.read(0)).data]).toEqual([77]);
  });

  test('have the class names of Fashion-MNIST if the path says so, or the given ones', async () => {
    const folder = await folderOf(Object.fromEntries(Object.entries(mnist()).map(([name, bytes]) => [`fashion-mnist/${name}`, bytes])));
    expect((await idxDataSet(join(folder, 'fashion-mnist'))).classes[9]).toBe('Ankle boot');
    expect((await idxDataSet(join(folder, 'fashion-mnist'), { classes: [...'abcdefghij'] })).classes[9]).toBe('j');
    const path = join(folder, 'fashion-mnist');
    expect(await messageOf(idxDataSet(path, { classes: ['a', 'b'] }))).toBe(
      `Error: ${path}/train-labels-idx1-ubyte: label 9 is out of range for 2 classes`,
    );
  });

  test.each<[string, Record<string, Uint8Array>, string]>([
    ['a wrong magic number', mnist(LABELS), 'train-images-idx3-ubyte: an IDX file of images starts with 0x00000803, received 0x00000801'],
    [
      'no bytes',
      mnist(new Uint8Array(0)),
      'train-images-idx3-ubyte: an IDX file of images starts with 0x00000803, received a file of 0 bytes',
    ],
    ['a header cut short', mnist(IMAGES.subarray(0, 10)), 'train-images-idx3-ubyte: the file ends within its header, after 10 of 16 bytes'],
    [
      'images cut short',
      mnist(IMAGES.subarray(0, 30)),
      'train-images-idx3-ubyte: the file is cut short: its header says 3 × 2 × 3, 34 bytes in all, received 30',
    ],
    [
      'extra bytes',
      mnist(IMAGES, Uint8Array.of(...LABELS, 1)),
      'train-labels-idx1-ubyte: the file is too long: its header says 3, 11 bytes in all, received 12',
    ],
    [
      'fewer labels than images',
      mnist(IMAGES, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 1)),
      'train-images-idx3-ubyte has 3 images, but FOLDER/train-labels-idx1-ubyte has 2 labels',
    ],
    [
      'no images',
      mnist(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3)),
      'train-images-idx3-ubyte: the file is empty: its header says 0 × 2 × 3',
    ],
  ])('with %s are rejected', async (_, files, message) => {
    const folder = await folderOf(files);
    expect(await messageOf(idxDataSet(folder))).toBe(`Error: ${folder}/${message.replace('FOLDER', folder)}`);
  });

  test('whose compressed content is longer than its header says are not decompressed further', async () => {
    const long = gzipSync(Buffer.concat([IMAGES, Buffer.alloc(1e7)]));
    const folder = await folderOf({ 'train-images-idx3-ubyte.gz': long, 'train-labels-idx1-ubyte': LABELS });
    expect(await messageOf(idxDataSet(folder))).toBe(
      `Error: ${folder}/train-images-idx3-ubyte.gz: the file is too long: its header says 3 × 2 × 3, 34 bytes in all, received more`,
    );
    // No images, and damaged after the header.
    const other = gzipSync(Uint8Array.from({ length: 1e5 }, (_, i) => (i * i) >> 3));
    other.fill(0, 5000);
    const wrong = await folderOf({ 'train-images-idx3-ubyte.gz': other, 'train-labels-idx1-ubyte': LABELS });
    expect(await messageOf(idxDataSet(wrong))).toContain('an IDX file of images starts with 0x00000803, received 0x000000');
  });

  test('that are missing or whose compression is broken are rejected', async () => {
    const folder = await folderOf({ 'train-images-idx3-ubyte.gz': gzipSync(IMAGES).subarray(0, 20) });
    expect(await messageOf(idxDataSet(folder))).toBe(`Error: ${folder}: no train-labels-idx1-ubyte, with or without .gz`);
    expect(await messageOf(idxDataSet(folder, { split: 'validation' }))).toBe(
      `Error: ${folder}: no t10k-images-idx3-ubyte, with or without .gz`,
    );
    const broken = await folderOf({ ...mnist(), 'train-images-idx3-ubyte.gz': gzipSync(IMAGES).subarray(0, 20) });
    expect(await messageOf(idxDataSet(broken))).toBe(
      `Error: ${broken}/train-images-idx3-ubyte.gz: the file ends within its header, after 12 of 16 bytes`,
    );
    const cut = await folderOf({ ...mnist(), 'train-images-idx3-ubyte.gz': gzipSync(IMAGES).subarray(0, 40) });
    expect(await messageOf(idxDataSet(cut))).toBe(
      `Error: ${cut}/train-images-idx3-ubyte.gz: cannot decompress the file: unexpected end of file`,
    );
  });
});

/**
 * A record whose pixels are `red`, `green`, `blue`, except for the second one, which is 1, 2, 3.
 */
function record(labels: readonly number[], red: number, green: number, blue: number): Uint8Array {
  const planes = [red, green, blue].flatMap((value, c) => [value, c + 1, ...Array<number>(1022).fill(value)]);
  return Uint8Array.of(...labels, ...planes);
}

describe('CIFAR files', () => {
  test('of CIFAR-10 are read in the order of their names, with planes interleaved', async () => {
    const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
    const folder = await folderOf({
      'data_batch_2.bin': record([5], 50, 60, 70),
      'data_batch_1.bin': Uint8Array.of(...record([3], 10, 20, 30), ...record([0], 11, 21, 31)),
      'test_batch.bin': record([9], 90, 91, 92),
      'batches.meta.txt': `${names.join('\n')}\n\n`,
    });
    const set = await cifarDataSet(folder);
    expect([...set.labels]).toEqual([3, 0, 5]);
    expect(set.classes).toEqual(names);
    const { data, shape } = await set.read(1);
    expect(shape).toEqual([32, 32, 3]);
    expect([...data.subarray(0, 9)]).toEqual([11, 21, 31, 1, 2, 3, 11, 21, 31]);
    expect([...data.subarray(-3)]).toEqual([11, 21, 31]);
    expect(set.describe(1)).toBe(`image 1 of ${folder}/data_batch_1.bin`);
    expect([...(await cifarDataSet(folder, { split: 'validation' })).labels]).toEqual([9]);
  });

  test('of CIFAR-100 have fine or coarse labels', async () => {
    const folder = await folderOf({ 'train.bin': record([19, 99], 1, 2, 3), 'test.bin': record([4, 30], 4, 5, 6) });
    const fine = await cifarDataSet(folder);
    expect([...fine.labels]).toEqual([99]);
    expect(fine.classes).toHaveLength(100);
    const coarse = await cifarDataSet(folder, { split: 'validation', labels: 'coarse' });
    expect([...coarse.labels]).toEqual([4]);
    expect(coarse.classes).toHaveLength(20);
    expect([...(await coarse.read(0)).data.subarray(0, 6)]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  test.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'incomplete records',
      { 'data_batch_1.bin': record([1], 0, 0, 0).subarray(0, 3072) },
      "/data_batch_1.bin: 3072 bytes are not a whole number of CIFAR-10's records of 3073 bytes",
    ],
    ['no bytes', { 'train.bin': '' }, "/train.bin: 0 bytes are not a whole number of CIFAR-100's records of 3074 bytes"],
    [
      'an invalid label',
      { 'data_batch_1.bin': record([10], 0, 0, 0) },
      '/data_batch_1.bin: record 0 has the label 10, but CIFAR-10 has 10 classes',
    ],
    [
      'too few names',
      { 'data_batch_1.bin': record([1], 0, 0, 0), 'batches.meta.txt': 'cat dog' },
      '/batches.meta.txt: names 2 classes, expected 10',
    ],
    ['other names', { 'x.bin': '' }, ': no data_batch_1.bin or train.bin'],
  ])('with %s are rejected', async (_, files, message) => {
    const folder = await folderOf(files);
    expect(await messageOf(cifarDataSet(folder))).toBe(`Error: ${folder}${message}`);
  });
});
