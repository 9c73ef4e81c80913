import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { look, noise, plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runImage, temporaryFolder } from '../../testing/run-cli.ts';

const DONE = /^\S+ \d+×\d+ → \S+ \d+×\d+ \(\d+ ms\)$/;
const SUMMARY = /^\d+ files?(, .* → .* s)?(; \d+ failed)?$/;

/** The lines on stderr; each must be a written file or a problem, before the summary. */
function lines({ stderr }: Result): { done: string[]; problems: string[] } {
  expect(stderr.endsWith('\n')).toBe(true);
  const all = stderr.slice(0, -1).split('\n');
  expect(all.pop()).toMatch(SUMMARY);
  const done = all.filter((line) => DONE.test(line));
  const problems = all.filter((line) => line.startsWith('softpool: '));
  expect(done.length + problems.length).toBe(all.length);
  return { done: done.map((line) => line.split(' ')[0]!).sort(), problems: problems.sort() };
}

/** A PNG with a wrong size in its header. */
function forged(png: Buffer, width: number, height: number): Buffer {
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

test('every bad file is reported in one line with its path; the others are written', async () => {
  const folder = await temporaryFolder();
  const png = await noise(64, 48).png().toBuffer();
  const jpeg = await noise(64, 48).jpeg().toBuffer();
  const files: [name: string, bytes: Uint8Array | string][] = [
    ['a.png', png],
    ['bomb.png', forged(png, 30_000, 30_000)],
    ['cut.jpg', jpeg.subarray(0, jpeg.length / 2)],
    ['cut.png', png.subarray(0, png.length / 2)],
    ['empty.png', ''],
    ['locked.png', png],
    ['text.jpg', 'Dear reader'],
    ['z.jpg', jpeg],
  ];
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  await chmod(join(folder, 'locked.png'), 0);
  await mkdir(join(folder, 'closed'), { mode: 0 });
  await mkdir(join(folder, 'no-images'));
  await writeFile(join(folder, 'no-images/notes.txt'), 'none here');
  const names = files.map(([name]) => name).join(' ');
  const run = await runImage(folder, `${names} none.png a.png/b.png closed no-images no*.gif -o out --factor 2`, { unprivileged: true });
  await chmod(join(folder, 'closed'), 0o755);
  expect([run.status, run.stdout.length]).toEqual([1, 0]);
  const { done, problems } = lines(run);
  expect(done).toEqual(['a.png', 'z.jpg']);
  expect(problems).toEqual([
    'softpool: a.png/b.png: a part of the path is a file, not a folder',
    'softpool: bomb.png: the image has 30000 × 30000 pixels; the limit is 268402689',
    'softpool: closed: permission denied',
    expect.stringMatching(/^softpool: cut\.jpg: the image is damaged: \S+/),
    expect.stringMatching(/^softpool: cut\.png: the image is damaged: \S+/),
    'softpool: empty.png: the file is empty',
    'softpool: locked.png: permission denied',
    'softpool: no*.gif: no file matches this pattern',
    'softpool: no-images: no image in this folder',
    'softpool: none.png: no such file or folder',
    'softpool: text.jpg: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
  ]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'z.jpg']);
  for (const name of ['a.png', 'z.jpg']) expect(await look(join(folder, 'out', name))).toMatchObject({ width: 32, height: 24 });
});

/** A drawing that takes minutes to decode. */
function slowDrawing(): string {
  const blurred = '<rect width="100%" height="100%" filter="url(#f)"/>'.repeat(60);
  const filter = '<filter id="f"><feGaussianBlur stdDeviation="40"/></filter>';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="4000">${filter}${blurred}</svg>`;
}

/** The exit code of a run that ends while an image is still being decoded. */
const FAILED_LATE = 'execve' in process ? 1 : 143;

test('an image that takes too long is refused after --timeout, and the command ends at once', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'slow.svg'), slowDrawing());
  await plain(folder, 'a.png');
  const run = await runImage(folder, 'slow.svg a.png -o out --factor 2 --format png --timeout 1');
  expect(lines(run).problems).toEqual(['softpool: slow.svg: decoding takes longer than the time limit']);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png']);
  expect(run.status).toBe(FAILED_LATE);
});

test('a shard with such an image ends at once too, and its ledger names the image', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'slow.svg'), slowDrawing());
  await plain(folder, 'a.png');
  const run = await runImage(folder, 'slow.svg a.png -o out --factor 2 --format png --timeout 1 --shard 1/1');
  expect(run.problems).toEqual(['softpool: 00001: slow.svg: decoding takes longer than the time limit']);
  expect(run.status).toBe(FAILED_LATE);
  expect(await filesBelow(join(folder, 'out'))).toContain('a.png');
});

/** The exit code of `endAtOnce(1)` in a process that runs other code before. */
function endAtOnceAfter(code: string): number | null {
  const program = `${code}; (await import(process.argv[1])).endAtOnce(1)`;
  const built = new URL('../../../dist/shared/end-at-once.js', import.meta.url);
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program, built.href]).status;
}

test('a process that can become another ends with the exit code of the run', () => {
  // What execve does: the status is that of the other program.
  const become = '(file, args) => process.reallyExit(spawnSync(file, args.slice(1)).status)';
  expect(endAtOnceAfter(`import { spawnSync } from 'node:child_process'; process.execve = ${become}`)).toBe(1);
});

test('the first process of a container, which survives its own signals, ends by itself', () => {
  expect(endAtOnceAfter('process.kill = () => true')).toBe(FAILED_LATE);
});

test('a folder may have more files than a call can have arguments', { tags: 'deep' }, async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in/below'), { recursive: true });
  for (let i = 0; i < 130_000; i++) writeFileSync(join(folder, `in/below/${i}.png`), '');
  const { status, stderr } = await runImage(folder, 'in -o out --factor 2');
  expect(status).toBe(1);
  expect(stderr).toMatch(/softpool: in\/below\/\d+\.png: the file is empty\n0 files; 130000 failed\n$/);
});

test('the good files of a folder with bad ones are written', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/deep/b.png', 'in/shut/c.png']) await plain(folder, name);
  await writeFile(join(folder, 'in/deep/bad.png'), 'Dear reader');
  await chmod(join(folder, 'in/shut'), 0);
  const run = await runImage(folder, 'in -o out --factor 2', { unprivileged: true });
  await chmod(join(folder, 'in/shut'), 0o755);
  expect(run.status).toBe(1);
  expect(lines(run)).toEqual({
    done: ['in/a.png', 'in/deep/b.png'],
    problems: ['softpool: in/deep/bad.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image', 'softpool: in/shut: permission denied'],
  });
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'deep/b.png']);
});

test('--max-pixels is the largest number of pixels that is accepted', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'nine.png', 3, 3);
  await plain(folder, 'ten.png', 5, 2);
  const run = await runImage(folder, 'nine.png ten.png -o out --factor 1 --max-pixels 9');
  expect(run.status).toBe(1);
  expect(lines(run)).toEqual({
    done: ['nine.png'],
    problems: ['softpool: ten.png: the image has 5 × 2 pixels; the limit is 9'],
  });
  expect(await filesBelow(join(folder, 'out'))).toEqual(['nine.png']);
});

test('a file that is deleted before it is read is reported', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'b.png', 'c.png']) await plain(folder, name);
  const stdin = await readFile(join(folder, 'a.png'));
  // All files are found before the first is written. Standard input holds up the rest until one is
  // deleted.
  let isGone: Promise<void> | undefined;
  const run = await runImage(folder, 'a.png - b.png c.png -o out --factor 2 --jobs 1', {
    stdin: 'open',
    onDone: (child) => {
      isGone ??= unlink(join(folder, 'b.png')).then(() => void child.stdin.end(stdin));
    },
  });
  await isGone;
  expect(run.status).toBe(1);
  expect(lines(run)).toEqual({ done: ['-', 'a.png', 'c.png'], problems: ['softpool: b.png: no such file or folder'] });
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'c.png', 'standard-input.png']);
});

test('an output that cannot be written is reported for each file and leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  const tooLong = `${'n'.repeat(255)}.png`; // file names have at most 255 bytes
  for (const name of ['file/a.png', 'open/b.png', 'read-only/c.png']) await plain(folder, `in/${name}`);
  await mkdir(join(folder, 'out/read-only'), { recursive: true });
  await chmod(join(folder, 'out/read-only'), 0o555);
  await writeFile(join(folder, 'out/file'), 'not a folder');
  const run = await runImage(folder, 'in -o out --factor 2', { unprivileged: true });
  expect(run.status).toBe(1);
  expect(lines(run)).toEqual({
    done: ['in/open/b.png'],
    problems: [
      'softpool: in/file/a.png: cannot write out/file/a.png: a part of the path is a file, not a folder',
      'softpool: in/read-only/c.png: cannot write out/read-only/c.png: permission denied',
    ],
  });
  expect(await filesBelow(join(folder, 'out'))).toEqual(['file', 'open/b.png']);
  const long = await runImage(folder, `in/open/b.png -o ${tooLong} --factor 2`);
  expect([long.status, long.stderr]).toEqual([1, `softpool: in/open/b.png: cannot write ${tooLong}: the name is too long\n`]);
  expect(await filesBelow(folder)).toHaveLength(5);
});

test('when no file is found, nothing is written and --json lists the failures', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'empty'));
  const { status, stdout, stderr } = await runImage(folder, 'empty none.png no*.png -o out --factor 2 --json');
  expect(status).toBe(1);
  const failures = [
    { input: 'empty', reason: 'no image in this folder' },
    { input: 'none.png', reason: 'no such file or folder' },
    { input: 'no*.png', reason: 'no file matches this pattern' },
  ];
  expect(JSON.parse(stdout.toString())).toEqual({ files: [], skipped: [], failures });
  expect(stderr).toBe(failures.map(({ input, reason }) => `softpool: ${input}: ${reason}\n`).join(''));
  expect(await filesBelow(folder)).toEqual([]);
});

test('an option that does not fit an image is reported for that image with the name of its flag', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'large.png', 8, 8);
  await plain(folder, 'small.png', 2, 2);
  const run = await runImage(folder, 'large.png small.png -o out --kernel 4');
  expect(run.status).toBe(1);
  const { done, problems } = lines(run);
  expect(done).toEqual(['large.png']);
  expect(problems).toEqual([expect.stringMatching(/^softpool: small\.png: .*--kernel/)]);
});
