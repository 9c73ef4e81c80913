/** The code of a thread that pools pieces of images, each some rows of the result. */
import { type Piece, piecePooler } from '../kernel/pool-rows.ts';
import type { Pixels } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';

/** The only message to a thread: an image, whose pieces come through a port. */
export interface ImageMessage {
  readonly port: MessagePort;
  /** An image of the same width, channels and type; it may be empty. */
  readonly like: Pixels;
  readonly plan: PoolImagePlan;
}

/**
 * Where a thread receives and sends messages: `parentPort` in Node, the global scope in a browser.
 */
interface Scope {
  postMessage(message: undefined): void;
  addEventListener(type: 'message', listener: (event: { data: ImageMessage }) => void): void;
  start?(): void;
}

const scope = ((globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:worker_threads').parentPort ??
  globalThis) as unknown as Scope;

scope.addEventListener('message', ({ data: { port, like, plan } }) => {
  const pool = piecePooler(like, plan);
  port.onmessage = ({ data: piece }: MessageEvent<Piece>) => {
    pool(piece);
    // Its arrays move back.
    port.postMessage(piece, [piece.input.buffer as ArrayBuffer, piece.output.buffer as ArrayBuffer]);
  };
});
scope.start?.();
scope.postMessage(undefined); // it runs
