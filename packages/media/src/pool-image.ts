/** Pools raw pixels, at once or step by step. */
import { nextTask, throwIfAborted, typeError } from 'softpool/internal';
import { rowPooler } from './kernel/pool-rows.ts';
import { emptySamples, type Pixels, type PixelsInput, pixelsOf, type Samples } from './pixels.ts';
import { POOL_IMAGE_KEYS, type PoolImageOptions, type PoolImagePlan, poolImagePlan } from './pool-image-options.ts';

/**
 * Makes an image smaller by SoftPool, or by the mean or the maximum of each window.
 *
 * Samples are pooled on a 0–1 scale in float64 and rounded to the nearest once, at the end; a value
 * halfway between two becomes the higher one. The result has the same bits on every machine.
 * Colors are multiplied by alpha before pooling and divided by it afterwards, so that transparent
 * pixels contribute no color. With shared weights, a pixel's weight comes from its (premultiplied)
 * colors alone, and alpha is pooled with the same weights: an opaque image gives the same colors
 * with and without its alpha channel.
 *
 * @param pixels - The image, or a canvas's `ImageData` as it is. Missing `channels` follow from the
 * length of `data`.
 * @param options - The size of the result, the method and its parameters.
 * @returns A new image with samples of the same type and as many channels.
 * @throws TypeError or RangeError that names the wrong option or field, what was expected and what
 * was received.
 * @example
 * ```ts
 * const data = new Uint8Array(4 * 4 * 3).fill(128);
 * const image = { data, width: 4, height: 4, channels: 3 as const };
 * poolImage(image, { factor: 2 }).width; // 2
 * ```
 */
export function poolImage<S extends Samples>(pixels: PixelsInput<S>, options: PoolImageOptions): Pixels<S> {
  const image = pixelsOf('poolImage', 'pixels', pixels);
  return poolPlanned(image, poolImagePlan('poolImage', image, options));
}

/** As `poolImage`, with checked pixels and options. */
export function poolPlanned<S extends Samples>(pixels: Pixels<S>, plan: PoolImagePlan): Pixels<S> {
  const result = emptyResult(pixels, plan);
  rowPooler(pixels, result, plan)(0, result.height);
  return result;
}

/** Options of `poolImageAsync`. */
export interface PoolImageAsyncOptions extends PoolImageOptions {
  /** An `AbortSignal` that cancels the call. */
  readonly signal?:
    | {
        /** True once the call is canceled. */
        readonly aborted: boolean;
        /** The error that the promise rejects with. */
        readonly reason?: unknown;
      }
    | undefined;
  /** Called after each step with the fraction of the work that is done, at most 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Same as `poolImage`, with the same result, in steps of a few milliseconds: other work of the
 * calling thread can run between them, and a page stays alive. Do not change the image before the
 * promise settles.
 *
 * @param pixels - The image, or a canvas's `ImageData` as it is.
 * @param options - The options of `poolImage`, a signal that cancels, a callback for progress.
 * @returns A new image with samples of the same type and as many channels.
 * @throws TypeError or RangeError as `poolImage`, and the signal's reason once it aborts. The
 * promise rejects with them.
 * @example
 * ```ts
 * const data = new Uint8Array(400 * 300 * 3);
 * const image = { data, width: 400, height: 300, channels: 3 as const };
 * const half = await poolImageAsync(image, { factor: 2, signal: AbortSignal.timeout(10_000) });
 * half.width; // 200
 * ```
 */
export async function poolImageAsync<S extends Samples>(pixels: PixelsInput<S>, options: PoolImageAsyncOptions): Promise<Pixels<S>> {
  return await poolInSteps(asyncTask('poolImageAsync', pixels, options));
}

/** The checked arguments of `poolImageAsync`. */
export interface AsyncTask<S extends Samples> extends Pick<PoolImageAsyncOptions, 'signal' | 'onProgress'> {
  readonly image: Pixels<S>;
  readonly plan: PoolImagePlan;
}

/** Checks the arguments of `call`. */
export function asyncTask<S extends Samples>(call: string, pixels: PixelsInput<S>, options: PoolImageAsyncOptions): AsyncTask<S> {
  const image = pixelsOf(call, 'pixels', pixels);
  const plan = poolImagePlan(call, image, options, [...POOL_IMAGE_KEYS, 'signal', 'onProgress']);
  const { signal, onProgress } = options;
  if (signal !== undefined && typeof signal?.aborted !== 'boolean') throw typeError(call, 'options.signal', 'an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw typeError(call, 'options.onProgress', 'a function', onProgress);
  return { image, plan, signal, onProgress };
}

/** Pools on the calling thread, into a result that is there already if one is given. */
export async function poolInSteps<S extends Samples>(
  { image, plan, signal, onProgress }: AsyncTask<S>,
  result: Pixels<S> = emptyResult(image, plan),
): Promise<Pixels<S>> {
  throwIfAborted(signal);
  const poolRows = rowPooler(image, result, plan);
  const rowPixels = image.width * (plan.source.height / result.height);
  const rowsOf = (pixels: number): number => Math.max(1, Math.floor(pixels / rowPixels));
  const [stepRows, untimedRows] = [rowsOf(STEP_PIXELS), rowsOf(UNTIMED_PIXELS)];
  for (let row = 0; row < result.height; ) {
    const start = performance.now();
    const end = Math.min(result.height, row + stepRows);
    do {
      const from = row;
      row = Math.min(end, row + untimedRows);
      poolRows(from, row);
    } while (row < end && performance.now() - start < STEP_MILLISECONDS);
    onProgress?.(row / result.height);
    await nextTask();
    throwIfAborted(signal);
  }
  return result;
}

/** Most pixels of the image that are pooled in one step, and the time after which a step ends. */
const STEP_PIXELS = 2 ** 19;
const STEP_MILLISECONDS = 4;
/** Pixels that are pooled before the time is looked at. */
const UNTIMED_PIXELS = 2 ** 15;

/** The result before it is pooled. */
export function emptyResult<S extends Samples>({ data, channels }: Pixels<S>, { rows, columns }: PoolImagePlan): Pixels<S> {
  const [width, height] = [columns.outputSize, rows.outputSize];
  return { data: emptySamples(data, width * height * channels), width, height, channels };
}
