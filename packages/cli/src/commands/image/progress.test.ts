import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';
import { CTRL_C, ESCAPE, runInTerminal } from '../../testing/terminal.ts';

/** A folder with two images and a file that is not an image. */
async function pictures(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['a.png', 'c.png']) await plain(folder, `in/${name}`);
  await writeFile(join(folder, 'in/b.png'), 'Dear reader');
  return folder;
}

const PROBLEM = 'softpool: in/b.png: not an image, or an unknown format';
const LINES = /^in\/a\.png 4×4 → \S+ 2×2 \(\d+ ms\)\nin\/c\.png 4×4 → \S+ 2×2 \(\d+ ms\)\n$/;

test('several files show a progress bar on a terminal, with errors above it, and the cursor comes back', async () => {
  const folder = await pictures();
  // Standard output is not the terminal: the bar is on standard error.
  const { status, screen } = await runInTerminal(folder, 'image in -o out --factor 2 >stdout');
  expect(status).toBe(1);
  expect(screen).toContain('0/3 files');
  expect(screen).toContain('3/3 files');
  expect(screen).toContain(`\u001b[2K${PROBLEM}\r\n`); // on a cleared line
  expect(screen).not.toContain('→');
  expect(screen.split(ESCAPE.hideCursor)).toHaveLength(2);
  expect(screen.lastIndexOf(ESCAPE.showCursor)).toBeGreaterThan(screen.lastIndexOf(ESCAPE.hideCursor));
  expect(await readFile(join(folder, 'stdout'), 'utf8')).toBe('');
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'c.png']);
});

test('a single file shows no bar', async () => {
  const { status, screen } = await runInTerminal(await pictures(), 'image in/a.png -o out.png --factor 2');
  expect(status).toBe(0);
  expect(screen).toMatch(/^in\/a\.png 4×4 → out\.png 2×2 \(\d+ ms\)\r\n$/);
});

test('--quiet hides the bar and keeps errors', async () => {
  const { status, screen } = await runInTerminal(await pictures(), 'image in -o out --factor 2 --quiet');
  expect([status, screen]).toEqual([1, `${PROBLEM}\r\n`]);
});

test('standard error that is not a terminal gets a line for each file instead of a bar', async () => {
  const folder = await pictures();
  const { screen } = await runInTerminal(folder, 'image in/a.png in/c.png -o out --factor 2 --jobs 1 2>stderr');
  expect(screen).toBe('');
  expect(await readFile(join(folder, 'stderr'), 'utf8')).toMatch(LINES);
  const piped = await runImage(folder, 'in/a.png in/c.png -o more --factor 2 --jobs 1');
  expect(piped.stderr).toMatch(LINES);
});

test('Ctrl-C brings the cursor back and leaves no partial file', async () => {
  const folder = await pictures();
  // Standard input, the terminal, is the third file: the command waits for it.
  const keys = { waitFor: '2/3 files', type: CTRL_C };
  const { status, screen } = await runInTerminal(folder, 'image in/a.png in/c.png - -o out --factor 2', keys);
  expect(status).toBe(130);
  expect(screen).toContain('2/3 files');
  expect(screen.lastIndexOf(ESCAPE.showCursor)).toBeGreaterThan(screen.lastIndexOf(ESCAPE.hideCursor));
  expect(screen.lastIndexOf(ESCAPE.hideCursor)).toBeGreaterThan(-1);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'c.png']);
});
