/** Pools raw pixels, at once or step by step. */
import { adaptiveSoftPool2d, softPool2d, type Tensor, type ThreadedSoftPool } from 'softpool';
import { cropPixels } from './crop-pixels.ts';
import { checkPixels, emptySamples, type Pixels, type Samples } from './pixels.ts';
import { type PoolImageOptions, type PoolImagePlan, poolImagePlan } from './pool-image-options.ts';
import { reduceRows } from './reduce-windows.ts';
import { type FloatTensor, separateAlpha } from './separate-alpha.ts';
import { sampleDecoder, sampleEncoder } from './unit-scale.ts';

/**
 * Makes an image smaller by SoftPool, or by the mean or the maximum of each window.
 *
 * Samples are pooled on a 0–1 scale and rounded to the nearest once, at the end. Colors are
 * multiplied by alpha before pooling and divided by it afterwards, so that transparent pixels
 * contribute no color. With shared weights, a pixel's weight comes from its (premultiplied) colors
 * alone, and alpha is pooled with the same weights: an opaque image gives the same colors with and
 * without its alpha channel.
 *
 * @param pixels - The image.
 * @param options - The size of the result, the method and its parameters.
 * @returns A new image with samples of the same type.
 * @throws TypeError or RangeError that names the wrong option or field, what was expected and what
 * was received.
 * @example
 * ```ts
 * const data = new Uint8Array(4 * 4 * 3).fill(128);
 * const image = { data, width: 4, height: 4, channels: 3 as const };
 * poolImage(image, { factor: 2 }).width; // 2
 * ```
 */
export function poolImage<S extends Samples>(pixels: Pixels<S>, options: PoolImageOptions): Pixels<S> {
  checkPixels('poolImage', 'pixels', pixels);
  return poolPlanned(pixels, poolImagePlan('poolImage', pixels, options));
}

/** As `poolImage`, with checked pixels and options. */
export function poolPlanned<S extends Samples>(image: Pixels<S>, plan: PoolImagePlan): Pixels<S> {
  const pixels = cropPixels(image, plan.source);
  const x = emptyValues(pixels);
  sampleDecoder(pixels, plan.linear)(x.data, 0, pixels.height);
  const result = emptyResult(pixels, plan);
  let y: Tensor<Float32Array>;
  if (plan.method === 'soft') {
    const { input, restore } = separateAlpha(x, plan);
    y = restore(softPool(input, plan));
  } else {
    y = emptyValues(result);
    reduceRows(x, plan, y.data, 0, result.height);
  }
  sampleEncoder(result, plan.linear)(y.data, 0, result.height);
  return result;
}

/** Options of `poolImageAsync`. */
export interface PoolImageAsyncOptions extends PoolImageOptions {
  /**
   * Threads for SoftPool, from `createThreadedSoftPool` of `softpool`. Default: the calling thread,
   * which always converts samples and computes average and max.
   */
  readonly threads?: Pick<ThreadedSoftPool, 'softPool2d' | 'adaptiveSoftPool2d'> | undefined;
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
 * Same as `poolImage`, with the same result, in steps: other work of the calling thread can run
 * between them. Do not change the image before the promise settles.
 *
 * @param image - The image.
 * @param options - The options of `poolImage`, and threads, a signal that cancels, a callback for
 * progress.
 * @returns A new image with samples of the same type.
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
export async function poolImageAsync<S extends Samples>(image: Pixels<S>, options: PoolImageAsyncOptions): Promise<Pixels<S>> {
  checkPixels('poolImageAsync', 'pixels', image);
  const { threads, signal, onProgress, ...poolOptions } = options ?? {};
  const plan = poolImagePlan('poolImageAsync', image, options && poolOptions);
  const pixels = cropPixels(image, plan.source);
  const result = emptyResult(pixels, plan);
  const x = emptyValues(pixels);
  const [inputRows, outputRows] = [sliceRows(pixels), sliceRows(result)];
  const steps = inputRows.length + 2 * outputRows.length;
  let done = 0;
  const finish = async (count: number): Promise<void> => {
    done += count;
    onProgress?.(done / steps);
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(signal);
  };

  throwIfAborted(signal);
  const decode = sampleDecoder(pixels, plan.linear);
  for (const [from, to] of inputRows) {
    decode(x.data, from, to);
    await finish(1);
  }
  let y: Tensor<Float32Array>;
  if (plan.method === 'soft') {
    const { input, restore } = separateAlpha(x, plan);
    y = restore(threads === undefined ? softPool(input, plan) : await softPoolOn(threads, input, plan));
    await finish(outputRows.length);
  } else {
    y = emptyValues(result);
    for (const [from, to] of outputRows) {
      reduceRows(x, plan, y.data, from, to);
      await finish(1);
    }
  }
  const encode = sampleEncoder(result, plan.linear);
  for (const [from, to] of outputRows) {
    encode(y.data, from, to);
    await finish(1);
  }
  return result;
}

/** Samples that are converted in one step: a few milliseconds of work. */
const STEP_SAMPLES = 2 ** 19;

/** The rows of an image in steps, as [from, to). */
function sliceRows({ width, height, channels }: Pixels): [from: number, to: number][] {
  const rows = Math.max(1, Math.floor(STEP_SAMPLES / (width * channels)));
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => [i * rows, Math.min(height, (i + 1) * rows)]);
}

function throwIfAborted(signal: PoolImageAsyncOptions['signal']): void {
  if (signal?.aborted) throw signal.reason;
}

function emptyResult<S extends Samples>({ data, channels }: Pixels<S>, { rows, columns }: PoolImagePlan): Pixels<S> {
  const [width, height] = [columns.outputSize, rows.outputSize];
  return { data: emptySamples(data, width * height * channels), width, height, channels };
}

/** Values for an image, `[height, width, channels]`. */
function emptyValues({ width, height, channels }: Pixels): Tensor<Float32Array> {
  return { data: new Float32Array(width * height * channels), shape: [height, width, channels] };
}

function softPool(x: FloatTensor, { windows }: PoolImagePlan): FloatTensor {
  return 'outputSize' in windows ? adaptiveSoftPool2d(x, windows) : softPool2d(x, windows);
}

function softPoolOn(
  threads: NonNullable<PoolImageAsyncOptions['threads']>,
  x: FloatTensor,
  { windows }: PoolImagePlan,
): Promise<FloatTensor> {
  return 'outputSize' in windows ? threads.adaptiveSoftPool2d(x, windows) : threads.softPool2d(x, windows);
}
