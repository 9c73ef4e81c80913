/** Clocks of pages may tick once in a millisecond, so runs are repeated for this long. */
const LEAST_MILLISECONDS = 30;

/** What a run gives, and the mean time of one. */
export async function timed<T>(run: () => T | Promise<T>): Promise<readonly [result: T, milliseconds: number]> {
  const start = performance.now();
  for (let runs = 1; ; runs++) {
    const result = await run();
    const elapsed = performance.now() - start;
    if (elapsed >= LEAST_MILLISECONDS) return [result, elapsed / runs];
  }
}
