/** The result of `--json`. */
import { jsonText } from 'softpool/internal';

/** Prints a value as JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonText(value)}\n`);
}
