/** Threads that pool images, started when they are first needed and kept for further images. */
import { type Channel, openChannel } from 'softpool/internal';
import type { Piece } from '../kernel/pool-rows.ts';
import type { Pixels } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import { WORKER_SOURCE } from './worker.generated.ts';
import type { ImageMessage } from './worker.ts';

/** A thread that pools pieces of one image. */
export interface ImageThread {
  /** Pools a piece, whose arrays move to the thread and back. Rejects if the thread has ended. */
  pool(piece: Piece): Promise<Piece>;
  /** Ends its work on the image. The thread is kept. */
  close(): void;
}

/** A worker, and what each image that it pools does when the worker ends. */
interface ImageWorker {
  readonly channel: Channel<ImageMessage>;
  readonly onEnd: Set<(error: Error) => void>;
}

/** Those that run, or are about to. */
const workers: Promise<ImageWorker>[] = [];

/**
 * Has up to `count` threads pool pieces of an image like this one: fewer or none where workers
 * cannot be started.
 */
export async function imageThreads(like: Pixels, plan: PoolImagePlan, count: number): Promise<ImageThread[]> {
  while (workers.length < count) addWorker();
  const started = await Promise.allSettled(workers.slice(0, count));
  return started.flatMap((each) => (each.status === 'fulfilled' ? [openImage(each.value, like, plan)] : []));
}

function addWorker(): void {
  const forget = (): void => {
    const at = workers.indexOf(started);
    if (at >= 0) workers.splice(at, 1); // the next image gets another one
  };
  const started = startWorker(forget);
  started.catch(forget);
  workers.push(started);
}

/** Starts a worker. Rejects if that fails; `forget` is called once the worker has ended. */
function startWorker(forget: () => void): Promise<ImageWorker> {
  return new Promise((resolve, reject) => {
    const onEnd: ImageWorker['onEnd'] = new Set();
    const ready = (): void => {
      channel.setAwaited(false); // an idle thread does not keep a Node process alive
      resolve({ channel, onEnd });
    };
    const end = (cause: unknown): void => {
      forget();
      channel.terminate(); // one that failed in a browser runs on
      const error = new Error(`poolImageThreaded: a thread has ended: ${String(cause)}`, { cause });
      reject(error);
      for (const tell of onEnd) tell(error);
    };
    const channel = openChannel<ImageMessage, undefined>(WORKER_SOURCE, ready, end);
    channel.setAwaited(true);
  });
}

function openImage({ channel, onEnd }: ImageWorker, like: Pixels, plan: PoolImagePlan): ImageThread {
  const { port1, port2 } = new MessageChannel();
  const waiting: { readonly resolve: (piece: Piece) => void; readonly reject: (error: Error) => void }[] = [];
  let failure: Error | undefined;
  port1.onmessage = ({ data }: MessageEvent<Piece>) => waiting.shift()?.resolve(data);
  const fail = (error: Error): void => {
    failure = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  onEnd.add(fail);
  channel.post({ port: port2, like, plan }, [port2]);
  return {
    pool(piece) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        waiting.push({ resolve, reject });
        port1.postMessage(piece, [piece.input.buffer as ArrayBuffer, piece.output.buffer as ArrayBuffer]);
      });
    },
    close() {
      onEnd.delete(fail);
      port1.close();
    },
  };
}
