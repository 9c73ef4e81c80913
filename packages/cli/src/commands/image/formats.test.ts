import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, noise, plain, save } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { filesBelow, runCli, runImage, temporaryFolder } from '../../testing/run-cli.ts';

testFirst(3, [
  ['out.jpg', 'jpeg'],
  ['out.jpeg', 'jpeg'],
  ['out.JPG', 'jpeg'],
  ['out.png', 'png'],
  ['out.webp', 'webp'],
  ['out.avif', 'avif'],
  ['out.tif', 'tiff'],
  ['out.TIFF', 'tiff'],
])('%s is written as %s', async (name, format) => {
  const folder = await temporaryFolder();
  await plain(folder, 'in.png', 32, 16);
  const { status, stderr, stdout } = await runImage(folder, `in.png -o ${name} --factor 2`);
  expect(status).toBe(0);
  expect(stderr).toMatch(new RegExp(`^in\\.png 32×16 → ${name} 16×8 \\(\\d+ ms\\)\\n$`));
  expect(stdout.length).toBe(0);
  const seen = await look(join(folder, name));
  expect(seen).toMatchObject({ format, width: 16, height: 8 });
  for (const [i, sample] of seen.pixels[60]!.entries()) expect(Math.abs(sample - [200, 100, 50][i]!)).toBeLessThanOrEqual(3);
});

testFirst(1, [
  ['jpg', 'jpeg'],
  ['png', 'png'],
  ['avif', 'avif'],
  ['tif', 'tiff'],
])('--format %s needs no extension', async (name, format) => {
  const folder = await temporaryFolder();
  await plain(folder, 'in.png', 32, 16);
  expect((await runImage(folder, `in.png -o result --factor 2 --format ${name}`)).status).toBe(0);
  expect(await look(join(folder, 'result'))).toMatchObject({ format, width: 16, height: 8 });
});

testFirst(1, [
  ['webp', 16_383],
  ['jpeg', 65_500],
  ['avif', 16_384],
])('sides that %s cannot hold fail before anything is written, in a dry run too', async (format, longest) => {
  const folder = await temporaryFolder();
  await plain(folder, 'in.png', 2, longest + 1);
  const message = `${format} has at most ${longest} pixels a side, and the result has 2 × ${longest + 1}; use another --format`;
  for (const [words, expected] of [
    ['', `softpool: in.png: ${message}\n`],
    ['--dry-run', `softpool: in.png: ${message}\n`],
    ['--shard 1/1', `softpool: 00001: in.png: ${message}\n`],
  ]) {
    const { status, stdout, stderr } = await runImage(folder, `in.png -o out/ --kernel 1 --format png,${format} ${words}`);
    expect([status, stdout.length, stderr]).toEqual([1, 0, expect.stringMatching(`^${expected}`)]);
  }
  expect((await filesBelow(folder)).filter((name) => !name.includes('00001'))).toEqual(['in.png', 'out/job.json']);
  await plain(folder, 'in.png', 2, longest);
  expect((await runImage(folder, `in.png -o out/ --kernel 1 --format ${format}`)).status).toBe(0);
});

test('files in a folder keep their format, or get that of --format with its extension', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.jpeg', 'b.webp', 'C.PNG']) await plain(folder, `in/${name}`);
  await runImage(folder, 'in -o same --factor 2');
  expect(await filesBelow(join(folder, 'same'))).toEqual(['C.PNG', 'a.jpeg', 'b.webp']);
  expect((await look(join(folder, 'same/b.webp'))).format).toBe('webp');
  await runImage(folder, 'in -o other --factor 2 --format jpg');
  expect(await filesBelow(join(folder, 'other'))).toEqual(['C.jpg', 'a.jpeg', 'b.jpg']);
  expect((await look(join(folder, 'other/C.jpg'))).format).toBe('jpeg');
});

testFirst(1, ['jpg', 'webp', 'avif', 'tif'])('a lower --quality makes a smaller %s', async (extension) => {
  const folder = await temporaryFolder();
  await save(noise(64, 64), folder, 'in.png');
  const size = async (quality: number): Promise<number> => {
    expect((await runImage(folder, `in.png -o ${quality}.${extension} --factor 2 --quality ${quality}`)).status).toBe(0);
    return (await stat(join(folder, `${quality}.${extension}`))).size;
  };
  expect(await size(10)).toBeLessThan(0.7 * (await size(95)));
});

test('standard output gets only the image of standard input', async () => {
  const folder = await temporaryFolder();
  await save(noise(8, 8), folder, 'in.png');
  await runImage(folder, 'in.png -o out.png --factor 2');
  const stdin = await readFile(join(folder, 'in.png'));
  const { status, stdout, stderr } = await runImage(folder, '- -o - --factor 2', { stdin });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.equals(await readFile(join(folder, 'out.png')))).toBe(true);
});

test('standard output gets the image in the format of --format', async () => {
  const folder = await temporaryFolder();
  await save(noise(8, 8), folder, 'in.png');
  const { stdout, stderr } = await runImage(folder, 'in.png -o - --factor 2 --format webp');
  expect(stderr).toBe('');
  expect(await look(stdout)).toMatchObject({ format: 'webp', width: 4, height: 4 });
});

test('standard input is written to a file, or as standard-input into a folder', async () => {
  const folder = await temporaryFolder();
  const stdin = await noise(8, 8).webp().toBuffer();
  expect((await runImage(folder, '- -o out.jpg --factor 2', { stdin })).status).toBe(0);
  expect((await runImage(folder, '- -o out/ --factor 2', { stdin })).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['out.jpg', 'out/standard-input.webp']);
});

test('invalid standard input gives one line on stderr and nothing on stdout', async () => {
  const folder = await temporaryFolder();
  for (const [text, why] of [
    ['Dear reader', 'not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image'],
    ['', 'the file is empty'],
  ] as const) {
    const { status, stdout, stderr } = await runImage(folder, '- -o - --factor 2', { stdin: Buffer.from(text) });
    expect([status, stdout.length, stderr]).toEqual([1, 0, `softpool: -: ${why}\n`]);
  }
});

test('a large image is written completely to standard output', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'in.png'), await noise(1200, 900).png().toBuffer());
  const { status, stdout } = await runCli(folder, ['image', 'in.png', '-o', '-', '--factor', '2', '--format', 'tiff']);
  expect(status).toBe(0);
  expect(stdout.length).toBeGreaterThan(500_000);
  expect(await look(stdout)).toMatchObject({ width: 600, height: 450 });
});
