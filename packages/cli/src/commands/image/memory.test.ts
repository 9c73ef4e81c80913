import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage } from '@softpool/media/node';
import { peakOf, TELL_PEAK } from '@softpool/testing/peak-memory';
import { noise, plain, save } from '@softpool/testing/pictures';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';
import { memoryShare } from './memory.ts';
import type { ImageFlags } from './options.ts';
import { resultsOf } from './process.ts';

test('200 images need no more memory than 20', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await save(noise(640, 480), folder, 'picture.jpg');
  const peak = async (count: number): Promise<number> => {
    await mkdir(join(folder, `${count}`));
    for (let i = 0; i < count; i++) await symlink('../picture.jpg', join(folder, `${count}/${i}.jpg`));
    const run = await runImage(folder, `${count} -o out-${count} --factor 4 --jobs 2 --quiet`, { env: { NODE_OPTIONS: TELL_PEAK } });
    expect([run.status, run.problems]).toEqual([0, []]);
    expect(await filesBelow(join(folder, `out-${count}`))).toHaveLength(count);
    return peakOf(run.stderr) / 2 ** 20;
  };
  const [few, many] = [await peak(20), await peak(200)];
  expect(few).toBeGreaterThan(20);
  // If each image leaked its floating-point copy, 180 would leave 633 MB; its 8-bit samples, 158
  // MB. Without a leak the peaks differ by 20 MB.
  expect(many - few).toBeLessThan(90);
});

test('standard input, whose size is unknown, is processed alone, whatever --jobs allows', async () => {
  const folder = await temporaryFolder();
  for (const name of ['b', 'c', 'd']) await plain(folder, `${name}.png`);
  const stdin = await noise(8, 8).png().toBuffer();
  const run = await runImage(folder, '- b.png c.png d.png -o out --factor 2 --jobs 8', {
    stdin: 'open',
    // In parallel, the others would be written by then.
    onStart: (child) => void setTimeout(() => child.stdin.end(stdin), 1500),
  });
  const done = run.stderr.match(/^\S+(?= 4×4 →| 8×8 →)/gm);
  expect(done?.[0]).toBe('-');
  expect(done?.sort()).toEqual(['-', 'b.png', 'c.png', 'd.png']);
});

test('the share of memory of a file follows from the size in its header, and is at most all', async () => {
  const folder = await temporaryFolder();
  await save(noise(1000, 1000), folder, 'in.png');
  const path = join(folder, 'in.png');
  // Three million samples of a byte, twice, and three times a result of at most the same size.
  const megabytes = (await stat(path)).size / 1e6 + 3 * 2 + 3 * 3;
  expect(await memoryShare(path, 1000)).toBe(Math.ceil(megabytes));
  expect(await memoryShare(path, 10)).toBe(10);
  expect(await memoryShare(await readFile(path), 1000)).toBe(Math.ceil(megabytes));
  // Gray is decoded to one sample a pixel, and 16 bits to two bytes.
  const gray = sharp(new Uint16Array(1000 * 1000), { raw: { width: 1000, height: 1000, channels: 1 } }).toColourspace('grey16');
  await save(gray, folder, 'in.png');
  expect(await memoryShare(path, 1000)).toBe(Math.ceil((await stat(path)).size / 1e6 + 2 * 2 + 2 * 3));
  await plain(folder, 'in.png', 2, 2);
  expect(await memoryShare(path, 1000)).toBe(1);
  await writeFile(path, 'Dear reader'); // no size in the header
  expect(await memoryShare(path, 1000)).toBe(1000);
});

test('the samples of a picture are released before its results are encoded', async () => {
  const picture = await readImage(await noise(64, 48).png().toBuffer());
  const memory = picture.data.buffer;
  const sizing = { width: 32, height: 24, pool: { factor: 2 } };
  const outputs = (['png', 'jpeg'] as const).map((format) => ({ path: `out.${format}`, format }));
  const results = resultsOf(picture, '', outputs, sizing, { method: 'soft', pages: 'first' } as ImageFlags);
  for await (const { bytes } of results) {
    expect(picture.data).toHaveLength(0);
    if ('transfer' in memory) expect(memory.byteLength).toBe(0); // at once, in Node 21 and later
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 32, height: 24 });
  }
});

test('the samples of a picture that is not pooled are encoded', async () => {
  const source = await noise(64, 48).raw().toBuffer();
  const picture = await readImage(await noise(64, 48).png().toBuffer());
  const outputs = (['png', 'tiff'] as const).map((format) => ({ path: `out.${format}`, format }));
  const results = resultsOf(picture, '', outputs, { width: 64, height: 48, pool: undefined }, { pages: 'first' } as ImageFlags);
  for await (const { bytes } of results) expect(await sharp(bytes).raw().toBuffer()).toEqual(source);
});
