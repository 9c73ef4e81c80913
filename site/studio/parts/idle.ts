/** Moments in which the browser has nothing else to do. */
import { type HydrationStrategy, hydrateOnIdle } from 'vue';

/** A visitor's first click must not wait longer for a busy browser, in milliseconds. */
const LONGEST_WAIT = 1000;

/** Brings a component to life in such a moment. */
export const onIdle: HydrationStrategy = hydrateOnIdle(LONGEST_WAIT);

/** Resolves in such a moment; after a short wait where browsers do not tell. */
export function untilIdle(): Promise<void> {
  return new Promise((resolve) => void onIdle(resolve, () => undefined));
}
