/** Statistics over seeds: means, deviations, and significance tests of differences. */
import jstat from 'jstat';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { rangeError } from 'softpool/internal';

/** Mean and deviation of some numbers. */
export type Summary = {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1); `null` for one number, or if one is not finite. */
  readonly deviation: number | null;
};

export function summaryOf(values: readonly number[]): Summary {
  const n = values.length;
  if (!values.every(Number.isFinite)) return { n, mean: values.reduce((sum, value) => sum + value, 0) / n, deviation: null };
  return { n, mean: mean([...values]), deviation: n < 2 ? null : sampleStandardDeviation([...values]) };
}

/** The difference of two paired lists of numbers. */
export type PairedDifference = {
  readonly n: number;
  /** Mean of the differences. */
  readonly mean: number;
  /** Standard error of that mean. `null` for a single pair, like everything that follows. */
  readonly standardError: number | null;
  /** Student's 95 % interval of this single comparison. */
  readonly interval: readonly [low: number, high: number] | null;
  /**
   * Two-sided p of Student's paired test; `null` too if all differences are equal and not 0, within
   * the rounding of the numbers.
   */
  readonly p: number | null;
};

/** The confidence of the interval. */
const CONFIDENCE = 0.95;
/** The significance level: an adjusted p below it is significant. */
export const SIGNIFICANT = 0.05;

/** Differences this close, relative to the largest number, are equal but for rounding. */
const ROUNDING = 1e-12;

/**
 * The difference of two lists that belong together pair by pair, such as results of equal seeds.
 */
export function pairedDifference(values: readonly number[], others: readonly number[]): PairedDifference {
  if (values.length !== others.length || values.length === 0) {
    throw rangeError('pairedDifference', 'others', `${Math.max(1, values.length)} numbers`, others);
  }
  const { n, mean: difference, deviation } = summaryOf(values.map((value, i) => value - (others[i] as number)));
  if (deviation === null) return { n, mean: difference, standardError: null, interval: null, p: null };
  const rounding = ROUNDING * Math.max(...values.map(Math.abs), ...others.map(Math.abs));
  const standardError = deviation <= rounding ? 0 : deviation / Math.sqrt(n);
  const reach = jstat.studentt.inv((1 + CONFIDENCE) / 2, n - 1) * standardError;
  const p = probabilityOf(Math.abs(difference) <= rounding ? 0 : difference, standardError, n);
  return { n, mean: difference, standardError, interval: [difference - reach, difference + reach], p };
}

function probabilityOf(difference: number, standardError: number, n: number): number | null {
  if (standardError > 0) return 2 * jstat.studentt.cdf(-Math.abs(difference) / standardError, n - 1);
  // Equal differences come from too few samples and prove nothing.
  return difference === 0 ? 1 : null;
}

/**
 * Adjusts the p values of several tests, so that the chance of any false positive among them is at
 * most 5 % (Holm, “A Simple Sequentially Rejective Multiple Test Procedure”, 1979).
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

/** What an adjusted p value says about a difference. */
export function verdictOf(
  { mean: difference }: PairedDifference,
  adjusted: number | null,
): 'higher' | 'lower' | 'no difference seen' | 'not tested' {
  if (adjusted === null) return 'not tested';
  if (adjusted >= SIGNIFICANT) return 'no difference seen';
  return difference > 0 ? 'higher' : 'lower';
}
