import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { look, noise, plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

/** The bytes of all files below a folder, by path. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await filesBelow(folder);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64').catch(() => 'dangling')));
  return Object.fromEntries(names.map((name, i) => [name, files[i] as string]));
}

test('existing files, links and non-images are not replaced without --force; the other files are written', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) await plain(folder, `in/${name}`);
  await plain(folder, 'out/a.png', 1, 1);
  await writeFile(join(folder, 'out/b.png'), 'a letter');
  await symlink('nowhere.png', join(folder, 'out/c.png'));
  const before = await contents(folder);
  const { status, stderr, problems } = await runImage(folder, 'in -o out --factor 2');
  expect(status).toBe(1);
  expect(problems.sort()).toEqual(
    ['a', 'b', 'c'].map((name) => `softpool: in/${name}.png: out/${name}.png already exists; use --force to replace it`),
  );
  expect(stderr).toContain('in/d.png 4×4 → out/d.png 2×2');
  const { 'out/d.png': written, ...others } = await contents(folder);
  expect(written).toBeDefined();
  expect(others).toEqual(before);

  const forced = await runImage(folder, 'in -o out --factor 2 --force');
  expect([forced.status, forced.problems]).toEqual([0, []]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'b.png', 'c.png', 'd.png']);
  for (const name of ['a', 'b', 'c', 'd']) expect(await look(join(folder, `out/${name}.png`))).toMatchObject({ width: 2, height: 2 });
  // The link was replaced, not its target.
  expect((await lstat(join(folder, 'out/c.png'))).isFile()).toBe(true);
});

test('a file that appears during processing is not replaced either', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  const out = join(folder, 'out/standard-input.png');
  const stdin = await noise(8, 8).png().toBuffer();
  const { status, problems } = await runImage(folder, 'a.png - -o out --factor 2 --jobs 1', {
    stdin: 'open',
    // By then the command has checked the output, and waits for standard input.
    onDone: (child) => void sleep(300).then(() => writeFile(out, 'a letter').finally(() => child.stdin.end(stdin))),
  });
  expect([status, problems]).toEqual([1, ['softpool: -: out/standard-input.png already exists; use --force to replace it']]);
  expect(await readFile(out, 'utf8')).toBe('a letter');
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'standard-input.png']);
});

test('a result does not replace its own input, however the paths are spelled, except with --force', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'in/b.png', 'in/deep/c.png']) await plain(folder, name);
  await symlink('a.png', join(folder, 'link.png'));
  const before = await contents(folder);
  for (const [line, output] of [
    ['a.png -o a.png', 'a.png'],
    ['./in/../a.png -o a.png', 'a.png'],
    ['a.png -o .', 'a.png'],
    ['in -o in/', 'in/b.png'],
  ]) {
    const { status, stderr } = await runImage(folder, `${line} --factor 2`);
    expect(status).toBe(1);
    expect(stderr).toContain(`: ${output} already exists; use --force to replace it\n`);
  }
  for (const [line, refusal] of [
    ['a.png -o link.png', 'a.png: link.png'],
    ['link.png -o a.png', 'link.png: a.png'],
  ]) {
    const { status, stderr } = await runImage(folder, `${line} --factor 2`);
    expect([status, stderr]).toEqual([1, `softpool: ${refusal} already exists; use --force to replace it\n`]);
  }
  expect(await contents(folder)).toEqual(before);

  expect((await runImage(folder, 'a.png in/b.png -o . --factor 2 --force')).status).toBe(0);
  expect((await runImage(folder, 'in -o in --factor 2 --force')).status).toBe(0);
  for (const name of ['a.png', 'b.png', 'in/b.png', 'in/deep/c.png']) {
    expect(await look(join(folder, name))).toMatchObject({ width: 2, height: 2 });
  }
});

test('an output folder inside the input folder is not read by the next run', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'deep/b.png']) await plain(folder, `in/${name}`);
  for (const line of ['in', 'in --force', './in/ --force', 'in/** --force', 'in/**/*.png --force']) {
    const { status, problems } = await runImage(folder, `${line} -o in/small --factor 2`);
    expect([status, problems]).toEqual([0, []]);
    expect(await filesBelow(join(folder, 'in'))).toEqual(['a.png', 'deep/b.png', 'small/a.png', 'small/deep/b.png']);
    expect(await look(join(folder, 'in/small/a.png'))).toMatchObject({ width: 2, height: 2 });
  }
  // Results are read if they are named.
  expect((await runImage(folder, 'in/small/*.png -o in/small --factor 2 --format jpg')).status).toBe(0);
  expect(await look(join(folder, 'in/small/a.jpg'))).toMatchObject({ width: 1, height: 1 });
});

test('missing folders are created', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  expect((await runImage(folder, 'a.png -o x/y/z.jpg --factor 2')).status).toBe(0);
  expect((await runImage(folder, 'a.png -o u/v/ --factor 2')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['a.png', 'u/v/a.png', 'x/y/z.jpg']);
});

const DRY = ' (dry run: nothing was written)';

test('--dry-run writes nothing, and prints paths, sizes and conflicts', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.jpg', 'deep/c.tif']) await plain(folder, `in/${name}`);
  await plain(folder, 'out/a.webp', 1, 1);
  const before = await contents(folder);
  const flags = '-o out --factor 2 --format webp --dry-run';
  const refusal = 'out/a.webp already exists; use --force to replace it';
  const told = await runImage(folder, `in none.png ${flags}`);
  expect([told.status, told.stdout.toString()]).toEqual([
    1,
    `in/b.jpg 4×4 → out/b.webp 2×2${DRY}\nin/deep/c.tif 4×4 → out/deep/c.webp 2×2${DRY}\n`,
  ]);
  expect(told.stderr).toBe(`softpool: none.png: no such file or folder\nsoftpool: in/a.png: ${refusal}\n`);

  const inJson = await runImage(folder, `in ${flags} --json`);
  expect(inJson.status).toBe(1);
  expect(JSON.parse(inJson.stdout.toString())).toEqual({
    dryRun: true,
    files: [
      { input: 'in/b.jpg', output: 'out/b.webp', from: { width: 4, height: 4 }, to: { width: 2, height: 2 } },
      { input: 'in/deep/c.tif', output: 'out/deep/c.webp', from: { width: 4, height: 4 }, to: { width: 2, height: 2 } },
    ],
    skipped: [],
    failures: [{ input: 'in/a.png', reason: refusal }],
  });

  const forced = await runImage(folder, `in ${flags} --force`);
  expect([forced.status, forced.stderr]).toEqual([0, '']);
  expect(forced.stdout.toString()).toBe(
    `in/a.png 4×4 → out/a.webp 2×2${DRY}\nin/b.jpg 4×4 → out/b.webp 2×2${DRY}\nin/deep/c.tif 4×4 → out/deep/c.webp 2×2${DRY}\n`,
  );

  const compared = await runImage(folder, 'in/a.png -o elsewhere/ --factor 2 --compare --dry-run');
  expect([compared.status, compared.stdout.toString()]).toEqual([0, `in/a.png 4×4 → elsewhere/a.compare.png 2×2${DRY}\n`]);
  expect(await contents(folder)).toEqual(before);
});

test('--dry-run fails where the run would: a folder is a file, is locked, or a name is too long', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  await plain(folder, 'a/b.png/c.png');
  await mkdir(join(folder, 'locked'), { mode: 0o555 });
  for (const output of ['a.png/b.png', 'a.png/b/c.png', 'locked/b/a.png', `${'n'.repeat(260)}.png`, 'a/b.{ext}']) {
    const args = `a.png -o ${output} --factor 2 --force`;
    const options = output.startsWith('locked') ? { unprivileged: true } : undefined;
    const planned = await runImage(folder, `${args} --dry-run`, options);
    const run = await runImage(folder, args, options);
    expect([planned.status, planned.stderr]).toEqual([1, expect.stringMatching(/^softpool: a\.png: cannot write /)]);
    expect([planned.status, planned.stderr]).toEqual([run.status, run.stderr]);
  }
  for (const output of ['new/folders/a.png', 'a/c.png', '/dev/null']) {
    expect((await runImage(folder, `a.png -o ${output} --factor 2 --format png --dry-run`)).status).toBe(0);
  }
  expect(await filesBelow(folder)).toEqual(['a.png', 'a/b.png/c.png']);
});

test('--dry-run does not read a pipe', async () => {
  const folder = await temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'pipe')]); // reading it would wait for ever
  const { status, stdout } = await runImage(folder, 'pipe -o out.png --factor 2 --dry-run');
  expect([status, stdout.toString()]).toEqual([0, `pipe → out.png${DRY}\n`]);
});

test('--quiet prints only errors, and JSON with --json', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.png']) await plain(folder, name, 16, 16);
  for (const line of ['a.png b.png -o out', 'a.png b.png -o sheets --compare', 'a.png -o planned/ --dry-run']) {
    const { status, stdout, stderr } = await runImage(folder, `${line} --factor 2 --quiet`);
    expect([line, status, stdout.toString(), stderr]).toEqual([line, 0, '', '']);
  }
  const { status, stdout, stderr } = await runImage(folder, 'a.png none.png -o more --factor 2 --quiet');
  expect([status, stdout.toString(), stderr]).toEqual([1, '', 'softpool: none.png: no such file or folder\n']);
  const inJson = await runImage(folder, 'b.png -o more --factor 2 --quiet --json');
  expect([inJson.status, inJson.stderr]).toEqual([0, '']);
  expect(JSON.parse(inJson.stdout.toString())).toMatchObject({ files: [{ input: 'b.png', output: 'more/b.png' }], failures: [] });
  expect(await filesBelow(folder)).toEqual(
    ['a.png', 'b.png', 'more/a.png', 'more/b.png', 'out/a.png', 'out/b.png', 'sheets/a.compare.png', 'sheets/b.compare.png'].sort(),
  );
});
