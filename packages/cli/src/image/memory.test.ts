import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noise, plain, save } from '../testing/pictures.ts';
import { filesBelow, runImage, temporaryFolder } from '../testing/run-cli.ts';

/** Has the command say, as its last words, the most memory that it ever had. */
const TELL_PEAK = `--import=data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write(readFileSync('/proc/self/status')))`;

test('200 pictures take no more memory than 20', async () => {
  const folder = await temporaryFolder();
  await save(noise(640, 480), folder, 'picture.jpg');
  const peak = async (count: number): Promise<number> => {
    await mkdir(join(folder, `${count}`));
    for (let i = 0; i < count; i++) await symlink('../picture.jpg', join(folder, `${count}/${i}.jpg`));
    const run = await runImage(folder, `${count} -o out-${count} --factor 4 --jobs 2 --quiet`, { env: { NODE_OPTIONS: TELL_PEAK } });
    expect([run.status, run.problems]).toEqual([0, []]);
    expect(await filesBelow(join(folder, `out-${count}`))).toHaveLength(count);
    return Number(/VmHWM:\s+(\d+) kB/.exec(run.stderr)?.[1]) / 1024;
  };
  const [few, many] = [await peak(20), await peak(200)];
  expect(few).toBeGreaterThan(20);
  // If each picture left its floating-point copy behind, 180 would leave 633 MB, and its 8-bit samples 158 MB. Without a leak they differ by
  // 20 MB, as the collector sees fit.
  expect(many - few).toBeLessThan(90);
});

test('--memory keeps files apart that would take too much together, whatever --jobs allows', async () => {
  const folder = await temporaryFolder();
  await save(noise(1200, 900), folder, 'in/a.png');
  for (const name of ['b', 'c', 'd']) await plain(folder, `in/${name}.png`);
  // Side by side the small ones would be done long before the large one; here each has a megabyte to itself, in turn.
  const { stderr } = await runImage(folder, 'in -o out --factor 2 --jobs 8 --memory 1');
  expect(stderr.match(/\w+(?=\.png \d+×)/g)).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd']);
});
