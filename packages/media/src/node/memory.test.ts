import { memoryUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Picture, poolImage, readImage, resizeImage } from './index.ts';

const MEGABYTE = 1e6;

test.each([
  ['poolImage', (image: Picture) => poolImage(image, { factor: 4 })],
  ['resizeImage', (image: Picture) => resizeImage(image, { factor: 4 })],
])('%s on 200 photographs leaks no memory', async (_, makeSmaller) => {
  const photograph = await readImage(fileURLToPath(new URL('../../../../examples/photographs/astronaut.png', import.meta.url)));
  const repeat = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await makeSmaller(photograph);
  };
  // Compiles the kernels, and grows the heap and native memory to their working size.
  await repeat(50);
  const before = resident();
  await repeat(200);
  const grown = resident() - before;
  // If each call leaked a copy of its samples, 200 calls would keep 157 MB. Without a leak,
  // resident memory varies by 20 MB.
  expect(grown).toBeLessThan(100 * MEGABYTE);
});

test('poolImage takes no memory but the result and the kernel', () => {
  const image = { data: new Uint8Array(2000 * 1500 * 3), width: 2000, height: 1500, channels: 3 } as const;
  const before = memoryUsage().arrayBuffers;
  const { data } = poolImage(image, { factor: 2 });
  // The image is 9 MB. WebAssembly memory, 2 MB, is not counted here.
  expect(memoryUsage().arrayBuffers - before - data.length).toBeLessThan(0.1 * MEGABYTE);
});

function resident(): number {
  globalThis.gc?.();
  return memoryUsage.rss();
}
