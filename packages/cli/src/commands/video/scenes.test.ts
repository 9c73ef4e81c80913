// Cuts between scenes, on ffmpeg's generators: found where there is one, and only there.
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

const FRAME = 96 * 64 * 3;

test('no frame of the result mixes two scenes', async () => {
  const folder = await temporaryFolder();
  const scenes = ['testsrc2', 'smptebars', 'mandelbrot', 'color=white', 'color=black', 'testsrc'];
  // 7 frames each, so that windows of 2 frames reach across cuts.
  const inputs = scenes.map((scene) => `-t 0.7 -f lavfi -i ${scene}${scene.includes('=') ? ':' : '='}s=96x64:r=10`).join(' ');
  const joined = scenes.map((_, i) => `[${i}:v]format=gbrp,setsar=1[v${i}];`).join('');
  const labels = scenes.map((_, i) => `[v${i}]`).join('');
  const encode = '-c:v ffv1 -pix_fmt bgr0';
  await ffmpeg(folder, `${inputs} -filter_complex ${joined}${labels}concat=n=${scenes.length} ${encode} clip.mkv`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --time 2 --method average --codec ffv1');
  expect(status, stderr).toBe(0);
  const [before, after] = [await rawVideo(folder, 'clip.mkv', 'rgb24'), await rawVideo(folder, 'small.mkv', 'rgb24')];
  const frame = (i: number): Buffer => before.subarray(i * FRAME, (i + 1) * FRAME);
  for (let window = 0; window < 21; window++) {
    const [first, second] = [frame(2 * window), frame(2 * window + 1)];
    const isAcross = Math.floor((2 * window) / 7) !== Math.floor((2 * window + 1) / 7);
    const expected = isAcross ? first : first.map((sample, i) => Math.round((sample + second[i]!) / 2));
    const ours = after.subarray(window * FRAME, (window + 1) * FRAME);
    expect(Buffer.compare(ours, Buffer.from(expected)), `window ${window}`).toBe(0);
  }
});

testFirst(0, [
  ['a pan', "-f lavfi -i testsrc2=s=384x64:r=10:d=1 -vf crop=96:64:'8*n':0"],
  ['noise', '-f lavfi -i nullsrc=s=96x64:r=10:d=1 -vf geq=random(1)*255:128:128'],
  ['a zoom', '-f lavfi -i mandelbrot=s=96x64:r=10 -t 1'],
  ['a fade', '-f lavfi -i testsrc2=s=96x64:r=10:d=1 -vf fade=out:0:10'],
])('%s has no cut', async (_, generator) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `${generator} -c:v ffv1 -pix_fmt bgr0 clip.mkv`);
  for (const [name, flags] of [
    ['default', ''],
    ['off', '--scene-cut off'],
  ]) {
    const { status, stderr } = await runVideo(folder, `clip.mkv -o ${name}.mkv --time 2 --codec ffv1 ${flags}`);
    expect(status, stderr).toBe(0);
  }
  expect((await rawVideo(folder, 'default.mkv', 'rgb24')).equals(await rawVideo(folder, 'off.mkv', 'rgb24'))).toBe(true);
});
