/** Iterations that a signal ends. */
import { throwIfAborted } from 'softpool/internal';

/**
 * The same items, until the signal is aborted: then it throws the signal's reason, even while the
 * next item never comes.
 */
export async function* untilAborted<T>(
  items: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  let abort = (): void => {};
  const listener = (): void => abort();
  signal?.addEventListener('abort', listener);
  try {
    for (;;) {
      throwIfAborted(signal);
      // A promise for each item: one for all would keep every item that was raced against it.
      const next = await new Promise<IteratorResult<T, void> | undefined>((resolve, reject) => {
        abort = () => resolve(undefined);
        items.next().then(resolve, reject);
      });
      if (next === undefined) continue;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', listener);
    items.return().catch(() => {}); // reads still in progress do not matter
  }
}
