/** The values of options, from the words that were typed: each function is for commander, whose error tells the user what a value must be. */
import { InvalidArgumentError } from 'commander';
import { distance } from 'fastest-levenshtein';

/** A whole number of at least `least` and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const bound = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number ${bound}.`);
    }
    return value;
  };
}

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

/** Sizes with an x between them, as in 16x112x112; none, where one is no size. */
export function sizesIn(text: string): number[] {
  const parts = text.split(/[x×]/i);
  return parts.every((part) => /^[1-9]\d{0,5}$/.test(part)) ? parts.map(Number) : [];
}

/** The extent of an input: 224, 224x224 or 16x112x112. */
export function extent(text: string): number[] {
  const sizes = sizesIn(text);
  const [size] = sizes;
  if (sizes.length > 3 || size === undefined) {
    throw new InvalidArgumentError('It must be height x width in pixels, as in 224x224, or frames x height x width, as in 16x112x112.');
  }
  return sizes.length === 1 ? [size, size] : sizes;
}

/** A sharpness. */
export function sharpness(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a finite number ≥ 0.');
  return value;
}

/** One of some words; a near miss is told the nearest, by the measure that commander has for options: most letters are the same. */
export function oneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((word) => word === text);
    if (found !== undefined) return found;
    const near = allowed.map((word) => ({ word, far: distance(word, text.toLowerCase()) })).sort((a, b) => a.far - b.far)[0];
    const isNear = near !== undefined && near.far <= 3 && near.far < 0.6 * Math.max(near.word.length, text.length);
    const hint = isNear ? ` Did you mean ${near.word}?` : '';
    throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')}.${hint}`);
  };
}

/** Whose weights soft pooling has, in the words of the command line. */
export const weightsOf = oneOf(['shared', 'per-channel'] as const);
