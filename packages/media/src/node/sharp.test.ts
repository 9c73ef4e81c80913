// Work of sharp that libvips has lost: it goes on with the next work, so there must be some.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { completed } from './sharp.ts';

test('while work waits, sharp gets other work, and none after it', async () => {
  let changes = 0;
  const lost = new Promise<string>((resolve) => {
    sharp.queue.on('change', () => {
      changes += 1;
      resolve('done');
    });
  });
  const wait = () => new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await completed(lost)).toBe('done');
  await wait();
  const before = changes;
  await wait();
  expect(changes).toBe(before);
});

test('work that fails is an error', async () => {
  await expect(completed(sharp(Buffer.from('no image')).toBuffer())).rejects.toThrow('unsupported image format');
});
