/** Flags of `softpool image`, and the options of the library that they stand for. */
import { availableParallelism } from 'node:os';
import { IMAGE_FORMATS, type ImageFormat, imageFormatOf, type Method, type PoolImageOptions, type Resampler } from '@softpool/media/node';
import { InvalidArgumentError } from 'commander';
import { oneOf } from '../../shared/arguments/values.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { STDIN } from '../../shared/files/image-files.ts';

/** Parsed flags. */
export interface ImageFlags {
  readonly output: string;
  readonly factor?: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly width?: number;
  readonly height?: number;
  readonly size?: readonly [width: number, height: number];
  readonly method: Method;
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly linear?: boolean;
  readonly format?: ImageFormat;
  readonly quality?: number;
  readonly compare?: boolean;
  readonly enlargeBy?: Resampler;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly jobs: number;
  readonly threads?: number;
  readonly memory?: number;
  readonly maxPixels: number;
}

/** Default of `--jobs`. */
export const DEFAULT_JOBS = Math.min(8, availableParallelism());

/** Throws a UsageError for flags that exclude each other. */
export function checkFlags(flags: ImageFlags): void {
  const { compare, enlargeBy, threads, json, output, method, beta, poolWeights } = flags;
  if (enlargeBy !== undefined && !compare) throw new UsageError('--enlarge-by needs --compare');
  const softOnly = beta !== undefined ? '--beta' : poolWeights !== undefined ? '--pool-weights' : undefined;
  if (softOnly !== undefined && method !== 'soft' && !compare) {
    throw new UsageError(`${softOnly} is for --method soft, not ${method}; leave it out`);
  }
  if (threads !== undefined && compare) throw new UsageError('--threads and --compare exclude each other');
  if (json && output === STDIN) throw new UsageError('--json and -o - both write to standard output; give -o a file');
}

/** The size, sharpness and weights that the flags ask for. */
export function poolOptions(flags: ImageFlags): PoolImageOptions {
  const { factor, kernel, stride, padding, size, beta, poolWeights, linear } = flags;
  const sizes = [
    factor !== undefined && '--factor',
    kernel !== undefined && '--kernel',
    size !== undefined && '--size',
    (flags.width !== undefined || flags.height !== undefined) && '--width or --height',
  ].filter((flag) => flag !== false);
  if ((stride !== undefined || padding !== undefined) && kernel === undefined) {
    throw new UsageError('--stride and --padding need --kernel');
  }
  if (sizes.length === 0) throw new UsageError('give the size: --factor N, --kernel N, --size WxH, --width W or --height H');
  if (sizes.length > 1) throw new UsageError(`${sizes.join(' and ')} exclude each other`);
  const [width, height] = size ?? [flags.width, flags.height];
  return { factor, kernelSize: kernel, stride, padding, width, height, beta, weights: poolWeights, linear };
}

/** Parses a size such as 640x480. */
export function parseSize(text: string): [width: number, height: number] {
  const match = /^([1-9]\d*)[x×]([1-9]\d*)$/i.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height)) {
    throw new InvalidArgumentError('It must be width x height in pixels, such as 640x480.');
  }
  return [width, height];
}

/** Parses the name of a format, or an extension such as jpg. */
export function parseFormat(text: string): ImageFormat {
  return oneOf(IMAGE_FORMATS)(writtenFormat(`.${text}`) ?? text);
}

/** The format of a file by its extension, if it can be written. */
export function writtenFormat(path: string): ImageFormat | undefined {
  const format = imageFormatOf(path);
  return IMAGE_FORMATS.find((written) => written === format);
}
