/** Random numbers that a seed determines: the same in every engine, and for each sample by itself, in whatever order samples are read. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers. */
export interface Random {
  /** A number from 0 to below 1. */
  uniform(): number;
  /** An integer from 0 to below `end`. */
  integer(end: number): number;
  /** A number of the normal distribution with mean 0 and variance 1. */
  normal(): number;
}

/**
 * The stream of a seed and of what it is for, as in `randomOf(seed, epoch, index)`: streams of different numbers have nothing to do with each other.
 * All are integers of 32 bits.
 *
 * @param seed - Chosen by the user.
 * @param purpose - What the numbers are for: which epoch, which sample.
 * @throws Nothing: of other numbers the lowest 32 bits of the whole part are taken.
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
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()), // Box and Muller
  };
}

/** The integers below `length` in an order by chance (Fisher and Yates). */
export function shuffled(length: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

/** Spreads the bits of an integer (the last step of MurmurHash3, after a constant is added so that 0 spreads too). */
function mixed(number: number): number {
  let bits = (number + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
