/** Clocks of pages may tick once in a millisecond or less often, so runs are repeated. */
const LEAST_MILLISECONDS = 30;

/** What a run gives, and the mean time of one. */
export async function timed<T>(run: () => T | Promise<T>): Promise<readonly [result: T, milliseconds: number]> {
  const before = performance.now();
  let start = before;
  while (start === before) start = performance.now(); // a tick
  for (let runs = 1; ; runs++) {
    const result = await run();
    const elapsed = performance.now() - start;
    if (elapsed >= LEAST_MILLISECONDS) return [result, elapsed / runs];
  }
}
