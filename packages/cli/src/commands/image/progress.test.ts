import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';
import { CTRL_C, runInTerminal } from '../../testing/terminal.ts';

/** A folder with two images and three files that are not images. */
async function pictures(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'e.png']) await plain(folder, `in/${name}`);
  for (const name of ['b.png', 'c.jpg', 'd.webp']) await writeFile(join(folder, `in/${name}`), 'Dear reader');
  return folder;
}

const PROBLEMS = ['b.png', 'c.jpg', 'd.webp'].map((name) => `softpool: in/${name}: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image`);
const SUMMARY = '2 files, 188 bytes → 192 bytes, 0.0 s; 3 failed';
const LINES = /^in\/a\.png 4×4 → \S+ 2×2 \(\d+ ms\)\nin\/e\.png 4×4 → \S+ 2×2 \(\d+ ms\)\n2 files, 188 bytes → 192 bytes, \d\.\d s\n$/;

/** A line with its time replaced. */
function timeless(line: string): string {
  return line.replace(/\d+(\.\d+)? s/, '0.0 s');
}

test('after a progress bar a terminal shows all errors and the summary, and the prompt stands below', async () => {
  const folder = await pictures();
  // Standard output is not the terminal: the bar is on standard error.
  const { status, screen, sent, cursor } = await runInTerminal(folder, 'image in -o out --factor 2 --jobs 1 >stdout');
  expect(status).toBe(1);
  expect(screen.map(timeless)).toEqual([...PROBLEMS, SUMMARY]);
  expect(cursor).toEqual([4, 0]);
  for (let done = 0; done <= 5; done++) expect(sent).toContain(` ${done}/5 files`);
  expect(await readFile(join(folder, 'stdout'), 'utf8')).toBe('');
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'e.png']);
});

test('the time left is unknown at first, and never infinite', async () => {
  const { sent } = await runInTerminal(await pictures(), 'image in -o out --factor 2 --jobs 1');
  const bars = sent.split('\u001b').map((text) => /(\d)\/5 files(?:, (.*) left)?$/.exec(text));
  const left = bars.filter((bar) => bar !== null).map(([, done, time]) => [done, time]);
  expect(left[0]).toEqual(['0', undefined]);
  expect(left.at(-1)).toEqual(['5', undefined]);
  for (const [, time] of left.slice(1, -1)) expect(time).toMatch(/^(\d+ min )?\d+ s$/);
});

test('a long error is wrapped, not cut, and a bar wider than the terminal stays one line', async () => {
  const folder = await pictures();
  const name = `${'n'.repeat(60)}.png`;
  await writeFile(join(folder, `in/${name}`), 'Dear reader');
  const { screen } = await runInTerminal(folder, 'image in -o out --factor 2 --jobs 1', { columns: 30 });
  const expected = [...PROBLEMS, `softpool: in/${name}: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image`, SUMMARY.replace('3', '4')];
  expect(screen.map(timeless)).toEqual(expected);
});

test('a job in shards that is refused leaves its error alone on the terminal', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'a.webp']) await plain(folder, `in/${name}`);
  const { status, screen, cursor } = await runInTerminal(folder, 'image in -o out --factor 2 --format webp --shard 1/1');
  expect([status, screen]).toEqual([
    2,
    ['softpool: in/a.png and in/a.webp would both be written to out/a.webp', '(see softpool image --help)'],
  ]);
  expect(cursor).toEqual([2, 0]);
});

test('a single file shows no bar and no summary', async () => {
  const { status, screen } = await runInTerminal(await pictures(), 'image in/a.png -o out.png --factor 2');
  expect(status).toBe(0);
  expect(screen).toEqual([expect.stringMatching(/^in\/a\.png 4×4 → out\.png 2×2 \(\d+ ms\)$/)]);
});

test('--quiet hides the bar and the summary, and keeps errors', async () => {
  const { status, screen, sent } = await runInTerminal(await pictures(), 'image in -o out --factor 2 --quiet --jobs 1');
  expect([status, screen]).toEqual([1, PROBLEMS]);
  expect(sent).not.toContain('files');
});

test('standard error that is not a terminal gets a line for each file and the summary instead of a bar', async () => {
  const folder = await pictures();
  const { screen } = await runInTerminal(folder, 'image in/a.png in/e.png -o out --factor 2 --jobs 1 2>stderr');
  expect(screen).toEqual([]);
  expect(await readFile(join(folder, 'stderr'), 'utf8')).toMatch(LINES);
  const piped = await runImage(folder, 'in/a.png in/e.png -o more --factor 2 --jobs 1');
  expect(piped.stderr).toMatch(LINES);
});

test('errors are red on a terminal, unless NO_COLOR is set, and in a pipe only with FORCE_COLOR', async () => {
  const folder = await pictures();
  const line = 'image in/b.png -o out.png --factor 2';
  const red = '\u001b[31msoftpool:\u001b[39m in/b.png';
  expect((await runInTerminal(folder, line)).sent).toContain(red);
  expect((await runInTerminal(folder, line, { env: { NO_COLOR: '1' } })).sent).not.toContain('\u001b[3');
  const piped = async (env: Record<string, string>): Promise<string> =>
    (await runImage(folder, 'in/b.png -o out.png --factor 2', { env })).stderr;
  expect(await piped({})).toBe(`${PROBLEMS[0]}\n`);
  expect(await piped({ FORCE_COLOR: '1' })).toContain(red);
});

test('Ctrl-C leaves a clean line, says what was done, and leaves no partial file', async () => {
  const folder = await pictures();
  // Standard input, the terminal, is the fourth file: the command waits for it.
  const keys = { waitFor: '3/4 files', type: CTRL_C };
  const { status, screen, cursor } = await runInTerminal(folder, 'image in/a.png in/b.png in/e.png - -o out --factor 2 --jobs 1', { keys });
  expect(status).toBe(130);
  expect(screen.map(timeless)).toEqual([PROBLEMS[0], 'interrupted: 2 of 4 files done, 188 bytes → 192 bytes, 0.0 s; 1 failed']);
  expect(cursor).toEqual([2, 0]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'e.png']);
});
