/** Runs asynchronous work ahead of its consumer, in order and within bounds. */

/** The bounds. */
export interface ReadAheadOptions {
  /** Most items in progress at the same time. */
  readonly concurrency: number;
  /** Most items in progress or waiting for the consumer, which bounds memory. */
  readonly ahead: number;
}

/**
 * Yields `work(0)`, `work(1)`, … below `count`, in this order whatever finishes first. A failure is
 * thrown in its turn. The iteration ends only after all work in progress has ended.
 */
export async function* readAhead<T>(
  count: number,
  { concurrency, ahead }: ReadAheadOptions,
  work: (position: number) => Promise<T>,
): AsyncGenerator<T, void, undefined> {
  const started: Promise<Settled<T>>[] = [];
  let next = 0;
  let consumed = 0;
  let running = 0;
  let isStopped = false;
  const start = (): void => {
    while (!isStopped && next < count && running < concurrency && next - consumed < ahead) {
      running++;
      started.push(settled(work(next++)).finally(ended));
    }
  };
  const ended = (): void => {
    running--;
    start();
  };
  try {
    start();
    while (consumed < count) {
      // `ahead` ≥ 1, so the next one has started.
      const result = (await started.shift()) as Settled<T>;
      consumed++;
      start();
      if ('error' in result) throw result.error;
      yield result.value;
    }
  } finally {
    isStopped = true;
    await Promise.all(started);
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
