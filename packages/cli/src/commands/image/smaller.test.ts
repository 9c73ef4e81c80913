import { join } from 'node:path';
import { look, plain } from '@softpool/testing/pictures';
import { describe, expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

/** Runs on a picture of 8 × 4 and one of 80 × 40. */
async function run(flags: string): Promise<{ status: number; stderr: string; sizes: Record<string, string> }> {
  const folder = await temporaryFolder();
  await plain(folder, 'in/a.png', 8, 4);
  await plain(folder, 'in/b.png', 80, 40);
  const { status, stderr } = await runImage(folder, `in -o out --format jpg ${flags}`);
  const names = await filesBelow(join(folder, 'out'));
  const sizes = await Promise.all(
    names.map(async (name) => {
      const { format, width, height } = await look(join(folder, 'out', name));
      return [name, `${format} ${width} × ${height}`];
    }),
  );
  return { status, stderr, sizes: Object.fromEntries(sizes) };
}

describe('a picture that the size would enlarge', () => {
  test.each([
    ['--width 20', '20 × 10'],
    ['--height 20 --smaller keep', '40 × 20'],
    ['--size 20x20', '20 × 10'],
    ['--size 20x20 --fit cover', '20 × 20'],
    ['--size 20x2 --fit fill', '20 × 2'],
    ['--width 20 --method lanczos3', '20 × 10'],
  ])('keeps its own size, in the requested format, with %s', async (flags, size) => {
    const { status, sizes } = await run(flags);
    expect([status, sizes]).toEqual([0, { 'a.jpg': 'jpeg 8 × 4', 'b.jpg': `jpeg ${size}` }]);
  });

  test('is skipped and counted with --smaller skip', async () => {
    const { status, stderr, sizes } = await run('--width 20 --smaller skip');
    expect([status, sizes]).toEqual([0, { 'b.jpg': 'jpeg 20 × 10' }]);
    expect(stderr).toContain('in/a.png skipped: the image is smaller\n');
    expect(stderr).toMatch(/\n1 file, .*; 1 skipped\n$/);
  });

  test('fails with --smaller fail', async () => {
    const { status, stderr, sizes } = await run('--width 20 --smaller fail');
    expect([status, sizes]).toEqual([1, { 'b.jpg': 'jpeg 20 × 10' }]);
    expect(stderr).toContain('softpool: in/a.png: the image has 8 × 4 pixels, fewer than asked for; use --smaller keep or skip\n');
  });

  test('is one that neither side limits, if it fits inside both', async () => {
    const { sizes } = await run('--size 20x3 --smaller fail');
    expect(sizes).toEqual({ 'a.jpg': 'jpeg 6 × 3', 'b.jpg': 'jpeg 6 × 3' });
  });
});

test('a factor larger than a picture fails for that picture only, as an existing result does', async () => {
  const { status, stderr, sizes } = await run('--factor 10');
  expect([status, sizes]).toEqual([1, { 'b.jpg': 'jpeg 8 × 4' }]);
  expect(stderr).toContain('softpool: in/a.png: --factor must be at most the longer side, 8, received 10\n');
});
