// `softpool video` from clip to clip, compared with the operator on the decoded frames.
import { readdir, stat } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import { softPool3d } from 'softpool';
import { expect, test } from 'vitest';
import { ffmpeg, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

const LOSSLESS = '-c:v ffv1 -pix_fmt bgr0';

test('--factor 2 gives the windows of softPool3d, and nothing else is left in the folder', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x48:r=30:d=0.4 ${LOSSLESS} clip.mkv`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1');
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^clip\.mkv 64×48 30 fps → small\.mkv 32×24 15 fps, ffv1 bgr0 \(12 → 6 frames, .* frames\/s\)\n$/);
  expect(await filesBelow(folder)).toEqual(['clip.mkv', 'small.mkv']);
  const x = Float64Array.from(await rawVideo(folder, 'clip.mkv', 'rgb24'), (sample) => sample / 255);
  const options = { kernelSize: 2, beta: 1 / 0.225, weights: 'shared', layout: 'channelsLast' } as const;
  const expected = softPool3d({ data: x, shape: [12, 48, 64, 3] }, options);
  expect([...(await rawVideo(folder, 'small.mkv', 'rgb24'))]).toEqual(Array.from(expected.data, (value) => Math.round(value * 255)));
});

testFirst(1, [
  ['--beta 2', { beta: 2 }],
  ['--pool-weights perChannel', { weights: 'perChannel' }],
  ['--method average', { beta: 0 }],
] as const)('%s is that of the operator', async (flags, options) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=30:d=0.2 ${LOSSLESS} clip.mkv`);
  const { status, stderr } = await runVideo(folder, `clip.mkv -o small.mkv --factor 2 --codec ffv1 ${flags}`);
  expect(status, stderr).toBe(0);
  const x = Float64Array.from(await rawVideo(folder, 'clip.mkv', 'rgb24'), (sample) => sample / 255);
  const all = { kernelSize: 2, beta: 1 / 0.225, weights: 'shared', layout: 'channelsLast', ...options } as const;
  const expected = softPool3d({ data: x, shape: [6, 24, 32, 3] }, all);
  const ours = await rawVideo(folder, 'small.mkv', 'rgb24');
  expect(Math.max(...ours.map((sample, i) => Math.abs(sample - expected.data[i]! * 255)))).toBeLessThanOrEqual(0.5001);
});

test('--linear pools light, --crf and --preset reach the encoder', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  // Columns of black and white: half of the light is the level 188, half of the samples 128.
  await ffmpeg(
    folder,
    `-f lavfi -i color=black:s=64x48:r=10:d=1,format=gbrp,geq=r='255*mod(X,2)':g='255*mod(X,2)':b='255*mod(X,2)' ${LOSSLESS} clip.mkv`,
  );
  expect((await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --method average --linear --codec ffv1')).status).toBe(0);
  expect([...(await rawVideo(folder, 'small.mkv', 'rgb24')).subarray(0, 3)]).toEqual([188, 188, 188]);
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=320x240:r=10:d=1 -vf noise=alls=40:allf=t noisy.mkv');
  const bytes: number[] = [];
  for (const flags of ['--crf 10', '--crf 40', '--crf 40 --preset ultrafast']) {
    expect((await runVideo(folder, `noisy.mkv -o small.mp4 --factor 2 --force ${flags}`)).status).toBe(0);
    bytes.push((await stat(`${folder}/small.mp4`)).size);
  }
  expect(bytes[0]!).toBeGreaterThan(2 * bytes[1]!);
  expect(bytes[2]).not.toBe(bytes[1]);
});

testFirst(2, [
  ['--factor 3', 22, 16, '10/1', 10],
  ['--time 2', 64, 48, '15/1', 15],
  ['--fps 12', 64, 48, '12/1', 12],
  ['--factor 4 --time 1', 16, 12, '30/1', 30],
  ['--width 30', 30, 22, '30/1', 30],
  ['--height 20 --fps 29.97', 26, 20, '30000/1001', 30],
  ['--size 20x30 --time 5', 20, 30, '6/1', 6],
  ['--width 50%', 32, 24, '30/1', 30],
  ['--height 43% --time 2', 26, 20, '15/1', 15],
  ['--kernel 2x4x8', 8, 12, '15/1', 15],
  ['--kernel 3x4x4 --stride 2x2x2', 31, 23, '15/1', 15],
])('%s gives %i × %i at %s', async (flags, width, height, rate, frames) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x48:r=30:d=1 ${LOSSLESS} clip.mkv`);
  const { status, stderr } = await runVideo(folder, `clip.mkv -o small.mkv --codec ffv1 ${flags}`);
  expect(status, stderr).toBe(0);
  const { video } = await probe(folder, 'small.mkv');
  expect([video.width, video.height, video.r_frame_rate, Number(video.nb_read_frames)]).toEqual([width, height, rate, frames]);
});

testFirst(1, ['mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'gif'])('.%s is read and written', async (extension) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x48:r=20:d=1 clip.${extension}`);
  const { status, stderr } = await runVideo(folder, `clip.${extension} -o out/ --factor 2`);
  expect(status, stderr).toBe(0);
  const { video } = await probe(folder, `out/clip.${extension}`);
  expect([video.width, video.height, Number(video.nb_read_frames)]).toEqual([32, 24, 10]);
});

test('an animated WebP is written', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=20:d=1 clip.mp4');
  expect((await runVideo(folder, 'clip.mp4 -o small.webp --factor 2')).status).toBe(0);
  const { default: sharp } = await import('sharp');
  expect(await sharp(`${folder}/small.webp`).metadata()).toMatchObject({ width: 32, pages: 10, delay: Array(10).fill(100) });
});

test('several clips go into a folder, and one that fails does not stop the others', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x32:r=10:d=0.5 ${name}.mp4`);
  const { status, problems } = await runVideo(folder, 'a.mp4 none.mp4 b.mp4 -o out.mp4 --factor 2 --quiet');
  expect(status).toBe(2);
  expect(problems).toEqual(['softpool: -o out.mp4 is a file; several clips need a folder, such as out.mp4/']);
  const second = await runVideo(folder, 'a.mp4 none.mp4 b.mp4 -o out --factor 2 --quiet');
  expect(second.status).toBe(1);
  expect(second.stderr).toBe('softpool: none.mp4: no such file or folder\n');
  expect((await readdir(`${folder}/out`)).sort()).toEqual(['a.mp4', 'b.mp4']);
});

test('--dry-run writes nothing, --json tells all, and an existing file stays', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x32:r=10:d=0.5 clip.mp4');
  const dry = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2 --dry-run');
  expect(dry.stdout.toString()).toMatch(/^clip\.mp4 32×32 10 fps → small\.mp4 16×16 5 fps, libx264 .* \(dry run: nothing was written\)\n$/);
  expect(await filesBelow(folder)).toEqual(['clip.mp4']);
  const { stdout } = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2 --json');
  expect(JSON.parse(stdout.toString())).toMatchObject({
    files: [
      {
        output: 'small.mp4',
        to: { width: 16, height: 16, frameRate: 5 },
        framesRead: 5,
        framesWritten: 3,
        inputBytes: (await stat(`${folder}/clip.mp4`)).size,
        outputBytes: (await stat(`${folder}/small.mp4`)).size,
      },
    ],
    skipped: [],
    failures: [],
  });
  const inJson = await runVideo(folder, 'clip.mp4 -o other.mp4 --factor 2 --dry-run --json');
  expect(JSON.parse(inJson.stdout.toString())).toMatchObject({ dryRun: true, files: [{ output: 'other.mp4' }], skipped: [], failures: [] });
  const again = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2');
  expect(again).toMatchObject({ status: 1, stderr: 'softpool: clip.mp4: small.mp4 already exists; use --force to replace it\n' });
  expect((await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2 --force --quiet')).status).toBe(0);
});

test('the first message names all that is missing', async () => {
  const { status, problems } = await runVideo(await temporaryFolder(), '');
  expect([status, problems]).toEqual([
    2,
    [
      'softpool: missing clips: give files, folders or archives, or --files LIST; size: give --factor N, --kernel TxHxW, --size WxH, --width W, --height H, --time N or --fps N; output: give -o PATH',
    ],
  ]);
});

test.each([
  ['', 'missing size: give --factor N, --kernel TxHxW, --size WxH, --width W, --height H, --time N or --fps N'],
  ['--factor 2 --width 3', '--factor and --width or --height exclude each other'],
  ['--factor 2 --time 2 --fps 3', '--time and --fps exclude each other'],
  ['--factor 2 --stride 2', '--stride needs --kernel'],
  ['--factor 2 --method max --beta 3', '--beta is for --method soft, not max; leave it out'],
  ['--factor 2 --method nearest --linear', '--linear is for --method soft, average, max, not nearest; leave it out'],
  ['--kernel 5x4x4 --fps 5', '--kernel 5x4x4 and --fps both give the frames; give --kernel 1x4x4'],
  ['--kernel 1x4x4 --stride 2x4x4 --time 5', '--stride 2x4x4 and --time both give the frames; give --stride 1x4x4'],
  ['--factor 2 --force --skip-existing', '--force and --skip-existing exclude each other'],
])('wrong flags are refused: %s', async (flags, message) => {
  const { status, problems } = await runVideo(await temporaryFolder(), `clip.mp4 -o small.mp4 ${flags}`);
  expect({ status, problems }).toEqual({ status: 2, problems: [`softpool: ${message}`] });
});
