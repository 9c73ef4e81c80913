/** Parts of the page that are hydrated in tasks of their own, so that no task is long. */
import { type Component, defineAsyncComponent } from 'vue';
import { onIdleOrUse } from '../../studio/parts/idle.ts';

/** The same part. Where the build has rendered it, it is hydrated in a task of its own. */
export function later(part: Component): Component {
  return defineAsyncComponent({ loader: () => Promise.resolve(part), hydrate: onIdleOrUse });
}
