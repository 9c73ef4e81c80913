/** Opens data by its path, found out by what lies there, or by the name of a generator. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cifarDataSet, cifarFiles } from './cifar.ts';
import { foldersIn, visibleEntries } from './class-folders.ts';
import { CLIP_NAME, type ClipFolderOptions, clipFolder } from './clip-folder.ts';
import type { DataSet } from './data-set.ts';
import { emojiDataSet } from './emoji.ts';
import { fileError } from './file-errors.ts';
import { GENERATORS, openGenerator } from './generators.ts';
import { idxDataSet, idxFiles } from './idx.ts';
import { imageFolder, imageNetValidation } from './image-folder.ts';
import { keepInMemory } from './in-memory.ts';
import { IMAGE_NAME } from './read-image.ts';
import { mixDataSets, splitDataSet } from './subsets.ts';

/** Which samples of the data are wanted. */
export type Part = 'training' | 'validation' | 'evaluation' | 'all';

/** The options of {@link openDataSet}. */
export interface OpenDataSetOptions {
  /**
   * `'training'` or `'validation'`: of data that comes in two parts (folders `train` and `val`, the 10,000 test images of MNIST and CIFAR, generators) these;
   * other data is split by the seed. `'evaluation'`: the same as `'validation'`, but other data as a whole. `'all'`: what is there, unsplit; of MNIST,
   * CIFAR and generators, and of folders `train` and `val`, the part for training. Default `'all'`.
   */
  readonly part?: Part;
  /** Determines the split and what generators make: an integer of 32 bits. Default 0. */
  readonly seed?: number;
  /** The share of each class that is kept for validation where the data has no part of its own for it. Default 0.1. */
  readonly validation?: number;
  /** Which frames of clips are read, and their size. */
  readonly clips?: ClipFolderOptions;
  /**
   * The names of the classes in the order of a network's outputs, which labels are then of; data may lack some of them, and a class that is not among them is an
   * error. Default: those of the data.
   */
  readonly classes?: readonly string[];
}

/** The names of folders that hold a part, in the order in which they are looked for. */
const PART_FOLDERS = { training: ['train', 'training'], validation: ['val', 'validation', 'test'] } as const;

/** Files of labels of ImageNet's flat folder, looked for in it and beside it. */
const LABEL_FILES = ['imagenet_2012_validation_synset_labels.txt', 'LOC_val_solution.csv', 'val.txt', 'labels.txt'];

/**
 * Opens data: a path, a generator, or several of them, which are mixed and must have the same classes. What a path is, is found out by what lies there:
 *
 * - class folders of images, or of clips, in the folder itself or in its folders `train` and `val` (or `validation`, or `test`),
 * - the IDX files of MNIST and Fashion-MNIST, the binary files of CIFAR-10 and CIFAR-100,
 * - ImageNet's flat folder of images for validation, with a file of labels in it or beside it,
 * - emoji-datasource's emoji.json.
 *
 * A generator is `moving-shapes` or `textured-shapes`, with options as in `moving-shapes?samples=2000&noise=30`. Of a generator, `samples` is the number for
 * training, 2000 if it is not given; for validation there are a quarter as many, made by another seed. Samples of generators and emoji are kept in memory,
 * up to 512 MiB.
 *
 * @param spec - A path, a generator, or several.
 * @param options - Which part, the seed, and what belongs to the kind of data.
 * @throws Error that says what was looked for, if nothing is recognized; as the function of its kind does, if it is.
 * @example
 * ```ts
 * const clips = await openDataSet('moving-shapes?samples=80&frames=4', { part: 'validation', seed: 3 });
 * clips.labels.length; // 20
 * ```
 */
export async function openDataSet(spec: string | readonly string[], options: OpenDataSetOptions = {}): Promise<DataSet> {
  const specs = typeof spec === 'string' ? [spec] : spec;
  const opened: DataSet[] = [];
  for (const one of specs) {
    const dataSet = await openOne(one, options);
    opened.push(options.classes === undefined ? dataSet : withLabelsOf(options.classes, dataSet));
  }
  return mixDataSets(opened);
}

async function openOne(spec: string, options: OpenDataSetOptions): Promise<DataSet> {
  const generated = openGenerator(spec, options);
  if (generated !== undefined) return keepInMemory(generated);
  try {
    if (!(await stat(spec)).isDirectory()) throw new Error(`${spec} is a file; data is a folder, or ${GENERATORS.join(' or ')}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code !== 'ENOENT') throw fileError(spec, error);
    throw new Error(`${spec}: no such folder, and no generator: those are ${GENERATORS.join(' and ')}`, { cause: error });
  }
  return (await openFiles(spec, options)) ?? (await openFolders(spec, options));
}

/** Data whose files have names of their own; undefined if these are not there. */
async function openFiles(folder: string, options: OpenDataSetOptions): Promise<DataSet | undefined> {
  const part = isOfValidation(options) ? 'test' : 'train';
  const isMnist = Object.keys({ ...(await idxFiles(folder, 'train')), ...(await idxFiles(folder, 'test')) }).length > 0;
  if (isMnist) return await idxDataSet(folder, { part });
  const isCifar = (await cifarFiles(folder, 'train')) ?? (await cifarFiles(folder, 'test'));
  if (isCifar) return await cifarDataSet(folder, { part });
  const entries = (await visibleEntries(folder)).map(({ name }) => name);
  if (entries.includes('emoji.json')) return splitBy(options, keepInMemory(await emojiDataSet(folder)));
  const labels = await labelsOf(folder, entries);
  if (labels === undefined) return undefined;
  const classes = options.classes === undefined ? {} : { classes: options.classes };
  return splitBy(options, await imageNetValidation(folder, { labels, ...classes }));
}

/** The file of labels of a folder of images. */
async function labelsOf(folder: string, entries: readonly string[]): Promise<string | undefined> {
  if (!entries.some((name) => IMAGE_NAME.test(name))) return undefined;
  for (const path of LABEL_FILES.flatMap((name) => [join(folder, name), join(folder, '..', name)])) {
    if (
      await stat(path).then(
        (info) => info.isFile(),
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

async function openFolders(folder: string, options: OpenDataSetOptions): Promise<DataSet> {
  const folders = await foldersIn(folder);
  const found = (part: keyof typeof PART_FOLDERS): string | undefined => PART_FOLDERS[part].find((name) => folders.includes(name));
  const [training, validation] = [found('training'), found('validation')];
  // Two parts, or two classes that happen to be called train and test: parts have folders in them.
  if (training === undefined || (await foldersIn(join(folder, training))).length === 0)
    return splitBy(options, await openClasses(folder, folders, options));
  const within = async (name: string, more: OpenDataSetOptions): Promise<DataSet> => {
    const path = join(folder, name);
    return (await openFiles(path, { ...more, part: 'all' })) ?? (await openClasses(path, await foldersIn(path), more));
  };
  if (validation === undefined) return splitBy(options, await within(training, options));
  if (!isOfValidation(options)) return await within(training, options);
  const classes = await foldersIn(join(folder, training));
  return withLabelsOf(classes, await within(validation, { classes, ...options }));
}

/** Class folders of clips if the first that has either has more of them than images, else of images. */
async function openClasses(folder: string, classes: readonly string[], options: OpenDataSetOptions): Promise<DataSet> {
  for (const name of classes) {
    const names = (await visibleEntries(join(folder, name))).map((entry) => entry.name);
    const images = names.filter((entry) => IMAGE_NAME.test(entry)).length;
    const clips = names.filter((entry) => CLIP_NAME.test(entry)).length;
    if (clips > images) return await clipFolder(folder, options.clips);
    if (images > 0) break;
  }
  if (classes.length > 0) return await imageFolder(folder);
  throw new Error(
    `${folder}: no data was recognized in it. Looked for: class folders of images or clips, in it or in its folders train and val; train-images-idx3-ubyte (MNIST); data_batch_1.bin or train.bin (CIFAR); emoji.json; images with one of ${LABEL_FILES.join(', ')} (ImageNet's validation)`,
  );
}

/** Whether a part of the data's own for validation is wanted. */
function isOfValidation({ part }: OpenDataSetOptions): boolean {
  return part === 'validation' || part === 'evaluation';
}

function splitBy({ part = 'all', seed = 0, validation = 0.1 }: OpenDataSetOptions, dataSet: DataSet): DataSet {
  return part === 'all' || part === 'evaluation' ? dataSet : splitDataSet(dataSet, { seed, validation })[part];
}

/** A data set with the classes of another in their order: what is evaluated must have the labels of what was trained. */
function withLabelsOf(classes: readonly string[], dataSet: DataSet): DataSet {
  const labelOf = dataSet.classes.map((name) => {
    const label = classes.indexOf(name);
    if (label === -1)
      throw new Error(
        `${dataSet.name}: the class ${name} is none of the ${classes.length} classes that are trained, such as ${classes[0]}`,
      );
    return label;
  });
  return { ...dataSet, classes, labels: dataSet.labels.map((label) => labelOf[label] as number) };
}
