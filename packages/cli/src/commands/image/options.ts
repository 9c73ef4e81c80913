/** Flags of `softpool image`. */
import { availableParallelism } from 'node:os';
import { IMAGE_FORMATS, imageFormatOf } from '@softpool/media/internal/choices';
import type { Fit, ImageFormat, Method, Position, ReadOptions, Resampler } from '@softpool/media/node';
import { InvalidArgumentError } from 'commander';
import { type Length, oneOf } from '../../shared/arguments/values.ts';
import { otherExtension } from '../../shared/files/other-pictures.ts';
import type { JobFlags } from '../../shared/shards/command.ts';

/** Parsed flags. */
export interface ImageFlags extends JobFlags {
  readonly factor?: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly width?: Length;
  readonly height?: Length;
  readonly size?: readonly [width: number, height: number];
  readonly fit?: Fit;
  readonly position?: Position;
  /** What happens to a picture that the size would enlarge. */
  readonly smaller?: 'keep' | 'skip' | 'fail';
  readonly method: Method;
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly linear?: boolean;
  readonly format?: readonly ImageFormat[];
  readonly quality?: number;
  readonly profile: 'srgb' | 'keep';
  readonly metadata: 'drop' | 'keep';
  readonly timeout: number;
  readonly pages: 'first' | 'all';
  readonly compare?: boolean;
  readonly enlargeBy?: Resampler;
  readonly skipExisting?: boolean;
  readonly jobs: number;
  readonly memory?: number;
  readonly maxPixels: number;
}

/** Default of `--jobs`. */
export const DEFAULT_JOBS = Math.min(8, availableParallelism());

/** The options of `readImage` that the flags stand for. */
export function readOptions({ maxPixels, timeout, profile, metadata }: ImageFlags): ReadOptions {
  return { maxPixels, timeout, profile, metadata };
}

/** Parses names of formats, or extensions such as jpg, separated by commas, and adds them. */
export function parseFormats(text: string, before: readonly ImageFormat[] = []): ImageFormat[] {
  return [...new Set([...before, ...text.split(',').map(parseFormat)])];
}

function parseFormat(text: string): ImageFormat {
  const format = writtenFormat(`.${text}`);
  if (format !== undefined) return format;
  if (otherExtension(`x.${text}`) === undefined) return oneOf(IMAGE_FORMATS)(text);
  throw new InvalidArgumentError(`${text.toUpperCase()} is not written. It must be one of ${IMAGE_FORMATS.join(', ')}.`);
}

/** The format of a file by its extension, if it can be written. */
export function writtenFormat(path: string): ImageFormat | undefined {
  const format = imageFormatOf(path);
  return IMAGE_FORMATS.find((written) => written === format);
}
