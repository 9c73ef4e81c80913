import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { look, plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';
import { originalsAmong } from './names.ts';

/** Runs `softpool image --factor 2` without a shell. */
function image(folder: string, ...words: string[]): Promise<Result> {
  return runCli(folder, ['image', '--factor', '2', ...words]);
}

test('the time to find originals is linear in the number of inputs', () => {
  let looks = 0;
  const inputs = Array.from({ length: 1000 }, (_, i) => ({
    relativePath: '',
    get path() {
      looks++;
      return `in/${i % 10 === 0 ? i : `${i}-${i - (i % 10)}x1`}.png`;
    },
  }));
  const originalOf = originalsAmong([...inputs, { path: 'in/500.compare.webp', relativePath: '' }]);
  const found = inputs.map((input) => originalOf(input));
  expect(found.filter((original) => original !== undefined)).toEqual([]);
  expect(looks).toBeLessThan(10_000);
  expect(originalOf({ path: 'in/500-3x2.jpg', relativePath: '' })?.path).toBe('in/500.png');
});

/** The names of the files that were written. */
function done({ stderr }: Result): string[] {
  const lines = stderr.split('\n').filter((line) => line.includes(' 4×4 → '));
  return lines.map((line) => /^(.*) 4×4 → /.exec(line)?.[1] ?? `not a line: ${line}`).sort();
}

const COMPOSED = 'caf\u00e9.png';
const DECOMPOSED = 'cafe\u0301.png';

test('a file named like an option is read after --, or with its folder', async () => {
  const folder = await temporaryFolder();
  for (const name of ['--factor.png', '-x.png', '--']) await plain(folder, name);
  const apart = await image(folder, '-o', 'apart', '--', '--factor.png', '-x.png', '--');
  expect([apart.status, done(apart)]).toEqual([0, ['--', '--factor.png', '-x.png']]);
  expect(await filesBelow(join(folder, 'apart'))).toEqual(['--.png', '--factor.png', '-x.png']);
  const withFolder = await image(folder, '-o', './-y.png', './-x.png');
  expect([withFolder.status, done(withFolder)]).toEqual([0, ['./-x.png']]);
  expect(await look(join(folder, '-y.png'))).toMatchObject({ width: 2, height: 2 });
  const without = await image(folder, '-o', 'out.png', '-x.png');
  expect([without.status, without.stderr]).toEqual([2, "softpool: unknown option '-x.png'\n(see softpool image --help)\n"]);
});

test('names may have spaces, quotes, letters of any script and pattern characters', async () => {
  const folder = await temporaryFolder();
  const names = ['two  words .png', '$(ls);"\'&|.png', '*.png', '[1].png', '{a,b}.png', 'a?.png', '写真.png', '🐈.png', 'שלום.png'];
  names.push(COMPOSED, DECOMPOSED);
  for (const name of names) await plain(folder, name);
  const named = await image(folder, '-o', 'named', ...names);
  expect([named.status, done(named)]).toEqual([0, [...names].sort()]);
  expect(await filesBelow(join(folder, 'named'))).toEqual([...names].sort());
  const found = await image(folder, '-o', 'found', 'named');
  expect(found.status).toBe(0);
  expect(await filesBelow(join(folder, 'found'))).toEqual([...names].sort());
});

test('control characters in a name are kept in files and escaped on the screen', async () => {
  const folder = await temporaryFolder();
  const red = '\u001b[31mred\nsoftpool: lie.png'; // a color, and a forged second line
  const backwards = 'x\u202egnp.png';
  for (const name of [red, backwards]) await plain(folder, name);
  const visible = ['\\u{1b}[31mred\\u{a}softpool: lie.png', 'x\\u{202e}gnp.png'];
  const run = await image(folder, '-o', 'out', red, backwards);
  expect([run.status, done(run)]).toEqual([0, visible]);
  for (const invisible of ['\u001b', '\u202e']) expect(run.stderr).not.toContain(invisible);
  expect(run.stderr.split('\n')).toHaveLength(4); // two files, the summary, and nothing after it
  expect(await filesBelow(join(folder, 'out'))).toEqual([red, backwards]);

  const again = await image(folder, '-o', 'out', red, `none${red}`);
  expect(again.stderr).toBe(
    `softpool: none${visible[0]}: no such file or folder\nsoftpool: ${visible[0]}: out/${visible[0]} already exists; use --force to replace it\n0 files; 2 failed\n`,
  );
  const plan = await image(folder, '-o', 'planned/', '--dry-run', red);
  expect(plan.stdout.toString()).toBe(`${visible[0]} 4×4 → planned/${visible[0]} 2×2 (dry run: nothing was written)\n`);
});

test('links to files are followed; broken and circular links are reported', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'elsewhere/real.png');
  await mkdir(join(folder, 'in'));
  await symlink('../elsewhere/real.png', join(folder, 'in/link.png'));
  await symlink('link.png', join(folder, 'in/link to link.png'));
  await symlink('nowhere.png', join(folder, 'in/dangling.png'));
  await symlink('loop.png', join(folder, 'in/loop.png'));
  const found = await image(folder, '-o', 'found', 'in');
  expect([found.status, done(found)]).toEqual([1, ['in/link to link.png', 'in/link.png']]);
  expect(found.problems.sort()).toEqual([
    'softpool: in/dangling.png: no such file or folder',
    'softpool: in/loop.png: too many symbolic links',
  ]);
  const named = await image(folder, '-o', 'named', 'in/link.png', 'in/dangling.png', 'in/loop.png');
  expect([named.status, done(named)]).toEqual([1, ['in/link.png']]);
  expect(named.problems).toEqual(['softpool: in/dangling.png: no such file or folder', 'softpool: in/loop.png: too many symbolic links']);
  expect(await filesBelow(join(folder, 'found'))).toEqual(['link to link.png', 'link.png']);
  expect(await filesBelow(join(folder, 'named'))).toEqual(['link.png']);
  expect(await look(join(folder, 'elsewhere/real.png'))).toMatchObject({ width: 4, height: 4 });
});

test('a link to a folder is followed if it is named, but not inside a folder', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/a.png');
  await symlink('..', join(folder, 'in/up'));
  await symlink('in', join(folder, 'album'));
  const run = await image(folder, '-o', 'out', 'album');
  expect([run.status, run.problems, done(run)]).toEqual([0, [], ['album/a.png']]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png']);
});

test('a folder named x.png is searched; a named file needs no extension', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/x.png/a.png');
  await plain(folder, 'in/picture');
  const found = await image(folder, '-o', 'found', 'in');
  // Only image extensions count in a folder.
  expect([found.status, done(found)]).toEqual([0, ['in/x.png/a.png']]);
  const named = await image(folder, '-o', 'named', 'in/x.png', 'in/picture');
  expect([named.status, done(named)]).toEqual([0, ['in/picture', 'in/x.png/a.png']]);
  expect(await filesBelow(join(folder, 'named'))).toEqual(['a.png', 'picture.png']);
  const into = await image(folder, '-o', 'in/x.png', 'in/picture');
  expect([into.status, await filesBelow(join(folder, 'in/x.png'))]).toEqual([0, ['a.png', 'picture.png']]);
});

test('a glob pattern is expanded, and keeps the folders below its fixed part', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/b.jpg', 'in/deep/c.png', 'in/deep/er/d.png', 'e.png']) await plain(folder, name);
  const flat = await image(folder, '-o', 'flat', 'in/*.{png,jpg}');
  expect([flat.status, await filesBelow(join(folder, 'flat'))]).toEqual([0, ['a.png', 'b.jpg']]);
  const deep = await image(folder, '-o', 'below', 'in/**/*.png');
  expect([deep.status, await filesBelow(join(folder, 'below'))]).toEqual([0, ['a.png', 'deep/c.png', 'deep/er/d.png']]);
  const twice = await image(folder, '-o', 'once', 'in/*.png', 'in/a.png', './in/../in/a.png');
  expect([twice.status, done(twice)]).toEqual([0, ['in/a.png']]);
});
