/** Emoji by category, from npm's emoji-datasource packages. */
import { basename, join } from 'node:path';
import type { DataSet } from '../data-set.ts';
import { visibleEntries } from './class-folders.ts';
import { imageFiles } from './image-folder.ts';
import { readWhole } from './read-whole.ts';

/** The options of {@link emojiDataSet}. */
export interface EmojiOptions {
  /**
   * Folder of the images. Default: the first of `img/google/64`, `img/twitter/64`, `img/apple/64`
   * and `img/facebook/64` that exists beside emoji.json.
   */
  readonly images?: string | undefined;
}

/** The fields of an emoji.json entry that are used. */
interface Emoji {
  readonly image: string;
  readonly category: string;
  readonly obsoleted_by?: string;
}

/**
 * Opens emoji by category, one image each: the folder of npm's emoji-datasource-google (or
 * -twitter, -apple, -facebook) with emoji.json and `img/google/64`. The classes are its categories
 * in alphabetical order: activities, animals and nature, flags, food and drink, objects, people and
 * body, smileys and emotion, symbols, travel and places. Samples are [64, 64, 3], on white.
 *
 * Swatches of skin and hair (“Component”), skin tone variants and obsolete emoji are left out.
 *
 * @param folder - The package's folder.
 * @param options - Folder of the images.
 * @throws Error naming the file if emoji.json is missing or invalid, or if images are missing.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const emoji = await emojiDataSet('node_modules/emoji-datasource-google');
 *   const { training, validation } = splitDataSet(emoji, { validationShare: 0.2 });
 *   console.log(training.labels.length, validation.labels.length);
 * }
 * ```
 */
export async function emojiDataSet(folder: string, options: EmojiOptions = {}): Promise<DataSet> {
  const list = join(folder, 'emoji.json');
  const used = (await readEmoji(list)).filter(({ category, obsoleted_by }) => category !== 'Component' && obsoleted_by === undefined);
  const { path: images, names } = await imagesOf(folder, options.images);
  const missing = used.filter(({ image }) => !names.has(image));
  if (missing.length > 0) {
    throw new Error(`${images}: ${missing.length} of the ${used.length} images in ${list} are missing; first: ${missing[0]?.image}`);
  }
  const classes = [...new Set(used.map(({ category }) => category))].sort();
  if (classes.length < 2) throw new Error(`${list}: ${classes.length} categories; classification needs at least two`);
  const files = used.map(({ image, category }) => ({ label: classes.indexOf(category), path: image }));
  return {
    ...imageFiles(
      images,
      classes,
      files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    ),
    name: basename(folder) || folder,
  };
}

async function readEmoji(path: string): Promise<Emoji[]> {
  const text = (await readWhole(path)).toString();
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(list)) throw new Error(`${path}: expected a list of emoji`);
  const wrong = list.findIndex((entry) => !isEmoji(entry));
  if (wrong !== -1) throw new Error(`${path}: entry ${wrong} has no valid image and category`);
  return list as Emoji[];
}

function isEmoji(entry: unknown): entry is Emoji {
  const { image, category } = (entry ?? {}) as Partial<Record<keyof Emoji, unknown>>;
  return typeof image === 'string' && typeof category === 'string' && basename(image) === image;
}

async function imagesOf(folder: string, given: string | undefined): Promise<{ path: string; names: Set<string> }> {
  const places = given === undefined ? ['google', 'twitter', 'apple', 'facebook'].map((set) => join(folder, 'img', set, '64')) : [given];
  for (const path of places) {
    const entries = await visibleEntries(path).catch(() => undefined);
    if (entries !== undefined) return { path, names: new Set(entries.map(({ name }) => name)) };
  }
  throw new Error(`${folder}: no folder of images; looked for ${places.join(', ')}`);
}
