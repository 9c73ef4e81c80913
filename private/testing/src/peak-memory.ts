/** The most resident memory of a process of Node, as Linux tells it. */

const SCRIPT = "import { readFileSync } from 'node:fs'; process.on('exit', () => process.stderr.write(readFileSync('/proc/self/status')))";

/**
 * Option of Node, also in NODE_OPTIONS, with which a process says at its end what `peakOf` reads.
 * `process.resourceUsage().maxRSS` would be no less than the memory of the process that started it.
 */
export const TELL_PEAK = `--import=data:text/javascript,${encodeURIComponent(SCRIPT)}`;

/** The most memory, in bytes, of a process that has written this; NaN if it did not say. */
export function peakOf(stderr: string): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(stderr)?.[1]);
}
