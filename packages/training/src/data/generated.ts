/** What the generators share: their labels, and the checks of their options. */

/** Labels in turn, so that classes are equally large whatever part of the data set is taken. */
export function generatedLabels(samples: number, classes: number): Uint16Array {
  return Uint16Array.from({ length: samples }, (_, index) => index % classes);
}

/** Throws a RangeError unless the options of a generator make sense; `amounts` are numbers of at least 0. */
export function checkGenerated(
  call: string,
  { samples, size, seed }: { samples: number; size: number; seed: number },
  amounts: Record<string, number>,
): void {
  checkWhole(call, 'samples', samples, 1);
  checkWhole(call, 'size', size, 8);
  if (!Number.isInteger(seed)) throw new RangeError(`${call}: options.seed must be an integer, received ${seed}`);
  for (const [option, amount] of Object.entries(amounts)) {
    if (Number.isFinite(amount) && amount >= 0) continue;
    throw new RangeError(`${call}: options.${option} must be a number of at least 0, received ${amount}`);
  }
}

/** Throws a RangeError unless the option is an integer of at least `minimum`. */
export function checkWhole(call: string, option: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new RangeError(`${call}: options.${option} must be an integer of at least ${minimum}, received ${value}`);
}
