/**
 * Whether workers make the calls of a problem faster. They do not while other programs use the
 * processors, or while the system runs a worker on the caller's own. Only times show that.
 */

/** What earlier calls have shown. */
export interface Gain {
  /** Whether to share the next call with the workers. */
  isNextShared(): boolean;
  /** Notes how long that call took, in milliseconds. */
  note(milliseconds: number): void;
}

/** Whether calls are shared, or computed by the caller alone. */
type Way = 'shared' | 'alone';

/** Calls of a try. The first shared one wakes the workers, which takes longer. */
const TRIES = 3;

/** The other way is tried again after so many times the time that a try takes. */
const PATIENCE = 16;

/** The weight of a new time in the average, and the most that it counts for, in averages. */
const NEW = 0.25;
const MOST = 2;

/** Prefers the way that was faster lately, and tries the other now and then. */
export function createGain(): Gain {
  const times: Record<Way, number> = { shared: 0, alone: 0 }; // 0 until it was tried
  let way: Way = 'shared';
  let triesLeft = TRIES;
  let spent = 0;
  return {
    isNextShared: () => way === 'shared',
    note(milliseconds) {
      const before = times[way];
      if (before === 0) times[way] = milliseconds;
      else if (triesLeft > 0) times[way] = Math.min(before, milliseconds);
      else times[way] += NEW * (Math.min(milliseconds, MOST * before) - before);
      spent += milliseconds;
      if (triesLeft > 0) {
        triesLeft--;
        spent = 0;
        if (triesLeft > 0) return;
      }
      const other = way === 'shared' ? 'alone' : 'shared';
      if (times[other] === 0 || spent > PATIENCE * TRIES * times[other]) {
        way = other;
        triesLeft = TRIES;
        times[other] = 0;
      } else if (times[other] < times[way]) way = other;
    },
  };
}
