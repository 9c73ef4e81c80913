/** Pools raw pixels on threads. */
import { availableThreads, checkInteger, throwIfAborted } from 'softpool/internal';
import type { Piece } from '../kernel/pool-rows.ts';
import { emptySamples, type Pixels, type PixelsInput, type Samples } from '../pixels.ts';
import { asyncTask, emptyResult, type PoolImageAsyncOptions, poolInSteps } from '../pool-image.ts';
import { type ImageThread, imageThreads } from './image-threads.ts';

/** Options of `poolImageThreaded`. */
export interface PoolImageThreadedOptions extends PoolImageAsyncOptions {
  /**
   * Threads that pool. 0 pools on the calling thread, as `poolImageAsync`. Default: one less than
   * the machine can run at once, from 1 to 4.
   */
  readonly threads?: number | undefined;
}

const MOST_THREADS = 4;

/** Pieces that a thread has at once: it pools one while another is on its way. */
const PIECES_AT_ONCE = 2;

/** Pixels of the image in a piece, if a row of windows has no more. */
const PIECE_PIXELS = 2 ** 17;

/**
 * Same as `poolImage`, with the same result, on threads: the calling thread only copies some rows
 * at a time to them, and rows of the result from them, so that a page stays alive. The threads
 * start with the first call and are kept; idle ones keep no process alive. Do not change the image
 * before the promise settles.
 *
 * Where no thread can be started, as in a page whose policy forbids workers from `blob:`, the
 * calling thread pools as `poolImageAsync` does.
 *
 * @param pixels - The image, or a canvas's `ImageData` as it is.
 * @param options - The options of `poolImageAsync`, and how many threads pool.
 * @returns A new image with samples of the same type and as many channels.
 * @throws TypeError or RangeError as `poolImage`, the signal's reason once it aborts, and Error if
 * a thread ends meanwhile. The promise rejects with them.
 * @example
 * ```ts
 * const data = new Uint8Array(400 * 300 * 3);
 * const image = { data, width: 400, height: 300, channels: 3 as const };
 * const half = await poolImageThreaded(image, { factor: 2, threads: 2 });
 * half.width; // 200
 * ```
 */
export async function poolImageThreaded<S extends Samples>(pixels: PixelsInput<S>, options: PoolImageThreadedOptions): Promise<Pixels<S>> {
  const { threads = defaultThreads(), ...poolOptions } = options ?? {};
  checkInteger('poolImageThreaded', 'options.threads', threads, 0);
  const task = asyncTask('poolImageThreaded', pixels, options && poolOptions);
  if (threads === 0) return await poolInSteps(task);
  const { image, plan, signal, onProgress } = task;
  throwIfAborted(signal);
  const result = emptyResult(image, plan);
  const { rows } = plan;
  const rowPixels = image.width * (plan.source.height / result.height);
  const pieceRows = Math.max(1, Math.floor(PIECE_PIXELS / rowPixels));
  const [rowLength, resultRowLength] = [image, result].map(({ width, channels }) => width * channels) as [number, number];
  let next = 0;
  let done = 0;
  /** The next piece, in the arrays of one that is done if they are large enough. */
  const takePiece = (last: Piece | undefined): Piece => {
    const from = next;
    next = Math.min(result.height, from + pieceRows);
    const firstRow = rows.start[from] as number;
    const endRow = (rows.start[next - 1] as number) + (rows.count[next - 1] as number);
    const samples = image.data.subarray((plan.source.top + firstRow) * rowLength, (plan.source.top + endRow) * rowLength);
    const input = last && last.input.length >= samples.length ? last.input : emptySamples(image.data, samples.length);
    input.set(samples);
    const output = last?.output ?? emptySamples(image.data, pieceRows * resultRowLength);
    return { from, to: next, firstRow, input, output };
  };
  const work = async (thread: ImageThread): Promise<void> => {
    for (let piece: Piece | undefined; next < result.height; ) {
      piece = await thread.pool(takePiece(piece));
      throwIfAborted(signal);
      result.data.set(piece.output.subarray(0, (piece.to - piece.from) * resultRowLength), piece.from * resultRowLength);
      done += piece.to - piece.from;
      onProgress?.(done / result.height);
    }
  };
  const like = { ...image, data: emptySamples(image.data, 0) };
  const open = await imageThreads(like, plan, Math.min(threads, Math.ceil(result.height / pieceRows)));
  if (open.length === 0) return await poolInSteps(task, result);
  try {
    throwIfAborted(signal);
    await Promise.all(open.flatMap((thread) => Array.from({ length: PIECES_AT_ONCE }, () => work(thread))));
  } finally {
    next = result.height;
    for (const thread of open) thread.close();
  }
  return result;
}

function defaultThreads(): number {
  return Math.max(1, Math.min(MOST_THREADS, availableThreads() - 1));
}
