/** What folding changes: the limits and small numbers that kept exponentials apart from 0 and ∞. */
import type { ElementType } from '@softpool/surgery';
import type { Exponent, Scaled } from './exponents.ts';

/** The largest share of a weight of 1 that a small number may have: the tolerance of folding. */
const LARGEST_EPSILON = 1e-5;

/** The logarithm of the largest number of each type. */
const LARGEST_EXPONENT = { float16: Math.log(65504), float32: Math.log(2 ** 128), float64: Math.log(Number.MAX_VALUE) } as const;

/** How near to overflow a limit must be to be only a guard against it. */
const NEAR = 0.9;

/** What folding changes, or why it may not. */
export interface Changes {
  readonly notes: readonly string[];
  readonly refusal: string | undefined;
}

/** Joins changes; the first refusal counts. */
export function joined(...all: readonly Changes[]): Changes {
  return { notes: [...new Set(all.flatMap(({ notes }) => notes))], refusal: all.find(({ refusal }) => refusal !== undefined)?.refusal };
}

const NOTHING: Changes = { notes: [], refusal: undefined };

function noted(note: string): Changes {
  return { notes: [note], refusal: undefined };
}

function refused(refusal: string): Changes {
  return { notes: [], refusal };
}

/** What the limits of an exponent change. */
export function exponentLimits({ low, high, isLimitedBefore }: Exponent, type: ElementType): Changes {
  if (isLimitedBefore) return refused('it limits x in the exponent before it subtracts something: weights would change');
  const [guard, largest] = [NEAR * LARGEST_EXPONENT[type], LARGEST_EXPONENT[type]];
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return NOTHING;
  if (high < guard || (Number.isFinite(low) && low > -guard)) {
    return refused(
      `it limits its exponents to ${limitsInWords(low, high)}, far from where ${type} overflows (${digits(largest)}): beyond, weights would change`,
    );
  }
  return noted(`its limit of ${limitsInWords(low, high)} for exponents goes: larger inputs get the weights that they have`);
}

/**
 * What is added to weights and sums, and their limits, change. `what` names them, and `near` says
 * of which inputs the weight is a share of 1.
 */
export function sumLimits(
  { scale, epsilon, low, high }: Scaled,
  what: string,
  unit: number,
  near: (share: number) => string,
  type: ElementType,
): Changes {
  const changes: Changes[] = [];
  const share = (value: number): number => value / (Math.abs(scale) * unit);
  if (epsilon !== 0) {
    const part = share(epsilon);
    if (!(part > 0 && part <= LARGEST_EPSILON)) {
      return refused(
        `it adds ${digits(epsilon)} to ${what}, which is ${digits(part)} of the weight of a zero; at most ${LARGEST_EPSILON} is only a guard`,
      );
    }
    changes.push(
      noted(
        `the ${digits(epsilon)} added to ${what} goes: it halved results where inputs are near ${near(part)}, and changed those above 0 by less than ${digits(part)}`,
      ),
    );
  }
  if (low > 0) {
    const part = share(low);
    if (part > LARGEST_EPSILON)
      return refused(`it limits ${what} to at least ${digits(low)}, which is ${digits(part)} of the weight of a zero`);
    changes.push(noted(`the lower limit of ${digits(low)} for ${what} goes: it held where inputs are below about ${near(part)}`));
  }
  if (high < Number.POSITIVE_INFINITY) {
    if (!(high > 0) || Math.log(high) < NEAR * LARGEST_EXPONENT[type]) {
      return refused(`it limits ${what} to at most ${digits(high)}, far below the largest ${type}: larger weights would change`);
    }
    changes.push(noted(`the upper limit of ${digits(high)} for ${what} goes: it held where they nearly overflow`));
  }
  return joined(...changes);
}

/** What the limits of the weighted sums change. */
export function numeratorLimits({ epsilon, low, high }: Scaled, type: ElementType): Changes {
  if (epsilon !== 0) return refused(`it adds ${digits(epsilon)} to the numerator`);
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return NOTHING;
  const guard = NEAR * LARGEST_EXPONENT[type];
  if (!(high > 0) || Math.log(high) < guard || !(low < 0) || Math.log(-low) < guard) {
    return refused(`it limits the numerator to ${limitsInWords(low, high)}`);
  }
  return noted(`the limits of ${limitsInWords(low, high)} for the numerator go: they held where it nearly overflows`);
}

/** Where the weight of an exponent is as small as a share. */
export function inputsOf({ beta, shifts }: Exponent): (share: number) => string {
  return (share) => `${digits(Math.log(share) / beta)}${shifts.length > 0 ? ' after the subtraction' : ''}`;
}

function limitsInWords(low: number, high: number): string {
  if (low === Number.NEGATIVE_INFINITY) return `at most ${digits(high)}`;
  return high === Number.POSITIVE_INFINITY ? `at least ${digits(low)}` : `${digits(low)} to ${digits(high)}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
