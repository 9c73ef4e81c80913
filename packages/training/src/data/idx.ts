/** IDX files, in which MNIST and Fashion-MNIST come. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DataSet } from './data-set.ts';
import { fileError } from './file-errors.ts';

/** The options of {@link idxDataSet}. */
export interface IdxOptions {
  /** `'train'` or `'test'`, which the files call t10k. Default `'train'`. */
  readonly part?: 'train' | 'test';
  /** The names of the classes. Default: Fashion-MNIST's if the path says fashion, else 0 to the largest label. */
  readonly classes?: readonly string[];
}

const FASHION = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'];

/** What the files of a part are called: with a hyphen or a dot, compressed or not. */
const NAMES = { train: /^train-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/, test: /^t10k-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/ };

/**
 * MNIST or Fashion-MNIST: a folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the two of `t10k`, compressed (`.gz`) or not, such as
 * Debian's package dataset-fashion-mnist puts into `/usr/share/datasets/fashion-mnist`. Samples are [28, 28, 1]. The files are read at once, 47 MB for the
 * 60,000 of training.
 *
 * @param folder - The path.
 * @param options - Which part, and the names of the classes.
 * @throws Error that names the file and says what is wrong: it is missing, has a wrong magic number, is cut short or too long, or images and labels are not of one number.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const clothes = await idxDataSet('/usr/share/datasets/fashion-mnist', { part: 'test' });
 *   console.log(clothes.classes, clothes.labels.length);
 * }
 * ```
 */
export async function idxDataSet(folder: string, options: IdxOptions = {}): Promise<DataSet> {
  const { part = 'train', classes } = options;
  const files = await idxFiles(folder, part);
  const missing = (['images', 'labels'] as const).find((kind) => files[kind] === undefined);
  if (missing !== undefined) {
    const prefix = part === 'train' ? 'train' : 't10k';
    throw new Error(`${folder}: there is no ${prefix}-${missing}-idx${missing === 'images' ? 3 : 1}-ubyte, with or without .gz`);
  }
  const [imagesPath, labelsPath] = [join(folder, files.images as string), join(folder, files.labels as string)];
  const images = await readIdx(imagesPath, 3);
  const labels = await readIdx(labelsPath, 1);
  const [count, height, width] = images.shape as [number, number, number];
  if (count !== labels.shape[0]) throw new Error(`${imagesPath} has ${count} images, but ${labelsPath} has ${labels.shape[0]} labels`);
  const largest = labels.data.reduce((most, label) => Math.max(most, label), 0);
  const names =
    classes ?? (/fashion/i.test(folder) ? FASHION : Array.from({ length: Math.max(10, largest + 1) }, (_, label) => `${label}`));
  if (largest >= names.length) throw new Error(`${labelsPath}: it has the label ${largest}, but there are ${names.length} classes`);
  const size = height * width;
  return {
    name: `${basename(folder) || folder} ${part}`,
    classes: names,
    labels: Uint16Array.from(labels.data),
    describe: (index) => `image ${index} of ${imagesPath}`,
    read: async (index) => ({ data: images.data.subarray(index * size, (index + 1) * size), shape: [height, width, 1] }),
  };
}

/** The names of a part's files in a folder; what is compressed is taken where both are there. */
export async function idxFiles(folder: string, part: 'train' | 'test'): Promise<{ images?: string; labels?: string }> {
  try {
    const matches = (await readdir(folder)).sort().map((name) => NAMES[part].exec(name));
    return Object.fromEntries(matches.flatMap((match) => (match === null ? [] : [[match[1] as string, match[0]]])));
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** The type of unsigned bytes, the only one that data sets of images use. */
const UNSIGNED_BYTES = 0x08;

/** An IDX file of unsigned bytes: two zeros, the type, the number of axes, the lengths of the axes as big-endian integers of 32 bits, the values. */
async function readIdx(path: string, axes: number): Promise<{ shape: readonly number[]; data: Uint8Array }> {
  const bytes = await readWhole(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = bytes.length < 4 ? undefined : view.getUint32(0);
  const expected = (UNSIGNED_BYTES << 8) | axes;
  if (magic !== expected) {
    const received = magic === undefined ? `a file of ${bytes.length} bytes` : hex(magic);
    throw new Error(`${path}: an IDX file of ${axes === 3 ? 'images' : 'labels'} begins with ${hex(expected)}, received ${received}`);
  }
  const header = 4 + 4 * axes;
  if (bytes.length < header) throw new Error(`${path}: it is cut short within its header, after ${bytes.length} of ${header} bytes`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.includes(0)) throw new Error(`${path}: it holds nothing, its header says ${shape.join(' × ')}`);
  const wanted = header + shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== wanted) {
    const what = bytes.length < wanted ? 'cut short' : 'too long';
    throw new Error(`${path}: it is ${what}: its header says ${shape.join(' × ')}, ${wanted} bytes in all, received ${bytes.length}`);
  }
  return { shape, data: bytes.subarray(header) };
}

async function readWhole(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: 2 ** 31 - 1 });
  } catch (error) {
    throw new Error(`${path}: it cannot be decompressed: ${(error as Error).message}`, { cause: error });
  }
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(8, '0')}`;
}
