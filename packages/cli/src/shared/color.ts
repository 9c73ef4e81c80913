/** Colors on standard error: only on a terminal, and as NO_COLOR and FORCE_COLOR say. */
import { styleText } from 'node:util';

/** A failure. */
export function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}

/** A warning, or what was left out. */
export function yellow(text: string): string {
  return styleText('yellow', text, { stream: process.stderr });
}
