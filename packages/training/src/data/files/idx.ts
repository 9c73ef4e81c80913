/** IDX files, the format of MNIST and Fashion-MNIST. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { checkOneOf, product } from 'softpool/internal';
import type { DataSet } from '../data-set.ts';
import { fileError } from './file-errors.ts';
import { readWhole } from './read-whole.ts';

/** The options of {@link idxDataSet}. */
export interface IdxOptions {
  /** `'validation'` reads the `t10k` files. Default `'training'`. */
  readonly split?: 'training' | 'validation' | undefined;
  /**
   * Names of the classes. Default: Fashion-MNIST's if the path contains “fashion”, else the numbers
   * from 0 to the largest label.
   */
  readonly classes?: readonly string[] | undefined;
}

const FASHION = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'];

/** File names, with a hyphen or a dot, compressed or not. */
const NAMES = {
  training: /^train-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/,
  validation: /^t10k-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/,
};

/**
 * Opens MNIST or Fashion-MNIST: a folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`
 * and the two `t10k` files, compressed (`.gz`) or not. Samples are [28, 28, 1]. The files are read
 * into memory, 47 MB for the 60,000 training images.
 *
 * @param folder - The folder.
 * @param options - Split and class names.
 * @throws Error naming the file if it is missing, has a wrong magic number, is cut short or too
 *   long, or if the numbers of images and labels differ.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const clothes = await idxDataSet('fashion-mnist', { split: 'validation' });
 *   console.log(clothes.classes, clothes.labels.length);
 * }
 * ```
 */
export async function idxDataSet(folder: string, options: IdxOptions = {}): Promise<DataSet> {
  const { split = 'training', classes } = options;
  checkOneOf('idxDataSet', 'options.split', split, ['training', 'validation']);
  const files = await idxFiles(folder, split);
  const missing = (['images', 'labels'] as const).find((kind) => files[kind] === undefined);
  if (missing !== undefined) {
    const prefix = split === 'training' ? 'train' : 't10k';
    throw new Error(`${folder}: no ${prefix}-${missing}-idx${missing === 'images' ? 3 : 1}-ubyte, with or without .gz`);
  }
  const [imagesPath, labelsPath] = [join(folder, files.images as string), join(folder, files.labels as string)];
  const images = await readIdx(imagesPath, 3);
  const labels = await readIdx(labelsPath, 1);
  const [count, height, width] = images.shape as [number, number, number];
  if (count !== labels.shape[0]) throw new Error(`${imagesPath} has ${count} images, but ${labelsPath} has ${labels.shape[0]} labels`);
  const largest = labels.data.reduce((most, label) => Math.max(most, label), 0);
  const names =
    classes ?? (/fashion/i.test(folder) ? FASHION : Array.from({ length: Math.max(10, largest + 1) }, (_, label) => `${label}`));
  if (largest >= names.length) throw new Error(`${labelsPath}: label ${largest} is out of range for ${names.length} classes`);
  const size = height * width;
  return {
    name: `${basename(folder) || folder} ${split}`,
    classes: names,
    labels: Uint16Array.from(labels.data),
    describe: (index) => `image ${index} of ${imagesPath}`,
    read: async (index) => ({ data: images.data.subarray(index * size, (index + 1) * size), shape: [height, width, 1] }),
  };
}

/** The file names of a split. If both versions exist, the compressed one is taken. */
export async function idxFiles(folder: string, split: 'training' | 'validation'): Promise<{ images?: string; labels?: string }> {
  try {
    const matches = (await readdir(folder)).sort().map((name) => NAMES[split].exec(name));
    return Object.fromEntries(matches.flatMap((match) => (match === null ? [] : [[match[1] as string, match[0]]])));
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** IDX's type code of unsigned bytes, the only type in image data sets. */
const UNSIGNED_BYTES = 0x08;

/**
 * Reads an IDX file of unsigned bytes: two zeros, the type, the number of axes, the axis lengths as
 * big-endian 32-bit integers, the values. A compressed file is decompressed only after its header
 * was checked, and no further than the header says.
 */
async function readIdx(path: string, axes: number): Promise<{ shape: readonly number[]; data: Uint8Array }> {
  const file = await readWhole(path);
  const isCompressed = path.endsWith('.gz');
  const header = isCompressed ? decompressed(path, file.subarray(0, 4096), {}) : file;
  const shape = shapeIn(header, path, axes);
  const start = headerBytes(axes);
  const wanted = start + product(shape);
  const says = `its header says ${shape.join(' × ')}, ${wanted} bytes in all`;
  const bytes = isCompressed ? decompressed(path, file, { wanted, says }) : file;
  if (bytes.length === wanted) return { shape, data: bytes.subarray(start) };
  throw new Error(`${path}: the file is ${bytes.length < wanted ? 'cut short' : 'too long'}: ${says}, received ${bytes.length}`);
}

function headerBytes(axes: number): number {
  return 4 + 4 * axes;
}

function shapeIn(bytes: Uint8Array, path: string, axes: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = bytes.length < 4 ? undefined : view.getUint32(0);
  const expected = (UNSIGNED_BYTES << 8) | axes;
  if (magic !== expected) {
    const received = magic === undefined ? `a file of ${bytes.length} bytes` : hex(magic);
    throw new Error(`${path}: an IDX file of ${axes === 3 ? 'images' : 'labels'} starts with ${hex(expected)}, received ${received}`);
  }
  const header = headerBytes(axes);
  if (bytes.length < header) throw new Error(`${path}: the file ends within its header, after ${bytes.length} of ${header} bytes`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.includes(0)) throw new Error(`${path}: the file is empty: its header says ${shape.join(' × ')}`);
  return shape;
}

/** Decompresses a file, which must have no more than the wanted bytes, or the start of one. */
function decompressed(path: string, bytes: Uint8Array, { wanted, says }: { wanted?: number; says?: string }): Uint8Array {
  try {
    if (wanted === undefined) return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return gunzipSync(bytes, { maxOutputLength: Math.min(wanted, MOST_BYTES) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ERR_BUFFER_TOO_LARGE' ? `the file is too long: ${says}, received more` : `cannot decompress the file: ${message}`;
    throw new Error(`${path}: ${why}`, { cause: error });
  }
}

/** What one array of Node can have everywhere. */
const MOST_BYTES = 2 ** 31 - 1;

function hex(number: number): string {
  return `0x${number.toString(16).padStart(8, '0')}`;
}
