// CIFAR's files for Python, as Python 2 wrote them and as Python 3 writes them again.
import { readFile } from 'node:fs/promises';
import { folderOf, messageOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { openDataSet } from '../open-data-set.ts';
import { cifarDataSet } from './cifar.ts';

const SIZE = 3072;

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')];
/** SHORT_BINSTRING, with which Python 2 wrote texts and bytes. */
const string = (text: string): number[] => [0x55, text.length, ...bytesOf(text)];
/** BININT1 */
const integer = (value: number): number[] => [0x4b, value];
/** EMPTY_LIST, MARK, …, APPENDS */
const list = (...items: number[][]): number[] => [0x5d, 0x28, ...items.flat(), 0x65];
/** PROTO 2, EMPTY_DICT, MARK, …, SETITEMS, STOP */
const dictionary = (entries: Readonly<Record<string, number[]>>): Uint8Array =>
  Uint8Array.of(0x80, 2, 0x7d, 0x28, ...Object.entries(entries).flatMap(([key, value]) => [...string(key), ...value]), 0x75, 0x2e);

/** A NumPy array of bytes, with the instructions of the published files. */
function array(pictures: readonly (readonly number[])[], type = 'u1'): number[] {
  const size = pictures.length * SIZE;
  // _reconstruct(ndarray, (0,), 'b') gets the state (1, shape, dtype, False, bytes) by BUILD, and
  // the dtype (3, '|', None, None, None, −1, −1, 0).
  return [
    ...bytesOf('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n'),
    ...[...integer(0), 0x85, ...string('b'), 0x87, 0x52],
    ...[0x28, ...integer(1), ...integer(pictures.length), 0x4d, SIZE & 255, SIZE >> 8, 0x86],
    ...[...bytesOf('cnumpy\ndtype\n'), ...string(type), ...integer(0), ...integer(1), 0x87, 0x52],
    ...[0x28, ...integer(3), ...string('|'), 0x4e, 0x4e, 0x4e, ...Array(2).fill([0x4a, 255, 255, 255, 255]).flat()],
    ...[...integer(0), 0x74, 0x62, 0x89],
    ...[0x54, size & 255, (size >> 8) & 255, size >> 16, 0, ...pictures.flat(), 0x74, 0x62],
  ];
}

/** Red, green and blue planes; the second pixel is 201, 202, 203. */
const picture = (...colors: readonly number[]): number[] =>
  colors.flatMap((value, c) => [value, 201 + c, ...Array<number>(1022).fill(value)]);

const NAMES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

test('CIFAR-10 as Python 2 pickled it is read in the order of its names', async () => {
  const folder = await folderOf({
    data_batch_2: dictionary({ labels: list(integer(5)), data: array([picture(50, 60, 70)]) }),
    data_batch_1: dictionary({ data: array([picture(10, 20, 30), picture(11, 21, 31)]), labels: list(integer(3), integer(0)) }),
    test_batch: dictionary({ data: array([picture(90, 91, 92)]), labels: list(integer(9)) }),
    'batches.meta': dictionary({ label_names: list(...NAMES.map(string)) }),
  });
  const set = await openDataSet(folder, { split: 'training' });
  expect([[...set.labels], set.classes]).toEqual([[3, 0, 5], NAMES]);
  const { data, shape } = await set.read(1);
  expect([shape, [...data.subarray(0, 9)]]).toEqual([
    [32, 32, 3],
    [11, 21, 31, 201, 202, 203, 11, 21, 31],
  ]);
  expect(set.describe(1)).toBe(`image 1 of ${folder}/data_batch_1`);
  expect([...(await openDataSet(folder, { split: 'validation' })).labels]).toEqual([9]);
});

test('a name of two classes is refused', async () => {
  const twice = [...NAMES.slice(0, 9), 'cat'];
  const batch = dictionary({ data: array([picture(1, 2, 3)]), labels: list(integer(3)) });
  const pickled = await folderOf({ data_batch_1: batch, 'batches.meta': dictionary({ label_names: list(...twice.map(string)) }) });
  expect(await messageOf(cifarDataSet(pickled))).toContain(`${pickled}/batches.meta has the class cat twice`);
});

test('CIFAR-100 has fine or coarse labels', async () => {
  const numbered = (count: number): number[] => list(...Array.from({ length: count }, (_, label) => string(`class ${label}`)));
  const folder = await folderOf({
    train: dictionary({ data: array([picture(1, 2, 3)]), fine_labels: list(integer(99)), coarse_labels: list(integer(19)) }),
    meta: dictionary({ fine_label_names: numbered(100), coarse_label_names: numbered(20) }),
  });
  const fine = await cifarDataSet(folder);
  expect([[...fine.labels], fine.classes[99]]).toEqual([[99], 'class 99']);
  const coarse = await cifarDataSet(folder, { labels: 'coarse' });
  expect([[...coarse.labels], coarse.classes.length]).toEqual([[19], 20]);
});

test.each([2, 4])('a batch that Python 3 pickled by protocol %i is read', async (protocol) => {
  const batch = await readFile(new URL(`fixtures/cifar-protocol-${protocol}`, import.meta.url));
  const folder = await folderOf({ data_batch_1: batch, 'batches.meta': dictionary({ label_names: list(...NAMES.map(string)) }) });
  const set = await cifarDataSet(folder);
  expect([...set.labels]).toEqual([3, 9]);
  // Byte i of picture p is (7 i + p) mod 251; pixel k has the bytes k, 1024 + k and 2048 + k.
  const expected = Array.from({ length: SIZE }, (_, at) => (7 * ((at % 3) * 1024 + Math.floor(at / 3)) + 1) % 251);
  expect([...(await set.read(1)).data]).toEqual(expected);
});

test.each<[string, Uint8Array, string]>([
  ['a command', Uint8Array.of(0x80, 2, ...bytesOf('cos\nsystem\n'), ...string('ls'), 0x85, 0x52, 0x2e), 'the pickle refers to os.system'],
  ['no dictionary', Uint8Array.of(0x80, 2, ...list(), 0x2e), 'the pickle is not a dictionary'],
  ['no pictures', dictionary({ labels: list(integer(1)) }), "the pickle has no array named 'data'"],
  ['too few labels', dictionary({ data: array([picture(1, 2, 3)]), labels: list() }), "its 'labels' must be a list of 1 labels"],
  ['a label that is too large', dictionary({ data: array([picture(1, 2, 3)]), labels: list(integer(10)) }), 'record 0 has the label 10'],
  [
    'numbers that are not bytes',
    dictionary({ data: array([picture(1, 2, 3)], 'f4') }),
    "its 'data' must be bytes of the shape [pictures, 3072]",
  ],
  ['a part cut off', dictionary({ data: array([picture(1, 2, 3)]) }).subarray(0, 900), 'cannot read the pickle: it ends early'],
])('a batch with %s is rejected', async (_, batch, message) => {
  const folder = await folderOf({ data_batch_1: batch, 'batches.meta': dictionary({ label_names: list(...NAMES.map(string)) }) });
  expect(await messageOf(cifarDataSet(folder))).toContain(`${folder}/data_batch_1: ${message}`);
});
