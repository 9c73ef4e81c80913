import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import { expect } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

/**
 * Makes each read of the two files wait briefly for the other, and prints the largest number of
 * simultaneous reads.
 */
const COUNT_READERS = `
  import files from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { readFile } = files;
  let readers = 0, most = 0, meet;
  const met = new Promise((resolve) => { meet = resolve; });
  files.readFile = async (...args) => {
    // Node reads modules with it.
    if (!['a.png', 'b.png'].includes(args[0])) return readFile(...args);
    most = Math.max(most, ++readers);
    if (readers > 1) meet();
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, Number(process.env.WAIT));
      met.then(() => { clearTimeout(timer); resolve(); });
    });
    return readFile(...args).finally(() => readers--);
  };
  syncBuiltinESMExports();
  process.on('exit', () => process.stderr.write('at most ' + most + ' at a time'));`;

const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(COUNT_READERS)}`;

testFirst(2, [
  ['--jobs 2', 2],
  ['--jobs 1', 1],
  ['--jobs 2 --memory 1', 1], // each file counts as one megabyte
  ['--jobs 2 --compare', 1], // nothing may disturb the measured times
])('%s processes at most %i of two files at once', async (flags, most) => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.png']) await plain(folder, name, 16, 16);
  // Two that should meet wait for each other however long it takes.
  const WAIT = most > 1 ? '600000' : '500';
  const { status, stderr } = await runImage(folder, `a.png b.png -o out --factor 2 ${flags}`, { env: { NODE_OPTIONS, WAIT } });
  expect([status, stderr.split('\n').at(-1)]).toEqual([0, `at most ${most} at a time`]);
  expect(await filesBelow(join(folder, 'out'))).toHaveLength(2);
});
