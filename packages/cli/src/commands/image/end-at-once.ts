/** Ends the process while images are still being decoded: `exit()` would wait for them. */
import { finished } from 'node:stream/promises';
import { removeTemporaries } from '../../shared/files/temporaries.ts';
import { endBySignal } from '../../shared/interruption.ts';

/** Ends the process by SIGTERM, once all output is written. */
export async function endAtOnce(): Promise<never> {
  removeTemporaries();
  await Promise.all([process.stdout, process.stderr].map((stream) => finished(stream.end()).catch(() => {})));
  return endBySignal('SIGTERM');
}
