/** Opens data by path, detecting its format, or by the name of a generator. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKeys, checkOneOf, rangeError, typeError } from 'softpool/internal';
import type { DataSet, Split } from './data-set.ts';
import { cifarDataSet, cifarFiles } from './files/cifar.ts';
import { foldersIn, visibleEntries } from './files/class-folders.ts';
import { type ClipFolderOptions, clipFolder, isClipName } from './files/clip-folder.ts';
import { emojiDataSet } from './files/emoji.ts';
import { fileError } from './files/file-errors.ts';
import { idxDataSet, idxFiles } from './files/idx.ts';
import { imageFolder, imageNetValidation } from './files/image-folder.ts';
import { isImageName } from './files/read-image.ts';
import { GENERATORS, openGenerator } from './generators/open-generator.ts';
import { keepInMemory } from './in-memory.ts';
import { mixDataSets, splitDataSet } from './subsets.ts';

/** The options of {@link openDataSet}. */
export interface OpenDataSetOptions {
  /**
   * `'training'` or `'validation'`: the data's own split where it has one (folders `train` and
   * `val`, MNIST, CIFAR, generators); other data is split by the seed. `'all'` (default): the data
   * unsplit; where it has a split of its own, its training samples.
   */
  readonly split?: Split | undefined;
  /** Seed of the split and of generators: a 32-bit integer. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Share of each class to use for validation where the data has no split of its own: above 0, up
   * to 1, which takes all samples for validation. Default 0.1.
   */
  readonly validationShare?: number | undefined;
  /** Which frames of clips to read, and their size. */
  readonly clips?: ClipFolderOptions | undefined;
  /**
   * Names of the classes in the order of a network's outputs. Labels are then indices into this
   * list. The data may lack some of them; a class that is not in the list is an error. Default: the
   * data's own.
   */
  readonly classes?: readonly string[] | undefined;
}

const NAMES = ['split', 'seed', 'validationShare', 'clips', 'classes'];

/** Folders that hold a split, in the order in which they are looked for. */
const SPLIT_FOLDERS = { training: ['train', 'training'], validation: ['val', 'validation', 'test'] } as const;

/** Label files of ImageNet's flat folder, looked for in it and beside it. */
const LABEL_FILES = ['imagenet_2012_validation_synset_labels.txt', 'LOC_val_solution.csv', 'val.txt', 'labels.txt'];

/**
 * Opens data: a path, a generator, or several, which are mixed and need the same classes. The
 * format of a path is detected:
 *
 * - class folders of images or clips, directly or in folders `train` and `val` (or `validation`,
 *   `test`),
 * - the IDX files of MNIST and Fashion-MNIST, CIFAR-10 and CIFAR-100 (binary, or for Python),
 * - ImageNet's flat folder of validation images, with a file of labels in it or beside it,
 * - emoji-datasource's emoji.json.
 *
 * A generator is `moving-shapes` or `textured-shapes`, with options as in
 * `moving-shapes?samples=2000&noise=30`. `samples` is the number of training samples, 2000 by
 * default; a quarter as many are generated for validation, from another seed. Samples of generators
 * and emoji are kept in memory, up to 512 MiB.
 *
 * @param spec - One or more paths or generators.
 * @param options - Split, seed, and options of the format.
 * @throws RangeError for an invalid option. Error with what was looked for, if no format was
 *   recognized; otherwise the errors of the format's own function.
 * @example
 * ```ts
 * const spec = 'moving-shapes?samples=80&frames=4';
 * const clips = await openDataSet(spec, { split: 'validation', seed: 3 });
 * clips.labels.length; // 20
 * ```
 */
export async function openDataSet(spec: string | readonly string[], options: OpenDataSetOptions = {}): Promise<DataSet> {
  if (typeof spec !== 'string' && !Array.isArray(spec))
    throw typeError('openDataSet', 'spec', 'a path or a generator, or a list of them', spec);
  checkKeys('openDataSet', options, NAMES);
  const { validationShare = 0.1, classes, split = 'all' } = options;
  checkOneOf('openDataSet', 'options.split', split, ['training', 'validation', 'all']);
  if (!(validationShare > 0 && validationShare <= 1)) {
    throw rangeError('openDataSet', 'options.validationShare', 'a number above 0 and up to 1', validationShare);
  }
  const twice = classes?.findIndex((name, index) => classes.indexOf(name) !== index) ?? -1;
  if (twice !== -1) throw rangeError('openDataSet', `options.classes[${twice}]`, 'different from the classes before it', classes?.[twice]);
  const specs = typeof spec === 'string' ? [spec] : spec;
  const opened: DataSet[] = [];
  for (const one of specs) {
    const dataSet = await openOne(one, options);
    opened.push(classes === undefined ? dataSet : withLabelsOf(classes, dataSet));
  }
  return mixDataSets(opened);
}

async function openOne(spec: string, options: OpenDataSetOptions): Promise<DataSet> {
  const generated = openGenerator(spec, options);
  if (generated !== undefined) return keepInMemory(generated);
  try {
    if (!(await stat(spec)).isDirectory()) throw new Error(`${spec} is a file; data must be a folder, or ${GENERATORS.join(' or ')}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code !== 'ENOENT') throw fileError(spec, error);
    throw new Error(`${spec}: no such folder; the generators are ${GENERATORS.join(' and ')}`, { cause: error });
  }
  return (await openFiles(spec, options)) ?? (await openFolders(spec, options));
}

/** Opens data that is known by its file names; undefined if there is none. */
async function openFiles(folder: string, options: OpenDataSetOptions): Promise<DataSet | undefined> {
  const split = options.split === 'validation' ? 'validation' : 'training';
  const isMnist = Object.keys({ ...(await idxFiles(folder, 'training')), ...(await idxFiles(folder, 'validation')) }).length > 0;
  if (isMnist) return await idxDataSet(folder, { split });
  const isCifar = (await cifarFiles(folder, 'training')) ?? (await cifarFiles(folder, 'validation'));
  if (isCifar) return await cifarDataSet(folder, { split });
  const entries = (await visibleEntries(folder)).map(({ name }) => name);
  if (entries.includes('emoji.json')) return splitOf(keepInMemory(await emojiDataSet(folder)), options);
  const labels = await labelFileOf(folder, entries);
  if (labels === undefined) return undefined;
  const classes = options.classes === undefined ? {} : { classes: options.classes };
  return splitOf(await imageNetValidation(folder, { labels, ...classes }), options);
}

/** The label file of a flat folder of images. */
async function labelFileOf(folder: string, entries: readonly string[]): Promise<string | undefined> {
  if (!entries.some(isImageName)) return undefined;
  for (const path of LABEL_FILES.flatMap((name) => [join(folder, name), join(folder, '..', name)])) {
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile()) return path;
  }
  return undefined;
}

async function openFolders(folder: string, options: OpenDataSetOptions): Promise<DataSet> {
  const folders = await foldersIn(folder);
  const found = (split: keyof typeof SPLIT_FOLDERS): string | undefined => SPLIT_FOLDERS[split].find((name) => folders.includes(name));
  const [training, validation] = [found('training'), found('validation')];
  // `train` and `test` may also be the names of two classes. Only the folders of a split have
  // folders in them.
  if (training === undefined || (await foldersIn(join(folder, training))).length === 0) {
    return splitOf(await openClasses(folder, folders, options), options);
  }
  const within = async (name: string, more: OpenDataSetOptions): Promise<DataSet> => {
    const path = join(folder, name);
    return (await openFiles(path, { ...more, split: 'all' })) ?? (await openClasses(path, await foldersIn(path), more));
  };
  if (validation === undefined) return splitOf(await within(training, options), options);
  if (options.split !== 'validation') return await within(training, options);
  const classes = await foldersIn(join(folder, training));
  return withLabelsOf(classes, await within(validation, { ...options, classes: options.classes ?? classes }));
}

/** Opens class folders, as clips or images by what the first folder with either has more of. */
async function openClasses(folder: string, classes: readonly string[], options: OpenDataSetOptions): Promise<DataSet> {
  for (const name of classes) {
    const names = (await visibleEntries(join(folder, name))).map((entry) => entry.name);
    const images = names.filter(isImageName).length;
    const clips = names.filter(isClipName).length;
    if (clips > images) return await clipFolder(folder, options.clips);
    if (images > 0) break;
  }
  if (classes.length > 0) return await imageFolder(folder);
  throw new Error(
    `${folder}: no known data format. Looked for: class folders of images or clips, directly or in train and val; train-images-idx3-ubyte (MNIST); data_batch_1 or train, with .bin or with their meta file (CIFAR); emoji.json; images with one of ${LABEL_FILES.join(', ')} (ImageNet's validation)`,
  );
}

/** The split of data that has none of its own. */
function splitOf(dataSet: DataSet, { split = 'all', seed = 0, validationShare = 0.1 }: OpenDataSetOptions): DataSet {
  if (split === 'all' || (split === 'validation' && validationShare === 1)) return dataSet;
  return splitDataSet(dataSet, { seed, validationShare })[split];
}

/** A class of the data that is not one of the given classes. */
export class UnknownClassError extends Error {
  /** `'UnknownClassError'`. */
  override readonly name = 'UnknownClassError';

  /** Creates an error that names the data set and its class. */
  constructor(
    /** Name of the data set. */
    readonly dataSet: string,
    /** The class that is not known. */
    readonly unknown: string,
    /** The known classes. */
    readonly classes: readonly string[],
  ) {
    super(`${dataSet}: class ${unknown} is not one of the ${classes.length} trained classes, such as ${classes[0]}`);
  }
}

/** A data set with the class order of another: what is evaluated needs the labels of training. */
function withLabelsOf(classes: readonly string[], dataSet: DataSet): DataSet {
  const labelOf = dataSet.classes.map((name) => {
    const label = classes.indexOf(name);
    if (label !== -1) return label;
    throw new UnknownClassError(dataSet.name, name, classes);
  });
  return { ...dataSet, classes, labels: dataSet.labels.map((label) => labelOf[label] as number) };
}
