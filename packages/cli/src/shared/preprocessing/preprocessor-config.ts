/**
 * Reads preprocessor_config.json, the file that tells transformers.js how images become inputs.
 * Settings that are not supported are refused by name.
 */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InputRecipe, Size } from '@softpool/media/internal';
import { readText } from '../files/read-file.ts';
import { printable } from '../text.ts';
import type { KnownNormalizing } from './flags.ts';

/** What such a file asks for. */
export interface PreprocessorConfig {
  readonly path: string;
  readonly recipe: Omit<InputRecipe, 'normalizing'>;
  readonly normalizing: KnownNormalizing;
  readonly order: 'rgb' | 'bgr';
}

const NAME = 'preprocessor_config.json';

/** Reads the file beside a model or in the folder above; `undefined` if there is none. */
export async function preprocessorConfigOf(model: string): Promise<PreprocessorConfig | undefined> {
  const folder = dirname(model);
  for (const path of [join(folder, NAME), join(folder, '..', NAME)]) {
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile()) return parsePreprocessorConfig(await readText(path), path);
  }
  return undefined;
}

/** Parses the text of the file at `path`. */
export function parsePreprocessorConfig(text: string, path: string): PreprocessorConfig {
  const settings = new Settings(text, path);
  const isConvNext = settings.checkKind();
  settings.checkKnown();
  const recipe = isConvNext ? convNextRecipe(settings) : plainRecipe(settings);
  return {
    path,
    recipe: { ...recipe, resampler: resamplerOf(settings), centering: 'down' },
    normalizing: { ...normalizingOf(settings), names: { mean: `${path}: image_mean`, std: `${path}: image_std` } },
    order: settings.flag('do_flip_channel_order', false) ? 'bgr' : 'rgb',
  };
}

/** Kinds that do what their settings say, and nothing else. */
const PLAIN = ['Beit', 'Bit', 'CLIP', 'DeiT', 'MobileNetV1', 'MobileNetV2', 'Siglip', 'ViT'];

const CONVNEXT = ['ConvNext', 'ConvNeXT'];

/** Settings that are read here. */
const READ = [
  'do_resize',
  'size',
  'crop_pct',
  'do_center_crop',
  'crop_size',
  'resample',
  'do_rescale',
  'rescale_factor',
  'do_normalize',
  'image_mean',
  'image_std',
  'do_flip_channel_order',
];

/** Settings that do not change the values. Images are always sRGB with the axes of the model. */
const WITHOUT_EFFECT = [
  '_valid_processor_keys',
  'data_format',
  'default_to_square',
  'device',
  'disable_grouping',
  'do_convert_rgb',
  'feature_extractor_type',
  'image_processor_type',
  'input_data_format',
  'processor_class',
  'return_tensors',
];

/** The settings of a file, with errors that name them. */
class Settings {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(text: string, path: string) {
    this.#path = path;
    this.#values = this.#parse(text);
  }

  #parse(text: string): Readonly<Record<string, unknown>> {
    try {
      const values: unknown = JSON.parse(text);
      if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Readonly<Record<string, unknown>>;
    } catch {
      throw new Error(`${printable(this.#path)}: not JSON`);
    }
    throw new Error(`${printable(this.#path)}: not an object`);
  }

  /** An error about a setting. */
  error(name: string, expected: string): Error {
    const value = JSON.stringify(this.get(name));
    return new Error(`${printable(this.#path)}: ${printable(name)} ${expected}, received ${printable(value ?? 'nothing')}`);
  }

  /** A setting; `null` counts as missing. */
  get(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  flag(name: string, preset: boolean): boolean {
    const value = this.get(name) ?? preset;
    if (typeof value === 'boolean') return value;
    throw this.error(name, 'must be true or false');
  }

  number(name: string, preset: number): number {
    const value = this.get(name) ?? preset;
    if (typeof value === 'number' && value > 0) return value;
    throw this.error(name, 'must be a number above 0');
  }

  /** One number, or one for each channel. */
  numbers(name: string, isValid: (value: number) => boolean): readonly number[] {
    const value = this.get(name);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > 0 && values.every((each): each is number => typeof each === 'number' && isValid(each))) return values;
    throw this.error(name, 'must be numbers, one for each channel');
  }

  /** A size in pixels, such as `{ height: 224, width: 224 }` or `{ shortest_edge: 224 }`. */
  size(name: string): Size | { readonly shortest: number } {
    const value = this.get(name);
    const {
      height,
      width,
      shortest_edge: shortest,
      ...more
    } = (typeof value === 'object' ? value : {}) as Readonly<Record<string, unknown>>;
    const isAlone = Object.values(more).every((other) => other === null);
    if (isAlone && isSide(height) && isSide(width) && (shortest ?? null) === null) return [height, width];
    if (isAlone && isSide(shortest) && (height ?? width ?? null) === null) return { shortest };
    throw this.error(name, 'must be { height, width } or { shortest_edge } in pixels');
  }

  /** Throws for a kind that is not supported. Returns whether it is ConvNeXt's, or one like it. */
  checkKind(): boolean {
    const name = this.get('image_processor_type') === undefined ? 'feature_extractor_type' : 'image_processor_type';
    const kind = this.get(name);
    if (kind === undefined) return this.get('crop_pct') !== undefined;
    const family = String(kind).replace(/(ImageProcessor(Fast)?|FeatureExtractor)$/, '');
    if (CONVNEXT.includes(family)) return true;
    if (!PLAIN.includes(family)) throw this.error(name, `must be one of ${[...PLAIN, 'ConvNext'].join(', ')} (…ImageProcessor)`);
    return false;
  }

  /** Throws for a setting that is set but not known. */
  checkKnown(): void {
    for (const [name, value] of Object.entries(this.#values)) {
      const isOff = value === null || value === false;
      if (!isOff && !READ.includes(name) && !WITHOUT_EFFECT.includes(name)) throw this.error(name, 'is not supported');
    }
  }
}

function isSide(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

type Recipe = Pick<InputRecipe, 'size' | 'resize'>;

/** Resize, then center crop, as most kinds do. */
function plainRecipe(settings: Settings): Recipe {
  if (settings.get('crop_pct') !== undefined) throw settings.error('crop_pct', 'is supported for ConvNextImageProcessor only');
  const resizes = settings.flag('do_resize', settings.get('size') !== undefined);
  const resized = resizes ? settings.size('size') : undefined;
  if (!settings.flag('do_center_crop', false)) {
    if (resized === undefined) throw settings.error('do_resize', 'must be true unless do_center_crop is');
    if ('shortest' in resized) throw settings.error('size', 'must be { height, width } unless do_center_crop is true');
    return { size: resized, resize: resized };
  }
  const side = settings.get('crop_size');
  const size = isSide(side) ? ([side, side] as const) : settings.size('crop_size');
  if ('shortest' in size) throw settings.error('crop_size', 'must be { height, width }');
  if (resized === undefined) return { size, resize: 'none' };
  const [height, width] = 'shortest' in resized ? [resized.shortest, resized.shortest] : resized;
  if (height < size[0] || width < size[1]) throw settings.error('crop_size', 'must not be larger than size');
  return { size, resize: 'shortest' in resized ? resized.shortest : resized };
}

/** From this size on ConvNeXt's processor stretches images to squares. */
const CONVNEXT_SQUARE = 384;

/** A square; below 384 pixels it is cropped from the image at `size / crop_pct`. */
function convNextRecipe(settings: Settings): Recipe {
  if (!settings.flag('do_resize', true)) throw settings.error('do_resize', 'must be true');
  const size = settings.size('size');
  if (!('shortest' in size)) throw settings.error('size', 'must be { shortest_edge }');
  const { shortest } = size;
  const share = settings.number('crop_pct', 224 / 256);
  if (share > 1) throw settings.error('crop_pct', 'must be a share up to 1');
  const square = [shortest, shortest] as const;
  return { size: square, resize: shortest >= CONVNEXT_SQUARE ? square : Math.floor(shortest / share) };
}

/** Pillow's numbers. */
const RESAMPLERS = new Map([
  [0, 'nearest'],
  [1, 'lanczos3'],
  [2, 'linear'],
  [3, 'cubic'],
] as const);

function resamplerOf(settings: Settings): NonNullable<InputRecipe['resampler']> {
  const found = RESAMPLERS.get((settings.get('resample') ?? 2) as 2);
  if (found !== undefined) return found;
  throw settings.error('resample', 'must be 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic)');
}

function normalizingOf(settings: Settings): KnownNormalizing {
  const divisor = settings.flag('do_rescale', true) ? 1 / settings.number('rescale_factor', 1 / 255) : 1;
  if (!settings.flag('do_normalize', false)) return { divisor, mean: [0], std: [1] };
  return { divisor, mean: settings.numbers('image_mean', Number.isFinite), std: settings.numbers('image_std', (value) => value > 0) };
}
