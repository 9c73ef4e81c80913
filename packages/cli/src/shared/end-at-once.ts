/** Ends the process while images are still being decoded: `exit()` would wait for them. */
import { finished } from 'node:stream/promises';
import { removeTemporaries } from './files/temporaries.ts';
import { endBySignal, exitAtOnce } from './interruption.ts';

/**
 * Ends the process with this exit code, once all output is written. Before Node 22.15 only a signal
 * can end it: there the status is that of SIGTERM.
 */
export async function endAtOnce(code: number): Promise<never> {
  removeTemporaries();
  await Promise.all([process.stdout, process.stderr].map((stream) => finished(stream.end()).catch(() => {})));
  exitAtOnce(code);
  return endBySignal('SIGTERM');
}
