/** The part of the benchmark that runs in a page: `measurePage` becomes a global function. */
import { callsOn, testImage } from './pixels.ts';

Object.assign(globalThis, { measurePage });

/** Milliseconds of each call on an ImageData, in `rounds` rounds after one that warms up. */
async function measurePage(width: number, height: number, rounds: number) {
  const { data } = testImage(width, height);
  const calls = callsOn(new ImageData(data, width, height));
  const samples: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, call] of Object.entries(calls)) {
      const start = performance.now();
      await call();
      if (round > 0) samples[name] = [...(samples[name] ?? []), performance.now() - start];
    }
  }
  return samples;
}
