/**
 * Whether workers make the calls of a problem faster. They do not while other programs use the
 * processors: a worker that the system interrupts keeps its part, and the caller waits for it.
 */

/** What earlier calls have shown. */
export interface Gain {
  /** Whether the next call shall be shared with the workers; asked once for each call. */
  isNextShared(): boolean;
  /**
   * Notes how long a shared call took, and how long the caller alone would have taken, in
   * milliseconds.
   */
  note(shared: number, alone: number): void;
}

/** The most calls that the caller computes alone before it tries again. */
const MOST_ALONE = 64;

/** What the sum of earlier gains counts for after another call. */
const MEMORY = 0.8;

/**
 * Sums up the gains of recent calls, each −1 to 1 of the time alone. While the sum is negative, the
 * caller computes 1, 2, 4 … calls alone before it shares another.
 */
export function createGain(): Gain {
  let sum = 0;
  let pause = 1;
  let left = 0;
  return {
    isNextShared() {
      if (left === 0) return true;
      left--;
      return false;
    },
    note(shared, alone) {
      sum = MEMORY * sum + Math.max(-1, 1 - shared / alone);
      left = sum < 0 ? pause : 0;
      pause = sum < 0 ? Math.min(MOST_ALONE, 2 * pause) : 1;
    },
  };
}
