/** Instruments that come alive one after the other, so that a page full of them never stalls. */
import { type Component, defineAsyncComponent, type HydrationStrategy, hydrateOnIdle } from 'vue';

/** A visitor's first click must not wait longer for a busy browser, in milliseconds. */
const LONGEST_WAIT = 1000;
const onIdle = hydrateOnIdle(LONGEST_WAIT);

type Load = () => Promise<{ readonly default: Component }>;

/**
 * An instrument for a page in Markdown. The page has its first rendering from the build. The
 * browser loads its code and brings it to life in a task of its own.
 */
export function instrument(load: Load): Component {
  return defineAsyncComponent({ loader: load, hydrate: onIdle });
}

/**
 * Instruments that share a state. They come alive in one task: by the next one, the state may
 * differ from what the build rendered.
 */
export function instrumentsTogether(...loads: readonly Load[]): readonly Component[] {
  const waiting: (() => void)[] = [];
  const hydrate: HydrationStrategy = (comeAlive, forEachElement) => {
    waiting.push(comeAlive);
    if (waiting.length < loads.length) return;
    return onIdle(() => {
      for (const each of waiting) each();
    }, forEachElement);
  };
  return loads.map((load) => defineAsyncComponent({ loader: load, hydrate }));
}
