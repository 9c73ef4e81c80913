/** The binary files of CIFAR-10 and CIFAR-100. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DataSet } from '../data-set.ts';
import { fileError } from './file-errors.ts';

/** The options of {@link cifarDataSet}. */
export interface CifarOptions {
  /** `'validation'` reads the test files. Default `'training'`. */
  readonly split?: 'training' | 'validation';
  /** CIFAR-100 only: its 100 fine or 20 coarse classes. Default `'fine'`. */
  readonly labels?: 'fine' | 'coarse';
}

const PIXELS = 32 * 32;

/** The files of the two archives. */
const KINDS = {
  'CIFAR-10': { training: /^data_batch_\d\.bin$/, validation: /^test_batch\.bin$/, labelBytes: 1 },
  'CIFAR-100': { training: /^train\.bin$/, validation: /^test\.bin$/, labelBytes: 2 },
} as const;

/**
 * Opens CIFAR-10 or CIFAR-100 in its binary version: `cifar-10-batches-bin` with `data_batch_1.bin`
 * to `data_batch_5.bin` and `test_batch.bin`, or `cifar-100-binary` with `train.bin` and
 * `test.bin`. Samples are [32, 32, 3]. Class names come from `batches.meta.txt`,
 * `fine_label_names.txt` or `coarse_label_names.txt`; without that file they are numbers. The files
 * are read into memory, 184 MB for the 50,000 training images.
 *
 * @param folder - The folder.
 * @param options - Split and labels.
 * @throws Error naming the file if it is missing, has incomplete records or an invalid label.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const test = await cifarDataSet('cifar-10-batches-bin', { split: 'validation' });
 *   console.log(test.classes, test.labels.length);
 * }
 * ```
 */
export async function cifarDataSet(folder: string, options: CifarOptions = {}): Promise<DataSet> {
  const { split = 'training', labels = 'fine' } = options;
  const found = await cifarFiles(folder, split);
  if (found === undefined) {
    throw new Error(`${folder}: no ${split === 'training' ? 'data_batch_1.bin or train.bin' : 'test_batch.bin or test.bin'}`);
  }
  const { kind, files } = found;
  const { labelBytes } = KINDS[kind];
  const labelAt = kind === 'CIFAR-100' && labels === 'fine' ? 1 : 0;
  const classes = await classNames(folder, kind, labels);
  const recordBytes = labelBytes + 3 * PIXELS;
  const records: { path: string; record: Uint8Array; place: number }[] = [];
  for (const path of files.map((name) => join(folder, name))) {
    const bytes = await readBytes(path);
    if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
      throw new Error(`${path}: ${bytes.length} bytes are not a whole number of ${kind}'s records of ${recordBytes} bytes`);
    }
    for (let at = 0, place = 0; at < bytes.length; at += recordBytes, place++) {
      const record = bytes.subarray(at, at + recordBytes);
      const label = record[labelAt] as number;
      if (label >= classes.length)
        throw new Error(`${path}: record ${place} has the label ${label}, but ${kind} has ${classes.length} classes`);
      records.push({ path, record, place });
    }
  }
  const recordOf = (index: number) => records[index] as (typeof records)[number];
  return {
    name: `${basename(folder) || folder} ${split}`,
    classes,
    labels: Uint16Array.from(records, ({ record }) => record[labelAt] as number),
    describe: (index) => `image ${recordOf(index).place} of ${recordOf(index).path}`,
    read: async (index) => ({ data: channelsLast(recordOf(index).record.subarray(labelBytes)), shape: [32, 32, 3] }),
  };
}

/** The files of a split in order, and which of the two data sets they belong to. */
export async function cifarFiles(
  folder: string,
  split: 'training' | 'validation',
): Promise<{ kind: keyof typeof KINDS; files: readonly string[] } | undefined> {
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    throw fileError(folder, error);
  }
  for (const kind of ['CIFAR-10', 'CIFAR-100'] as const) {
    const files = names.filter((name) => KINDS[kind][split].test(name));
    if (files.length > 0) return { kind, files };
  }
  return undefined;
}

async function classNames(folder: string, kind: keyof typeof KINDS, labels: 'fine' | 'coarse'): Promise<string[]> {
  const count = kind === 'CIFAR-10' ? 10 : labels === 'fine' ? 100 : 20;
  const path = join(folder, kind === 'CIFAR-10' ? 'batches.meta.txt' : `${labels}_label_names.txt`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(path, error);
    return Array.from({ length: count }, (_, label) => `${label}`);
  }
  const names = text.split(/\s+/).filter((name) => name !== '');
  if (names.length !== count) throw new Error(`${path}: names ${names.length} classes, expected ${count}`);
  return names;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Pixels from the red, green and blue planes. */
function channelsLast(planes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(planes.length);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let c = 0; c < 3; c++) pixels[3 * pixel + c] = planes[c * PIXELS + pixel] as number;
  }
  return pixels;
}
