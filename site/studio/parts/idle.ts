/** Moments in which the browser has nothing else to do. */
import { type HydrationStrategy, hydrateOnIdle } from 'vue';

/** A visitor must not wait longer for a busy browser, in milliseconds. */
const LONGEST_WAIT = 1000;

/** What a visitor does with a part. Each is, or comes before, the event the part listens to. */
const USES = ['pointerdown', 'keydown', 'click', 'input'];

/**
 * Brings a component to life in such a moment, or when a visitor uses it. It is alive before the
 * event reaches the element that was used, so that no first click is lost.
 */
export const onIdleOrUse: HydrationStrategy = (comeAlive, forEachElement) => {
  const waits = new AbortController();
  const once = () => {
    stop();
    comeAlive();
  };
  const stopIdle = hydrateOnIdle(LONGEST_WAIT)(once, forEachElement);
  const stop = () => {
    stopIdle?.();
    waits.abort();
  };
  forEachElement((element) => {
    for (const use of USES) element.addEventListener(use, once, { capture: true, signal: waits.signal });
  });
  return stop;
};

/** Resolves in such a moment; after a short wait where browsers do not tell. */
export function untilIdle(): Promise<void> {
  return new Promise((resolve) => void hydrateOnIdle(LONGEST_WAIT)(resolve, () => undefined));
}
