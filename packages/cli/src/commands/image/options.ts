/** The values of `softpool image`'s options, from the words that were typed. */
import { availableParallelism } from 'node:os';
import {
  IMAGE_FORMATS,
  type ImageFormat,
  METHODS,
  type Method,
  type PictureShrinkOptions,
  RESAMPLERS,
  type Resampler,
} from '@softpool/media/node';
import { InvalidArgumentError } from 'commander';
import { oneOf } from '../../shared/arguments/values.ts';
import { UsageError } from '../../shared/exit-codes.ts';

/** What commander makes of the arguments. */
export interface ImageFlags {
  readonly output: string;
  readonly factor?: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly width?: number;
  readonly height?: number;
  readonly size?: readonly [number, number];
  readonly beta?: number;
  readonly weights: 'shared' | 'perChannel';
  readonly method: Method;
  readonly linear?: boolean;
  readonly format?: ImageFormat;
  readonly quality?: number;
  readonly compare?: boolean;
  readonly enlarge?: Resampler;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly jobs: number;
  readonly memory?: number;
  readonly maxPixels: number;
}

/** The shrinking that the flags ask for. */
export function shrinkOptions(flags: ImageFlags): PictureShrinkOptions {
  const { factor, kernel, stride, padding, size, beta, weights, method, linear } = flags;
  const ways = [
    factor !== undefined && '--factor',
    kernel !== undefined && '--kernel',
    size !== undefined && '--size',
    (flags.width !== undefined || flags.height !== undefined) && '--width or --height',
  ].filter((way) => way !== false);
  if ((stride !== undefined || padding !== undefined) && kernel === undefined)
    throw new UsageError('--stride and --padding belong to --kernel');
  if (ways.length === 0) throw new UsageError('say what to shrink to: --factor N, --kernel N, --size WxH, --width W or --height H');
  if (ways.length > 1) throw new UsageError(`${ways.join(' and ')} exclude each other`);
  return {
    factor,
    kernelSize: kernel,
    stride,
    padding,
    width: size?.[0] ?? flags.width,
    height: size?.[1] ?? flags.height,
    beta,
    weights,
    method,
    linear,
  };
}

/** How many files are worked on at once if nothing is said. */
export const DEFAULT_JOBS = Math.min(8, availableParallelism());

/** A size, as in 640x480. */
export function imageSize(text: string): [number, number] {
  const match = /^([1-9]\d*)[x×]([1-9]\d*)$/i.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height))
    throw new InvalidArgumentError('It must be width x height in pixels, as in 640x480.');
  return [width, height];
}

export const methodOf = oneOf(METHODS);
export const resamplerOf = oneOf(RESAMPLERS);
export const formatOf = (text: string): ImageFormat => oneOf(IMAGE_FORMATS)(text === 'jpg' ? 'jpeg' : text === 'tif' ? 'tiff' : text);
