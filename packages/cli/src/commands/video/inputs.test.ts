// Which clips the arguments name, as for images: files, folders, patterns and lists, each once.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { ffmpeg, runVideo } from '../../testing/clips.ts';
import { filesBelow, sharedFolder, temporaryFolder } from '../../testing/run-cli.ts';

/** Clips in folders, one with pictures beside them, and a folder of frames. */
const clips = sharedFolder(async (folder) => {
  for (const path of ['clips/deep', 'frames']) await mkdir(join(folder, path), { recursive: true });
  for (const name of ['clips/a.mp4', 'clips/deep/b.mkv']) await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=10:d=0.2 ${name}`);
  for (const name of ['clips/poster.png', 'frames/1.png', 'frames/2.png']) await plain(folder, name, 8, 8);
  await writeFile(join(folder, 'list.txt'), 'clips/a.mp4\n./clips/a.mp4\nclips/deep/b.mkv\n');
});

/** The inputs and outputs that a dry run names. */
async function planned(line: string): Promise<string[][]> {
  const { status, stdout, stderr } = await runVideo(await clips(), `${line} --factor 2 --dry-run --json`);
  expect([status, stderr]).toEqual([0, '']);
  const { files } = JSON.parse(stdout.toString()) as { files: { input: string; output: string }[] };
  return files.map(({ input, output }) => [input, output]);
}

const BOTH = [
  ['clips/a.mp4', 'small/a.mp4'],
  ['clips/deep/b.mkv', 'small/deep/b.mkv'],
];

test('a folder is searched for videos, whatever else it has', async () => {
  expect(await planned('clips -o small/')).toEqual(BOTH);
  expect(await planned('clips -o small')).toEqual(BOTH);
});

test('a folder that has pictures and no videos is a clip', async () => {
  for (const output of ['small/', 'small']) {
    expect(await planned(`frames -o ${output}`)).toEqual([['frames', 'small/frame-%06d.png']]);
  }
  expect(await planned('frames clips -o small')).toEqual([['frames', 'small/frames/frame-%06d.png'], ...BOTH]);
});

test('a pattern names all files that match it', async () => {
  expect(await planned('clips/*.mp4 -o small')).toEqual(BOTH.slice(0, 1));
  expect(await planned('clips/**/*.m* -o small')).toEqual(BOTH);
});

test('a clip that is named twice is taken once', async () => {
  expect(await planned('clips/a.mp4 ./clips/a.mp4 clips -o small/')).toEqual(BOTH);
  expect(await planned('--files list.txt -o small/')).toEqual(BOTH.map(([input = '']) => [input, `small/${input}`]));
});

test('results in the output folder are not taken as clips', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'clips'));
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.2 clips/a.mp4');
  expect((await runVideo(folder, 'clips -o clips/small --factor 2')).status).toBe(0);
  const again = await runVideo(folder, 'clips -o clips/small --factor 2');
  expect(again.problems).toEqual(['softpool: clips/a.mp4: clips/small/a.mp4 already exists; use --force to replace it']);
});

test('what names no clip fails, and the others are done', async () => {
  const folder = await clips();
  const { status, stderr } = await runVideo(folder, 'none*.mp4 none.mp4 clips/a.mp4 -o small --factor 2 --dry-run');
  expect([status, stderr]).toEqual([1, 'softpool: none*.mp4: no file matches this pattern\nsoftpool: none.mp4: no such file or folder\n']);
  const none = await temporaryFolder();
  await writeFile(join(none, '.hidden.png'), '');
  const { stderr: summary } = await runVideo(none, '. -o small --factor 2');
  expect(summary).toBe('softpool: .: no video or frame in this folder\n0 files; 1 failed\n');
  const input = await runVideo(folder, '- -o small --factor 2');
  expect([input.status, input.problems]).toEqual([2, ['softpool: clips cannot be read from standard input; only --files can be -']]);
  const same = await runVideo(folder, 'clips/a.mp4 clips/a.mp4/../a.mp4 frames/../clips/a.mp4 -o out.mp4 --factor 2 --dry-run');
  expect(same.status).toBe(2);
});

test('two clips of one name are refused, and so is a result that would replace the other clip', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=10:d=0.2 ${name}/x.mp4`);
  }
  const twice = await runVideo(folder, 'a/x.mp4 b/x.mp4 -o out --factor 2');
  expect([twice.status, twice.problems]).toEqual([2, ['softpool: a/x.mp4 and b/x.mp4 would both be written to out/x.mp4']]);
  await mkdir(join(folder, 'c'));
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.2 c/y.mp4');
  const replaced = await runVideo(folder, 'a c/y.mp4 a/../c/y.mp4 c/../a/x.mp4 -o c --factor 2 --force');
  expect([replaced.status, await filesBelow(join(folder, 'c'))]).toEqual([0, ['x.mp4', 'y.mp4']]);
});

test('several clips end with a summary, whose bytes are those of the files', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in/frames'), { recursive: true });
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=10:d=1 -vf noise=alls=60:allf=t -c:v libx264 -crf 5 in/a.mp4');
  for (const name of ['1.png', '2.png']) await plain(folder, `in/frames/${name}`, 8, 8);
  const { stderr } = await runVideo(folder, 'in/a.mp4 in/frames none.mp4 -o out --factor 2');
  const bytes = async (names: readonly string[]): Promise<string> => {
    let sum = 0;
    for (const name of names) sum += (await stat(join(folder, name))).size;
    return sum < 9950 ? `${(sum / 1000).toFixed(1)} kB` : `${Math.round(sum / 1000)} kB`;
  };
  const before = await bytes(['in/a.mp4', 'in/frames/1.png', 'in/frames/2.png']);
  const after = await bytes(['out/a.mp4', 'out/frames/frame-000001.png']);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^2 files, ${before} → ${after}, [\\d.]+ s; 1 failed$`));
});

test('--skip-existing leaves results alone, and says so in lines, JSON and the summary', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a.mp4', 'b.mp4']) await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=10:d=0.2 ${name}`);
  await plain(folder, 'frames/1.png', 8, 8);
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'out/a.mp4'), 'mine');
  await plain(folder, 'out/frames/frame-000007.png', 1, 1);
  const run = await runVideo(folder, 'a.mp4 b.mp4 frames -o out --factor 2 --skip-existing');
  expect(run.status).toBe(0);
  const lines = run.stderr.split('\n');
  expect(lines[0]).toBe('a.mp4 skipped: out/a.mp4 exists');
  expect(lines[1]).toMatch(/^b\.mp4 32×24 .* → out\/b\.mp4 /);
  expect(lines[2]).toBe('frames skipped: out/frames/frame-%06d.png exists');
  expect(lines[3]).toMatch(/^1 file, .*; 2 skipped$/);
  expect((await stat(join(folder, 'out/a.mp4'))).size).toBe(4);
  expect(await filesBelow(join(folder, 'out/frames'))).toEqual(['frame-000007.png']);
  const inJson = await runVideo(folder, 'a.mp4 -o out/ --factor 2 --skip-existing --json');
  expect(JSON.parse(inJson.stdout.toString())).toEqual({
    files: [],
    skipped: [{ input: 'a.mp4', reason: 'out/a.mp4 exists' }],
    failures: [],
  });
  await writeFile(join(folder, 'out/a.compare.png'), 'mine');
  const compared = await runVideo(folder, 'a.mp4 -o out/ --factor 2 --skip-existing --compare');
  expect([compared.status, compared.stderr]).toEqual([0, 'a.mp4 skipped: out/a.compare.png exists\n']);
});

test('errors are red, and what is skipped is yellow, where colors are shown', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.mp4'), '');
  await writeFile(join(folder, 'small.mp4'), '');
  const env = { FORCE_COLOR: '1' };
  expect((await runVideo(folder, 'a.mp4 -o b.mp4 --factor 2', { env })).stderr).toBe(
    '\u001b[31msoftpool:\u001b[39m a.mp4: the file is empty\n',
  );
  const skipped = await runVideo(folder, 'a.mp4 -o small.mp4 --factor 2 --skip-existing', { env });
  expect(skipped.stderr).toBe('a.mp4 \u001b[33mskipped\u001b[39m: small.mp4 exists\n');
});
