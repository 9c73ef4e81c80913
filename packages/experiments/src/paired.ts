/** What numbers of several seeds say: means, deviations, and whether a difference is more than chance. */
import jstat from 'jstat';
import { mean, sampleStandardDeviation } from 'simple-statistics';

/** Numbers in short. */
export type Summary = {
  readonly n: number;
  readonly mean: number;
  /** The standard deviation of the sample, with n − 1; `null` of a single number, or where one is not finite. */
  readonly deviation: number | null;
};

export function summaryOf(values: readonly number[]): Summary {
  const n = values.length;
  if (!values.every(Number.isFinite)) return { n, mean: values.reduce((sum, value) => sum + value, 0) / n, deviation: null };
  return { n, mean: mean([...values]), deviation: n < 2 ? null : sampleStandardDeviation([...values]) };
}

/** How far two lists of numbers, in pairs, are apart. */
export type PairedDifference = {
  readonly n: number;
  /** The mean of the differences. */
  readonly mean: number;
  /** Of that mean: the deviation of the differences / √n. `null` of a single pair, as all that follows. */
  readonly standardError: number | null;
  /** Student's interval of 95 %, of this comparison alone. */
  readonly interval: readonly [low: number, high: number] | null;
  /** The probability of a difference at least as large, either way, if there were none (Student's paired test); `null` too where all differences are equal, and not 0. */
  readonly p: number | null;
};

/** Of the interval, and what a probability must be below. */
const CONFIDENCE = 0.95;
const SIGNIFICANT = 0.05;

/** The difference of two lists that belong together pair by pair, such as results of the same seeds. */
export function pairedDifference(values: readonly number[], others: readonly number[]): PairedDifference {
  if (values.length !== others.length || values.length === 0) {
    throw new RangeError(`pairedDifference: as many of either are needed, at least one, received ${values.length} and ${others.length}`);
  }
  const { n, mean: difference, deviation } = summaryOf(values.map((value, i) => value - (others[i] as number)));
  if (deviation === null) return { n, mean: difference, standardError: null, interval: null, p: null };
  const standardError = deviation / Math.sqrt(n);
  const reach = jstat.studentt.inv((1 + CONFIDENCE) / 2, n - 1) * standardError;
  const p = probabilityOf(difference, standardError, n);
  return { n, mean: difference, standardError, interval: [difference - reach, difference + reach], p };
}

function probabilityOf(difference: number, standardError: number, n: number): number | null {
  if (standardError > 0) return 2 * jstat.studentt.cdf(-Math.abs(difference) / standardError, n - 1);
  return difference === 0 ? 1 : null; // that all differences are equal says nothing of chance: there was too little to count
}

/**
 * Probabilities of several tests, adjusted so that below 0.05 there is a false one among them all in at most 5 % of experiments (Holm, "A Simple
 * Sequentially Rejective Multiple Test Procedure", 1979).
 */
export function holm(probabilities: readonly (number | null)[]): (number | null)[] {
  const order = probabilities.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = probabilities.map(() => null);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * p));
    adjusted[index] = largest;
  }
  return adjusted;
}

/** What an adjusted probability says of a difference, in words. */
export function verdictOf(
  { mean: difference }: PairedDifference,
  adjusted: number | null,
): 'higher' | 'lower' | 'no difference seen' | 'not tested' {
  if (adjusted === null) return 'not tested';
  if (adjusted >= SIGNIFICANT) return 'no difference seen';
  return difference > 0 ? 'higher' : 'lower';
}
