/**
 * Seeded random numbers: the same in every engine, and independent for each purpose, so that
 * samples can be read in any order.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { rangeError } from 'softpool/internal';

/** A stream of random numbers. */
export interface Random {
  /** Returns a number from 0 (included) to 1 (excluded). */
  uniform(): number;
  /** Returns an integer from 0 (included) to `end` (excluded). */
  integer(end: number): number;
  /** Returns a normally distributed number with mean 0 and variance 1. */
  normal(): number;
}

/**
 * Returns the random stream of a seed and a purpose, as in `randomOf(seed, epoch, index)`. Streams
 * of different purposes are independent.
 *
 * @param seed - The user's seed: a 32-bit integer. Of other numbers the lowest 32 bits are used.
 * @param purpose - What the numbers are for, such as the epoch and the sample: 32-bit integers.
 * @example
 * ```ts
 * const [a, b] = [randomOf(1, 2, 3), randomOf(1, 2, 3)];
 * a.uniform() === b.uniform(); // true
 * ```
 */
export function randomOf(seed: number, ...purpose: readonly number[]): Random {
  const generator = xoroshiro128plus(purpose.reduce((hash, number) => mixed(hash ^ mixed(number)), mixed(seed)));
  const uniform = (): number => uniformFloat64(generator);
  return {
    uniform,
    integer: (end) => uniformInt(generator, 0, end - 1),
    // Box–Muller
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/**
 * A seed for TensorFlow.js, which depends on the user's seed and a purpose as `randomOf` does. It
 * is never 0, which TensorFlow.js replaces by a random seed.
 */
export function seedFrom(seed: number, ...purpose: readonly number[]): number {
  return 1 + randomOf(seed, ...purpose).integer(0x7fffffff);
}

/** The integers below `length` in random order (Fisher–Yates). */
export function shuffled(length: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

/** Throws a RangeError unless `seed` is a 32-bit integer, signed or unsigned. */
export function checkSeed(call: string, seed: number): void {
  if (seed === (seed | 0) || seed === seed >>> 0) return;
  throw rangeError(call, 'options.seed', 'a 32-bit integer', seed);
}

/** MurmurHash3's finalizer. A constant is added first, so that 0 is mixed too. */
function mixed(number: number): number {
  let bits = (number + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
