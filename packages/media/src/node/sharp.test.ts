// libvips can lose a task of sharp, and runs it with the next one.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { completed } from './sharp.ts';

test('while a call waits, sharp gets another one, and none after it', async () => {
  let changes = 0;
  const count = () => {
    changes += 1;
  };
  sharp.queue.on('change', count);
  const lost = new Promise<string>((resolve) => sharp.queue.once('change', () => resolve('done')));
  const wait = () => new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await completed(lost)).toBe('done');
  await wait();
  const before = changes;
  await wait();
  expect(changes).toBe(before);
  sharp.queue.off('change', count);
});

test('a call that fails is an error', async () => {
  await expect(completed(sharp(Buffer.from('no image')).toBuffer())).rejects.toThrow('unsupported image format');
});
