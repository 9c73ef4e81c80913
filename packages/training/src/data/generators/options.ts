/** Labels and option checks shared by the generators. */
import { checkSeed } from '@softpool/models/internal';
import { rangeError } from 'softpool/internal';

/** Labels in rotation, so that any range of samples has classes of equal size. */
export function generatedLabels(samples: number, classes: number): Uint16Array {
  return Uint16Array.from({ length: samples }, (_, index) => index % classes);
}

/** Limits against data that fills the memory: 10 million samples, of 4096 pixels squared. */
const MOST_SAMPLES = 10_000_000;
const MOST_PIXELS = 4096;

/** Throws a RangeError for an invalid option of a generator. `amounts` are numbers ≥ 0. */
export function checkGenerated(
  call: string,
  { samples, size, seed }: { samples: number; size: number; seed: number },
  amounts: Record<string, number>,
): void {
  checkRange(call, 'samples', samples, 1, MOST_SAMPLES);
  checkRange(call, 'size', size, 8, MOST_PIXELS);
  checkSeed(call, seed);
  for (const [option, amount] of Object.entries(amounts)) {
    if (Number.isFinite(amount) && amount >= 0) continue;
    throw rangeError(call, `options.${option}`, 'a number ≥ 0', amount);
  }
}

/** Throws a RangeError unless an option is an integer from `least` to `most`. */
export function checkRange(call: string, option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw rangeError(call, `options.${option}`, `an integer from ${least} to ${most}`, value);
}
