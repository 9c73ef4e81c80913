/** The values of options of `softpool train` and `softpool eval`, from the words that were typed. */
import { InvalidArgumentError } from 'commander';

/** A number of at least `least` and below `end`. */
export function numberFrom(least: number, end = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least && value < end) return value;
    throw new InvalidArgumentError(
      `It must be a number of at least ${least}${end === Number.POSITIVE_INFINITY ? '' : ` and below ${end}`}.`,
    );
  };
}

/** A number above 0 and below `end`. */
export function numberAbove0(end = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0 && value < end) return value;
    throw new InvalidArgumentError(`It must be a number above 0${end === Number.POSITIVE_INFINITY ? '' : ` and below ${end}`}.`);
  };
}

/** A seed. */
export function seedOf(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= -(2 ** 31) && value < 2 ** 31) return value;
  throw new InvalidArgumentError('It must be an integer of 32 bits.');
}

/** The extent of an input: 224, 224x224 or 16x112x112. */
export function extent(text: string): number[] {
  const sizes = text.split(/[x×]/i).map((part) => (/^[1-9]\d{0,5}$/.test(part) ? Number(part) : Number.NaN));
  const [size] = sizes;
  if (sizes.length > 3 || size === undefined || !sizes.every(Number.isInteger)) {
    throw new InvalidArgumentError('It must be height x width in pixels, as in 224x224, or frames x height x width, as in 16x112x112.');
  }
  return sizes.length === 1 ? [size, size] : sizes;
}
