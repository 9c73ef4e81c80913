/** Folders of images: class folders, and ImageNet's flat validation folder. */
import { basename, join } from 'node:path';
import type { DataSet } from '../data-set.ts';
import { listClassFolders, visibleEntries } from './class-folders.ts';
import { isImageName, readImage } from './read-image.ts';
import { readWhole } from './read-whole.ts';

/**
 * Opens a folder of class folders, as in `photos/cat/1.jpg` or ImageNet's training folder. Classes
 * are sorted by code unit, as in torchvision.
 *
 * Each image is read on demand as [height, width, 3]: sRGB, rotated by its EXIF orientation, gray
 * as three equal channels, transparency on white. JPEG, PNG, WebP, GIF (first frame), AVIF, TIFF
 * and SVG are supported. Hidden files and other extensions are skipped. A file that is not an image
 * or is damaged is a corrupt sample.
 *
 * @param folder - The folder.
 * @throws Error naming the folder if it cannot be read, has fewer than two class folders, or if one
 *   of them has no images or has subfolders.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const photos = await imageFolder('photos/train');
 *   console.log(photos.classes, photos.labels.length);
 * }
 * ```
 */
export async function imageFolder(folder: string): Promise<DataSet> {
  const { classes, files } = await listClassFolders(folder, isImageName, 'images');
  return imageFiles(
    folder,
    classes,
    files.flatMap((names, label) => names.map((name) => ({ label, path: join(classes[label] as string, name) }))),
  );
}

/** The data set of labeled image files below a folder. */
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
  /** Path of the label file. */
  readonly labels: string;
  /**
   * Names of the classes in the order of the network's outputs, such as those of the training data.
   * Default: the labels' synsets in alphabetical order. Required if the labels are numbers.
   */
  readonly classes?: readonly string[] | undefined;
}

/**
 * Opens ImageNet's validation images in one flat folder, `ILSVRC2012_val_00000001.JPEG` and so on,
 * with a label file. Each of its lines is one of
 *
 * - `n01751748`: the synset of each image, in the order of the images;
 * - `ILSVRC2012_val_00000001.JPEG n01751748`, also with a comma, and anything after the synset, as
 *   in Kaggle's `LOC_val_solution.csv`;
 * - `ILSVRC2012_val_00000001.JPEG 65`: an index into `classes` from 0, as in Caffe's `val.txt`.
 *
 * Bare numbers, as in the devkit's `ILSVRC2012_validation_ground_truth.txt`, are refused: the
 * devkit numbers synsets in an order of its own.
 *
 * @param folder - The folder of the images.
 * @param options - Label file and classes.
 * @throws Error naming the file and line if images and labels do not match, or if a label is not
 *   one of the classes.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const labels = 'imagenet/LOC_val_solution.csv';
 *   const images = await imageNetValidation('imagenet/val', { labels });
 *   console.log(images.labels.length); // 50000
 * }
 * ```
 */
export async function imageNetValidation(folder: string, options: ImageNetValidationOptions): Promise<DataSet> {
  const images = (await visibleEntries(folder)).map(({ name }) => name).filter(isImageName);
  if (images.length === 0) throw new Error(`${folder}: no images found`);
  const labeled = await readLabels(options.labels, images);
  const classes = options.classes ?? synsetsOf(labeled, options.labels);
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  return imageFiles(
    folder,
    classes,
    labeled.map(({ image, label, line }) => {
      const number = SYNSET.test(label) ? labelOf.get(label) : Number(label);
      if (number !== undefined && number < classes.length) return { label: number, path: image };
      throw new Error(`${options.labels}, line ${line}: ${label} is not one of the ${classes.length} classes`);
    }),
  );
}

const SYNSET = /^n\d{8}$/;

interface Labeled {
  readonly image: string;
  /** A synset or a class index. */
  readonly label: string;
  readonly line: number;
}

/** Reads the label of each image, in the order of the images. */
async function readLabels(path: string, images: readonly string[]): Promise<Labeled[]> {
  const lines = await readLines(path);
  const byName = new Map<string, Labeled>();
  const inOrder: Labeled[] = [];
  for (const { text, line } of lines) {
    const [first = '', second] = text.split(/[\s,]+/);
    if (first === 'ImageId') continue;
    if (SYNSET.test(first)) inOrder.push({ image: images[inOrder.length] ?? '', label: first, line });
    else if (second !== undefined && (SYNSET.test(second) || /^\d+$/.test(second))) {
      byName.set(withoutExtension(first), { image: first, label: second, line });
    } else if (/^\d+$/.test(first)) {
      throw new Error(
        `${path}, line ${line}: a bare number is an index into the devkit's meta.mat, whose order is not alphabetical; use a label file with synsets`,
      );
    } else throw new Error(`${path}, line ${line}: expected a synset such as n01751748, or an image and its label, received ${text}`);
  }
  if (inOrder.length > 0 && byName.size > 0) throw new Error(`${path}: some lines name an image, others do not`);
  const count = inOrder.length + byName.size;
  if (count !== images.length) throw new Error(`${path}: ${count} labels for ${images.length} images`);
  if (inOrder.length > 0) return inOrder;
  return images.map((image) => {
    const found = byName.get(withoutExtension(image));
    if (found === undefined) throw new Error(`${path}: no label for ${image}`);
    return { ...found, image };
  });
}

async function readLines(path: string): Promise<{ text: string; line: number }[]> {
  return (await readWhole(path))
    .toString()
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '');
}

function withoutExtension(name: string): string {
  return basename(name).replace(/\.jpe?g$/i, '');
}

function synsetsOf(labeled: readonly Labeled[], path: string): string[] {
  const number = labeled.find(({ label }) => !SYNSET.test(label));
  if (number !== undefined) {
    throw new Error(`${path}, line ${number.line}: the label ${number.label} is a number; give options.classes`);
  }
  return [...new Set(labeled.map(({ label }) => label))].sort();
}
