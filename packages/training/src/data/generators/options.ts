/** Labels and option checks shared by the generators. */
import { checkSeed } from '@softpool/models/internal';
import { checkInteger, rangeError } from 'softpool/internal';

/** Labels in rotation, so that any range of samples has classes of equal size. */
export function generatedLabels(samples: number, classes: number): Uint16Array {
  return Uint16Array.from({ length: samples }, (_, index) => index % classes);
}

/** Throws a RangeError for an invalid option of a generator. `amounts` are numbers ≥ 0. */
export function checkGenerated(
  call: string,
  { samples, size, seed }: { samples: number; size: number; seed: number },
  amounts: Record<string, number>,
): void {
  checkInteger(call, 'options.samples', samples, 1);
  checkInteger(call, 'options.size', size, 8);
  checkSeed(call, seed);
  for (const [option, amount] of Object.entries(amounts)) {
    if (Number.isFinite(amount) && amount >= 0) continue;
    throw rangeError(call, `options.${option}`, 'a number ≥ 0', amount);
  }
}
