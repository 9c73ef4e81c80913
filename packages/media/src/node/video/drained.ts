/** Waits for pipes. */
import type { Writable } from 'node:stream';

/** Resolves once a pipe takes more, or is closed: the program has ended. */
export async function drained(pipe: Writable): Promise<void> {
  if (pipe.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      pipe.off('drain', done).off('close', done);
      resolve();
    };
    pipe.on('drain', done).on('close', done);
  });
}
