/** Instruments that come alive one after the other, so that a page full of them never stalls. */
import { type Component, defineAsyncComponent, hydrateOnIdle } from 'vue';

/** A visitor's first click must not wait longer for a busy browser, in milliseconds. */
const LONGEST_WAIT = 1000;

/**
 * An instrument for a page in Markdown. The page has its first rendering from the build. The
 * browser loads its code and brings it to life in a task of its own.
 */
export function instrument(load: () => Promise<{ readonly default: Component }>): Component {
  return defineAsyncComponent({ loader: load, hydrate: hydrateOnIdle(LONGEST_WAIT) });
}
