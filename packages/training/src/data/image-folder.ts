/** Folders of image files: class folders, and ImageNet's flat folder for validation. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listClassFolders, visibleEntries } from './class-folders.ts';
import type { DataSet } from './data-set.ts';
import { fileError } from './file-errors.ts';
import { IMAGE_NAME, readImage } from './read-image.ts';

/**
 * A folder of class folders of images, as ImageNet's folder for training with its synsets: `photos/cat/1.jpg`. Classes are in the order of their names' code
 * units, as torchvision has them. Each image is read when it is asked for, as [height, width, 3]: upright as its EXIF orientation says, sRGB, grey three
 * times, what is transparent on white. JPEG, PNG, WebP, GIF (its first frame), AVIF, TIFF and SVG are read. Hidden files and files with other extensions
 * are left out; a file that is no image, or damaged, is a corrupt sample.
 *
 * @param folder - The path.
 * @throws Error that names the folder and says what is wrong: it cannot be read, it has fewer than two class folders, one has no images or has folders in it.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const photos = await imageFolder('photos/train');
 *   console.log(photos.classes, photos.labels.length);
 * }
 * ```
 */
export async function imageFolder(folder: string): Promise<DataSet> {
  const { classes, files } = await listClassFolders(folder, IMAGE_NAME, 'images');
  return imageFiles(
    folder,
    classes,
    files.flatMap((names, label) => names.map((name) => ({ label, path: join(classes[label] as string, name) }))),
  );
}

/** Image files below a folder, with their labels. */
export function imageFiles(folder: string, classes: readonly string[], files: readonly { label: number; path: string }[]): DataSet {
  const pathOf = (index: number): string => join(folder, (files[index] as { path: string }).path);
  return {
    name: basename(folder) || folder,
    classes,
    labels: Uint16Array.from(files, ({ label }) => label),
    describe: pathOf,
    read: (index) => readImage(pathOf(index)),
  };
}

/** The options of {@link imageNetValidation}. */
export interface ImageNetValidationOptions {
  /** The file of the labels. */
  readonly labels: string;
  /**
   * The names of the classes, in the order of a network's outputs: those of a data set for training. Default: the synsets of the labels in the order of their
   * names; where the labels are numbers, there is no default.
   */
  readonly classes?: readonly string[];
}

/**
 * ImageNet's images for validation in one flat folder, `ILSVRC2012_val_00000001.JPEG` and on, with a file of labels. Its lines are one of
 *
 * - `n01751748`, the synset of each image in the order of the images,
 * - `ILSVRC2012_val_00000001.JPEG n01751748`, or with a comma, and whatever more after the synset, as in Kaggle's `LOC_val_solution.csv`,
 * - `ILSVRC2012_val_00000001.JPEG 65`, the number of the class from 0 in the order of `classes`, as in Caffe's `val.txt`.
 *
 * The numbers alone of the devkit's `ILSVRC2012_validation_ground_truth.txt` are refused: they count the synsets in an order of the devkit's own.
 *
 * @param folder - The folder of the images.
 * @param options - The file of the labels, and the classes.
 * @throws Error that names the file and the line, if images and labels do not fit each other, or if a label is none of the classes.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const images = await imageNetValidation('imagenet/val', { labels: 'imagenet/LOC_val_solution.csv' });
 *   console.log(images.labels.length); // 50000
 * }
 * ```
 */
export async function imageNetValidation(folder: string, options: ImageNetValidationOptions): Promise<DataSet> {
  const images = (await visibleEntries(folder)).map(({ name }) => name).filter((name) => IMAGE_NAME.test(name));
  if (images.length === 0) throw new Error(`${folder}: there are no images in it`);
  const labelled = await readLabels(options.labels, images);
  const classes = options.classes ?? synsetsOf(labelled, options.labels);
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  return imageFiles(
    folder,
    classes,
    labelled.map(({ image, label, line }) => {
      const number = SYNSET.test(label) ? labelOf.get(label) : Number(label);
      if (number !== undefined && number < classes.length) return { label: number, path: image };
      throw new Error(`${options.labels}, line ${line}: ${label} is none of the ${classes.length} classes`);
    }),
  );
}

const SYNSET = /^n\d{8}$/;

interface Labelled {
  readonly image: string;
  /** A synset or a number. */
  readonly label: string;
  readonly line: number;
}

/** The label of each image, in the order of the images. */
async function readLabels(path: string, images: readonly string[]): Promise<Labelled[]> {
  const lines = await readLines(path);
  const byName = new Map<string, Labelled>();
  const inOrder: Labelled[] = [];
  for (const { text, line } of lines) {
    const [first = '', second] = text.split(/[\s,]+/);
    if (first === 'ImageId') continue;
    if (SYNSET.test(first)) inOrder.push({ image: images[inOrder.length] ?? '', label: first, line });
    else if (second !== undefined && (SYNSET.test(second) || /^\d+$/.test(second))) {
      byName.set(withoutExtension(first), { image: first, label: second, line });
    } else if (/^\d+$/.test(first)) {
      throw new Error(
        `${path}, line ${line}: a number alone counts the synsets in the order of the devkit's meta.mat, which is not that of their names; use a file of labels with synsets`,
      );
    } else throw new Error(`${path}, line ${line}: a synset such as n01751748, or an image and its label, was expected, received ${text}`);
  }
  if (inOrder.length > 0 && byName.size > 0) throw new Error(`${path}: some lines name an image and others do not`);
  const count = inOrder.length + byName.size;
  if (count !== images.length) throw new Error(`${path}: it has labels of ${count} images, but there are ${images.length} images`);
  if (inOrder.length > 0) return inOrder;
  return images.map((image) => {
    const found = byName.get(withoutExtension(image));
    if (found === undefined) throw new Error(`${path}: it has no label of ${image}`);
    return { ...found, image };
  });
}

async function readLines(path: string): Promise<{ text: string; line: number }[]> {
  try {
    const text = await readFile(path, 'utf8');
    return text
      .split(/\r?\n/)
      .map((line, index) => ({ text: line.trim(), line: index + 1 }))
      .filter(({ text }) => text !== '');
  } catch (error) {
    throw fileError(path, error);
  }
}

function withoutExtension(name: string): string {
  return basename(name).replace(/\.jpe?g$/i, '');
}

function synsetsOf(labelled: readonly Labelled[], path: string): string[] {
  const number = labelled.find(({ label }) => !SYNSET.test(label));
  if (number !== undefined) {
    throw new Error(`${path}, line ${number.line}: the label is a number, ${number.label}; which class that is, options.classes must say`);
  }
  return [...new Set(labelled.map(({ label }) => label))].sort();
}
