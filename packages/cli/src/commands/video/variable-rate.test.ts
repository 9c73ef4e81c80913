// Videos whose frame rate varies. Each frame has a gray level of its own, so that the level of a
// window follows from the time for which its frames are shown.
import { expect, test } from 'vitest';
import { ffmpeg, packetTimes, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

/** A folder with a clip of gray frames: that of number n has the level 16 + 4 n. */
async function clipOf(frames: number, filters: string): Promise<string> {
  const folder = await temporaryFolder();
  const gray = 'format=yuv420p,geq=lum=16+4*N:cb=128:cr=128';
  const encode = '-fps_mode passthrough -c:v libx264 -qp 0 -colorspace bt709 -color_range tv clip.mp4';
  await ffmpeg(folder, `-f lavfi -i color=black:s=16x16:r=30 -frames:v ${frames} -vf ${gray},${filters} ${encode}`);
  return folder;
}

/** Every fifth frame of 30 a second is missing; the one before is shown for two. */
const DROPPED = "select='not(eq(mod(n,5),4))'";

/** The level that is shown in a thirtieth of a second. */
const levelAt = (n: number): number => 16 + 4 * (n % 5 === 4 ? n - 1 : n);

/** The levels of the frames of a file. */
async function levelsIn(folder: string, name: string): Promise<number[]> {
  const samples = await rawVideo(folder, name, 'gray', '-vf', 'extractplanes=y');
  return Array.from({ length: samples.length / 256 }, (_, i) => samples[i * 256]!);
}

test('--fps can be the rate of a clip that lost frames', async () => {
  const folder = await clipOf(24, DROPPED);
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mkv --fps 30 --scene-cut off --codec ffv1');
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^clip\.mp4 16×16 30 fps → small\.mkv 16×16 30 fps, .*; the frame rate varied, it is constant now/);
  const times = await packetTimes(folder, 'clip.mp4', 'v:0');
  expect(times.length).toBe(24);
  // The last frame, 28, is shown for one.
  const expected = Array.from({ length: 29 }, (_, n) => levelAt(n));
  (await levelsIn(folder, 'small.mkv')).forEach((level, n) => {
    expect(Math.abs(level - expected[n]!), `${n}: ${level}`).toBeLessThanOrEqual(1);
  });
  expect(Number((await probe(folder, 'small.mkv')).video.nb_read_frames)).toBe(29);
  const refused = await runVideo(folder, 'clip.mp4 -o fast.mkv --fps 31');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('--fps must be at most the frame rate of the video, 30, received 31');
});

test('--time counts frames of the rate that a clip would have with all of them', async () => {
  const folder = await clipOf(24, DROPPED);
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mkv --time 4 --method average --scene-cut off --codec ffv1');
  expect(status, stderr).toBe(0);
  expect((await probe(folder, 'small.mkv')).video.r_frame_rate).toBe('15/2');
  const levels = await levelsIn(folder, 'small.mkv');
  expect(levels.length).toBe(8);
  levels.forEach((level, window) => {
    const shown = [0, 1, 2, 3].map((i) => 4 * window + i).filter((n) => n < 29);
    const mean = shown.reduce((sum, n) => sum + levelAt(n), 0) / shown.length;
    expect(Math.abs(level - mean), `${window}: ${level}, ${mean}`).toBeLessThanOrEqual(1);
  });
});

test('frames that come at any time have the average rate, and can be asked for faster', async () => {
  const folder = await clipOf(25, "settb=1/1000,setpts='80*N+7*mod(N*N,3)'");
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mkv --fps 30 --scene-cut off --codec ffv1');
  expect(status, stderr).toBe(0);
  const times = await packetTimes(folder, 'clip.mp4', 'v:0');
  const levels = await levelsIn(folder, 'small.mkv');
  // Where a window lies in one frame, it is that frame.
  let compared = 0;
  levels.forEach((level, window) => {
    const [from, to] = [window / 30, (window + 1) / 30];
    const frame = times.findLastIndex((time) => time <= from);
    if ((times[frame + 1] ?? to) < to) return;
    compared++;
    expect(Math.abs(level - (16 + 4 * frame)), `${window}: ${level}`).toBeLessThanOrEqual(1);
  });
  expect(compared).toBeGreaterThan(30);
  expect((await runVideo(folder, 'clip.mp4 -o average.mkv --time 1 --codec ffv1')).stderr).toMatch(/^clip\.mp4 16×16 12\.\d+ fps → /);
});

test('the last frame weighs as long as it is shown, and not as long as the average', async () => {
  // Three seconds of a frame each, then 30 frames: the average frame is shown for 0.12 s.
  const folder = await clipOf(33, "geq=lum=16+N:cb=128:cr=128,select='not(mod(n,30))+gte(n,90)'");
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mkv --fps 2 --method average --scene-cut off --codec ffv1');
  expect(status, stderr).toBe(0);
  // Frames 0, 30 and 60 for two windows each; then the means of 90 to 104 and 105 to 119.
  const expected = [0, 0, 30, 30, 60, 60, 97, 112].map((n) => 16 + n);
  const levels = await levelsIn(folder, 'small.mkv');
  expect(levels.length).toBe(expected.length);
  levels.forEach((level, i) => {
    expect(Math.abs(level - expected[i]!), `${i}: ${level}`).toBeLessThanOrEqual(1);
  });
});
