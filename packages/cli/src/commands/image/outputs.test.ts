import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, noise, plain, save } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, runImage, temporaryFolder } from '../../testing/run-cli.ts';

test('without --output a result lies beside its input, with its size in the name', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'photo.jpeg', 8, 6);
  await plain(folder, 'in/deep/scan', 9, 3); // a PNG without extension
  const run = await runImage(folder, 'photo.jpeg in --factor 3');
  expect(run.problems).toEqual(['softpool: in: no image in this folder']);
  expect((await runImage(folder, 'in/deep/scan --factor 3')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['in/deep/scan', 'in/deep/scan-3x1.png', 'photo-3x2.jpeg', 'photo.jpeg']);
  expect(await look(join(folder, 'photo-3x2.jpeg'))).toMatchObject({ format: 'jpeg', width: 3, height: 2 });
});

test('without --output a second run does not pool the results of the first', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/b-8x8.png']) await plain(folder, name, 8, 8);
  const files = ['a-4x4.png', 'a.png', 'b-8x8-4x4.png', 'b-8x8.png'];
  expect((await runImage(folder, 'in --factor 2')).status).toBe(0);
  expect(await filesBelow(join(folder, 'in'))).toEqual(files);
  const again = await runImage(folder, 'in --factor 2 --force');
  expect(again.status).toBe(0);
  expect(again.stderr).toContain('in/a-4x4.png skipped: a result of in/a.png\n');
  expect(again.stderr).toMatch(/\n2 files, .*; 2 skipped\n$/);
  expect(await filesBelow(join(folder, 'in'))).toEqual(files);
});

test('a template has the names, sizes and extensions of inputs and results', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/deep/a.JPG', 8, 6);
  await plain(folder, 'in/b.png', 4, 8);
  const run = await runImage(folder, 'in -o out/{dir}/{name}-{width}x{height}-{method}-by-{factor}.{ext} --factor 2 --method max');
  expect([run.status, run.problems]).toEqual([0, []]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['b-2x4-max-by-2.png', 'deep/a-4x3-max-by-2.JPG']);
  // Its results are not read by the next run.
  expect((await runImage(folder, '. -o out/{dir}/{name}.webp --height 3')).problems).toEqual([]);
  const files = await filesBelow(join(folder, 'out'));
  expect(files.filter((name) => name.endsWith('.webp'))).toEqual(['in/b.webp', 'in/deep/a.webp']);
});

test('{dir} is empty for pictures of the given folder itself, and makes no hidden files', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/deep/b.png']) await plain(folder, name);
  for (const template of ['1/{dir}_{name}.{ext}', '2/{dir}{name}.{ext}', '3/x-{dir}/{name}.{ext}', '{dir}/4-{name}.{ext}']) {
    expect((await runImage(folder, `in -o ${template} --factor 2`)).problems).toEqual([]);
  }
  expect((await filesBelow(folder)).filter((name) => !name.startsWith('in/'))).toEqual(
    ['1/_a.png', '1/deep_b.png', '2/a.png', '2/deepb.png', '3/x-/a.png', '3/x-deep/b.png', '4-a.png', 'deep/4-b.png'].sort(),
  );
});

test('several formats are written at once', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png', 32, 16);
  const run = await runImage(folder, 'a.png -o out/ --factor 2 --format webp,jpg --format avif --json');
  expect(run.status).toBe(0);
  const { files } = JSON.parse(run.stdout.toString()) as { files: { output: string; inputBytes: number; outputBytes: number }[] };
  expect(files.map(({ output }) => output)).toEqual(['out/a.webp', 'out/a.jpg', 'out/a.avif']);
  for (const { output, inputBytes, outputBytes } of files) {
    const written = await readFile(join(folder, output));
    expect(await look(written)).toMatchObject({ format: { a: 'avif', j: 'jpeg', w: 'webp' }[output.split('.')[1]![0]!], width: 16 });
    expect([inputBytes, outputBytes]).toEqual([(await readFile(join(folder, 'a.png'))).length, written.length]);
  }
});

test('--skip-existing leaves results alone and writes those that are missing', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/b.png']) await plain(folder, name);
  await writeFile(join(folder, 'in/c.jpg'), 'Dear reader');
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'out/a.webp'), 'mine');
  const { status, stderr } = await runImage(folder, 'in -o out --factor 2 --format webp,png --skip-existing --jobs 1');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^in\/a\.png 4×4 → out\/a\.png/);
  expect(await readFile(join(folder, 'out/a.webp'), 'utf8')).toBe('mine');
  const again = await runImage(folder, 'in -o out --factor 2 --format webp,png --skip-existing');
  expect(again.stderr).toContain('in/a.png skipped: out/a.webp, out/a.png exists\n');
  expect(again.stderr).toMatch(/\n0 files; 2 skipped, 1 failed\n$/);
  const inJson = await runImage(folder, 'in/a.png -o out --factor 2 --format webp --skip-existing --json');
  expect(JSON.parse(inJson.stdout.toString())).toEqual({
    files: [],
    skipped: [{ input: 'in/a.png', reason: 'out/a.webp exists' }],
    failures: [],
  });
});

test('picture files of other kinds in a folder are counted; .jfif, .jpe and .jif are JPEG', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.jfif', 'in/b.jpe', 'in/deep/c.JIF']) await save(noise(8, 8).jpeg(), folder, name);
  for (const name of ['d.heic', 'e.GIF', 'deep/f.heic', 'notes.txt', '.g.gif']) await writeFile(join(folder, 'in', name), 'Dear reader');
  const { status, stderr } = await runImage(folder, 'in -o out --factor 2');
  expect(status).toBe(0);
  expect(stderr).toMatch(/\n3 files, .* s; 3 of other kinds passed over: \.gif, \.heic\n$/);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.jfif', 'b.jpe', 'deep/c.JIF']);
  for (const name of ['a.jfif', 'b.jpe', 'deep/c.JIF']) expect((await look(join(folder, 'out', name))).format).toBe('jpeg');

  await mkdir(join(folder, 'phone'));
  await writeFile(join(folder, 'phone/d.heic'), '');
  const none = await runImage(folder, 'phone -o out --factor 2');
  expect(none.problems).toEqual(['softpool: phone: no image in this folder; 1 of other kinds passed over: .heic']);
});

test('a JPEG without extension stays one', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'photo'), await noise(8, 8).jpeg().toBuffer());
  expect((await runImage(folder, 'photo -o out/ --factor 2')).status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['photo.jpg']);
  expect((await look(join(folder, 'out/photo.jpg'))).format).toBe('jpeg');
});

test('a pattern with .. behind a wildcard writes into the output folder', async () => {
  const folder = await temporaryFolder();
  for (const name of ['pp/x.png', 'pp/a/b/y.png']) await plain(folder, name);
  expect((await runImage(folder, 'pp/a/*/../../*.png -o out/here/ --factor 2')).status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['here/x.png']);
});

test('an output folder that a link leads to is not read by the next run', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/a.png', 16, 16);
  await symlink('in', join(folder, 'alias'));
  for (const source of ['in', 'in', 'in/**/*.png', 'in/**/*.png', 'alias']) {
    expect((await runImage(folder, `${source} -o alias/out --factor 2 --force`)).status).toBe(0);
    expect(await filesBelow(folder)).toEqual(['alias', 'in/a.png', 'in/out/a.png']);
  }
});

test('results that a pattern reaches by a link are not read by the next run', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/a.png', 16, 16);
  await symlink('../results', join(folder, 'in/done'));
  for (let run = 0; run < 2; run++) {
    expect((await runImage(folder, 'in/**/*.png -o results --factor 2 --force')).status).toBe(0);
    expect(await filesBelow(folder)).toEqual(['in/a.png', 'in/done', 'results/a.png']);
  }
});

test('two outputs that a link makes the same file are refused', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/x/a.png', 'in/y/a.png', 'out/x/b.png']) await plain(folder, name);
  await symlink('x', join(folder, 'out/y'));
  const { status, problems } = await runImage(folder, 'in -o out --factor 2');
  expect([status, problems]).toEqual([2, ['softpool: in/x/a.png and in/y/a.png would both be written to out/y/a.png']]);
});

test('with --force a result never replaces the input of another', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'in/a-2x2.jpg', 'b/a.jpg']) await plain(folder, name, 4, 4);
  const { status, problems } = await runImage(folder, 'in/a-2x2.jpg b/a.jpg -o in/{name}-{width}x{height}.{ext} --factor 2 --force');
  expect([status, problems]).toEqual([2, ['softpool: in/a-2x2.jpg is an input, and the result of b/a.jpg would replace it']]);
});

test('a name that is not UTF-8 is reported as that', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'in/a.png');
  execFileSync('sh', ['-c', String.raw`cp in/a.png "$(printf 'in/b\377.png')"`], { cwd: folder });
  const { status, problems } = await runImage(folder, 'in -o out --factor 2');
  expect([status, problems]).toEqual([1, ['softpool: in/b\ufffd.png: its name is not valid UTF-8; rename it']]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png']);
});
