import { expect, test } from 'vitest';
import { withMemoryErrors } from './out-of-memory.ts';

/** What a module of Emscripten without room throws. */
async function abort(): Promise<never> {
  throw new WebAssembly.RuntimeError('Aborted(). Build with -sASSERTIONS for more info.');
}

test('a backend that aborts has no memory left, and the error says what to try', async () => {
  await expect(withMemoryErrors(32, abort)).rejects.toThrow(
    'the backend ran out of memory: a batch of 32 samples takes more than the 4 GiB of WebAssembly; try a smaller batch size or input',
  );
  await expect(withMemoryErrors(1, abort)).rejects.toThrow('the backend ran out of memory: one sample takes more than');
});

test('other errors and results are passed on', async () => {
  const error = new Error('damaged');
  await expect(withMemoryErrors(1, () => Promise.reject(error))).rejects.toBe(error);
  expect(await withMemoryErrors(1, async () => 7)).toBe(7);
});
