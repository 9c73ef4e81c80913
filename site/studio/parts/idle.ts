/** Moments in which the browser has nothing else to do. */
import { type HydrationStrategy, hydrateOnIdle, nextTick } from 'vue';
import { earlySettings, pressedButton } from './early-use.ts';

/** A visitor must not wait longer for a busy browser, in milliseconds. */
const LONGEST_WAIT = 1000;

/** What a visitor does with a part. Each is, or comes before, the event the part listens to. */
const USES = ['pointerdown', 'keydown', 'click', 'input'];

/**
 * Hydrates a component in such a moment, or when a visitor uses it. It listens before the event
 * reaches the element that was used, and what was done before it waited for events is repeated:
 * so no click is lost.
 */
export const onIdleOrUse: HydrationStrategy = (hydrate, forEachElement) => {
  const elements: Element[] = [];
  forEachElement((element) => elements.push(element));
  const hydrateAsSet = () => {
    const setAgain = earlySettings(elements);
    hydrate();
    return nextTick(setAgain);
  };
  const button = pressedButton(elements);
  if (button) {
    void hydrateAsSet().then(() => button.click());
    return;
  }
  const waits = new AbortController();
  const once = () => {
    stop();
    void hydrateAsSet();
  };
  const stopIdle = hydrateOnIdle(LONGEST_WAIT)(once, forEachElement);
  const stop = () => {
    stopIdle?.();
    waits.abort();
  };
  for (const element of elements) {
    for (const use of USES) element.addEventListener(use, once, { capture: true, signal: waits.signal });
  }
  return stop;
};

/** Resolves in such a moment; after a short wait where browsers do not tell. */
export function untilIdle(): Promise<void> {
  return new Promise((resolve) => void hydrateOnIdle(LONGEST_WAIT)(resolve, () => undefined));
}
