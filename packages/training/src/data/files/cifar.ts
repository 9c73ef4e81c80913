/** CIFAR-10 and CIFAR-100, in their binary version and in that for Python. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkOneOf } from 'softpool/internal';
import type { DataSet } from '../data-set.ts';
import { labelsOf, namesOf, picturesOf, readPickle } from './cifar-pickle.ts';
import { fileError } from './file-errors.ts';
import { readWhole } from './read-whole.ts';

/** The options of {@link cifarDataSet}. */
export interface CifarOptions {
  /** `'validation'` reads the test files. Default `'training'`. */
  readonly split?: 'training' | 'validation' | undefined;
  /** CIFAR-100 only: its 100 fine or 20 coarse classes. Default `'fine'`. */
  readonly labels?: 'fine' | 'coarse' | undefined;
}

const PIXELS = 32 * 32;

/** The files of the archives: binary ones and pickled ones. */
const KINDS = {
  'CIFAR-10': {
    binary: { training: /^data_batch_\d\.bin$/, validation: /^test_batch\.bin$/ },
    pickled: { training: /^data_batch_\d$/, validation: /^test_batch$/, names: 'batches.meta' },
    labelBytes: 1,
  },
  'CIFAR-100': {
    binary: { training: /^train\.bin$/, validation: /^test\.bin$/ },
    pickled: { training: /^train$/, validation: /^test$/, names: 'meta' },
    labelBytes: 2,
  },
} as const;

type Kind = keyof typeof KINDS;

/** A picture in a file. */
interface CifarRecord {
  readonly path: string;
  /** Place in the file, from 0. */
  readonly place: number;
  readonly label: number;
  /** Red, green and blue. */
  readonly planes: Uint8Array;
}

/**
 * Opens CIFAR-10 or CIFAR-100, in the binary version (`cifar-10-batches-bin`, `cifar-100-binary`)
 * or the one for Python (`cifar-10-batches-py`, `cifar-100-python`), as their archives unpack.
 * Samples are [32, 32, 3]. Class names come from the archive's files for them; without those they
 * are numbers. The files are read into memory, 184 MB for the 50,000 training images.
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
  checkOneOf('cifarDataSet', 'options.split', split, ['training', 'validation']);
  checkOneOf('cifarDataSet', 'options.labels', labels, ['fine', 'coarse']);
  const found = await cifarFiles(folder, split);
  if (found === undefined) {
    throw new Error(`${folder}: no ${split === 'training' ? 'data_batch_1.bin or train.bin' : 'test_batch.bin or test.bin'}`);
  }
  const { kind, isPickled, files } = found;
  const classes = await (isPickled ? pickledNames : classNames)(folder, kind, labels);
  const records: CifarRecord[] = [];
  for (const path of files.map((name) => join(folder, name))) {
    const bytes = await readWhole(path);
    for (const record of isPickled ? pickledRecords(path, bytes, kind, labels) : binaryRecords(path, bytes, kind, labels)) {
      const { place, label } = record;
      if (label >= classes.length)
        throw new Error(`${path}: record ${place} has the label ${label}, but ${kind} has ${classes.length} classes`);
      records.push(record);
    }
  }
  const recordOf = (index: number) => records[index] as CifarRecord;
  return {
    name: `${basename(folder) || folder} ${split}`,
    classes,
    labels: Uint16Array.from(records, ({ label }) => label),
    describe: (index) => `image ${recordOf(index).place} of ${recordOf(index).path}`,
    read: async (index) => ({ data: channelsLast(recordOf(index).planes), shape: [32, 32, 3] }),
  };
}

function binaryRecords(path: string, bytes: Uint8Array, kind: Kind, labels: 'fine' | 'coarse'): CifarRecord[] {
  const { labelBytes } = KINDS[kind];
  const labelAt = kind === 'CIFAR-100' && labels === 'fine' ? 1 : 0;
  const recordBytes = labelBytes + 3 * PIXELS;
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new Error(`${path}: ${bytes.length} bytes are not a whole number of ${kind}'s records of ${recordBytes} bytes`);
  }
  return Array.from({ length: bytes.length / recordBytes }, (_, place) => {
    const record = bytes.subarray(place * recordBytes, (place + 1) * recordBytes);
    return { path, place, label: record[labelAt] as number, planes: record.subarray(labelBytes) };
  });
}

function pickledRecords(path: string, bytes: Uint8Array, kind: Kind, labels: 'fine' | 'coarse'): CifarRecord[] {
  return inPickle(path, () => {
    const dictionary = readPickle(bytes);
    const pictures = picturesOf(dictionary, 3 * PIXELS);
    const numbers = labelsOf(dictionary, kind === 'CIFAR-10' ? 'labels' : `${labels}_labels`, pictures.length);
    return pictures.map((planes, place) => ({ path, place, label: numbers[place] as number, planes }));
  });
}

/** Returns what `read` returns; its errors name the file. */
function inPickle<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The files of a split in order, which of the two data sets they belong to, and their version. */
export async function cifarFiles(
  folder: string,
  split: 'training' | 'validation',
): Promise<{ kind: Kind; isPickled: boolean; files: readonly string[] } | undefined> {
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // Folders of pictures may be called `train` and `test`.
    names = entries.flatMap((entry) => (entry.isDirectory() ? [] : [entry.name])).sort();
  } catch (error) {
    throw fileError(folder, error);
  }
  for (const kind of ['CIFAR-10', 'CIFAR-100'] as const) {
    const { binary, pickled } = KINDS[kind];
    const files = names.filter((name) => binary[split].test(name));
    if (files.length > 0) return { kind, isPickled: false, files };
    const batches = names.filter((name) => pickled[split].test(name));
    if (batches.length > 0 && names.includes(pickled.names)) return { kind, isPickled: true, files: batches };
  }
  return undefined;
}

async function pickledNames(folder: string, kind: Kind, labels: 'fine' | 'coarse'): Promise<string[]> {
  const path = join(folder, KINDS[kind].pickled.names);
  const bytes = await readWhole(path);
  const key = kind === 'CIFAR-10' ? 'label_names' : `${labels}_label_names`;
  return checkedNames(
    path,
    inPickle(path, () => namesOf(readPickle(bytes), key)),
    kind,
    labels,
  );
}

function classCount(kind: Kind, labels: 'fine' | 'coarse'): number {
  return kind === 'CIFAR-10' ? 10 : labels === 'fine' ? 100 : 20;
}

function checkedNames(path: string, names: string[], kind: Kind, labels: 'fine' | 'coarse'): string[] {
  const count = classCount(kind, labels);
  if (names.length !== count) throw new Error(`${path}: names ${names.length} classes, expected ${count}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${path} has the class ${twice} twice`);
  return names;
}

async function classNames(folder: string, kind: Kind, labels: 'fine' | 'coarse'): Promise<string[]> {
  const path = join(folder, kind === 'CIFAR-10' ? 'batches.meta.txt' : `${labels}_label_names.txt`);
  let text: string;
  try {
    text = (await readWhole(path)).toString();
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Array.from({ length: classCount(kind, labels) }, (_, label) => `${label}`);
  }
  const names = text.split(/\s+/).filter((name) => name !== '');
  return checkedNames(path, names, kind, labels);
}

/** Pixels from the red, green and blue planes. */
function channelsLast(planes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(planes.length);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let c = 0; c < 3; c++) pixels[3 * pixel + c] = planes[c * PIXELS + pixel] as number;
  }
  return pixels;
}
