/** Work done ahead of who consumes it, in order and within bounds. */

/** The bounds. */
export interface ReadAheadOptions {
  /** The most items that are worked on at a time. */
  readonly concurrency: number;
  /** The most items that are worked on or wait to be consumed: what bounds the memory. */
  readonly ahead: number;
}

/**
 * `work(0)`, `work(1)`, … below `count`, in that order whatever finishes first. A failure is thrown in its turn. However the iteration ends, it does not
 * end before all work that was begun has.
 */
export async function* readAhead<T>(
  count: number,
  { concurrency, ahead }: ReadAheadOptions,
  work: (position: number) => Promise<T>,
): AsyncGenerator<T, void, undefined> {
  const begun: Promise<Settled<T>>[] = [];
  let next = 0;
  let consumed = 0;
  let running = 0;
  let isStopped = false;
  const begin = (): void => {
    while (!isStopped && next < count && running < concurrency && next - consumed < ahead) {
      running++;
      begun.push(settled(work(next++)).finally(ended));
    }
  };
  const ended = (): void => {
    running--;
    begin();
  };
  try {
    begin();
    while (consumed < count) {
      const result = (await begun.shift()) as Settled<T>; // `ahead` is at least 1: the next has begun
      consumed++;
      begin();
      if ('error' in result) throw result.error;
      yield result.value;
    }
  } finally {
    isStopped = true;
    await Promise.all(begun);
  }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown };

/** Never rejects: a failure that nobody awaits yet must not end the process. */
function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}
