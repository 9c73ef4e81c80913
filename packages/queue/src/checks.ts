/** Checks of options. This package imports none of ours, so it has its own. */

/** Throws unless `value` is an integer of at least `least`. */
export function checkInteger(call: string, option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${call}: options.${option} must be an integer ≥ ${least}, received ${value}`);
}

/** Throws unless `value` is a number of seconds of at least `least`. */
export function checkSeconds(call: string, option: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new RangeError(`${call}: options.${option} must be a number of seconds ≥ ${least}, received ${value}`);
}
