import { expect, test } from 'vitest';
import { limited } from './limited.ts';

test('no more work runs at a time than is allowed, all of it runs, and failures free their place', async () => {
  const atMost = limited(3);
  let [running, most] = [0, 0];
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      atMost(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, i % 4));
        running--;
        if (i % 5 === 0) throw new Error(`${i}`);
        return i;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual(
    Array.from({ length: 20 }, (_, i) => (i % 5 === 0 ? 'failed' : i)),
  );
});
