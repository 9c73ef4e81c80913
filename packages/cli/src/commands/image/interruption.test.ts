import { watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, noise, plain } from '@softpool/testing/pictures';
import { expect, onTestFinished, test } from 'vitest';
import { filesBelow, type Result, runImage, temporaryFolder } from '../../testing/run-cli.ts';

const TEMPORARY = /^\.softpool-[-0-9a-f]+\.tmp$/;

/** A small image, and one whose result takes a while to write: 3 MB. */
async function pictures(folder: string): Promise<void> {
  await plain(folder, 'a.png');
  await writeFile(join(folder, 'large.tif'), await noise(1000, 1000).tiff({ compression: 'none' }).toBuffer());
  await mkdir(join(folder, 'out'));
}

/**
 * Lets the command write `a.png`, and sends `signal` as soon as it starts the next file. Standard
 * input comes last and does not end, so the command cannot finish before the signal. More signals
 * follow during cleanup, as from npm or an impatient user.
 */
function interrupt(folder: string, signal: NodeJS.Signals): Promise<Result> {
  return runImage(folder, 'a.png large.tif - -o out --factor 1 --jobs 1', {
    stdin: 'open',
    onStart: (child) => {
      const temporaries = new Set<string>();
      const watcher = watch(join(folder, 'out'), (_, name) => {
        if (name !== null && TEMPORARY.test(name)) temporaries.add(name);
        if (temporaries.size > 1) child.kill(signal);
      });
      onTestFinished(() => watcher.close());
    },
  });
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s during a write keeps finished files and leaves nothing else', async (signal, status) => {
  const folder = await temporaryFolder();
  await pictures(folder);
  const run = await interrupt(folder, signal);
  expect(run.status).toBe(status);
  expect(run.stdout.length).toBe(0);
  expect(run.stderr).toMatch(/^a\.png 4×4 → out\/a\.png 4×4 \(\d+ ms\)\n/);
  expect(run.problems).toEqual([]);
  expect(run.stderr).not.toContain(' at ');
  const { pixels } = await look(join(folder, 'out/a.png'));
  expect(pixels).toEqual(Array.from({ length: 16 }, () => [200, 100, 50]));
  // The large file is complete if it was written before the signal, or missing.
  expect(['a.png', 'a.png large.tif']).toContain((await filesBelow(join(folder, 'out'))).join(' '));
  if (run.stderr.includes('large.tif')) expect(await look(join(folder, 'out/large.tif'))).toMatchObject({ width: 1000, height: 1000 });
});

test('a signal ends the command at once, even while an image is encoded', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  // Encoding it as AVIF takes minutes.
  await writeFile(join(folder, 'slow.png'), await noise(4000, 3000).png({ compressionLevel: 1 }).toBuffer());
  const { status } = await runImage(folder, 'a.png slow.png -o out --factor 1 --format avif --quality 100 --jobs 1', {
    onDone: (child) => void setTimeout(() => child.kill('SIGINT'), 1500),
  });
  // The slow one would be there if the command had waited for it.
  expect(status).toBe(130);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.avif']);
});

test('kill -9 during a write leaves a hidden file, which a second run removes as it completes the work', async () => {
  const folder = await temporaryFolder();
  await pictures(folder);
  const out = join(folder, 'out');
  expect((await interrupt(folder, 'SIGKILL')).status).toBe(137);
  const left = (await filesBelow(out)).filter((name) => !TEMPORARY.test(name));
  expect(left[0]).toBe('a.png');
  for (const name of left) await look(join(out, name));

  // Without --force, finished files are refused and the rest is written.
  const stdin = await noise(8, 8).png().toBuffer();
  const second = await runImage(folder, 'a.png large.tif - -o out --factor 1', { stdin });
  expect(second.status).toBe(1);
  const refusals = left.map((name) => `softpool: ${name}: out/${name} already exists; use --force to replace it`);
  expect(second.problems).toEqual(refusals);
  const all = ['a.png', 'large.tif', 'standard-input.png'];
  expect(await filesBelow(out)).toEqual(all); // what was left is gone

  // With --force, all files are written again.
  await writeFile(join(out, 'a.png'), 'half a pic');
  const third = await runImage(folder, 'a.png large.tif - -o out --factor 1 --force', { stdin });
  expect([third.status, third.problems]).toEqual([0, []]);
  expect((await look(join(out, 'a.png'))).pixels).toEqual(Array.from({ length: 16 }, () => [200, 100, 50]));
  expect(await look(join(out, 'large.tif'))).toMatchObject({ width: 1000, height: 1000 });
  expect(await look(join(out, 'standard-input.png'))).toMatchObject({ width: 8, height: 8 });
});
