// Frames as ffmpeg decodes them, against exact conversion.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf } from '@softpool/testing/files';
import { noise } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { probeVideo } from './probe-video.ts';
import { VideoError } from './programs.ts';
import { readVideo } from './read-video.ts';

/** Kr and Kb of ITU-R BT.709, BT.601 and BT.2020, FCC and SMPTE 240M. */
const MATRICES = {
  bt709: [0.2126, 0.0722],
  smpte170m: [0.299, 0.114],
  bt2020nc: [0.2627, 0.0593],
  fcc: [0.3, 0.11],
  smpte240m: [0.212, 0.087],
} as const;

test.each<[format: string, matrix: keyof typeof MATRICES, range: 'tv' | 'pc', width: number, height: number]>([
  ['yuv420p', 'bt709', 'tv', 16, 12],
  ['yuv420p', 'bt709', 'pc', 16, 12],
  ['yuv420p', 'smpte170m', 'tv', 50, 6],
  ['yuv420p', 'bt2020nc', 'pc', 38, 4],
  ['yuv420p', 'fcc', 'tv', 10, 8],
  ['yuv420p', 'smpte240m', 'pc', 8, 2],
  ['yuv420p', 'bt709', 'tv', 33, 7],
  ['yuv420p10le', 'bt709', 'tv', 16, 12],
])('chroma of %s (%s, %s, %i × %i) is interpolated between columns and rows', async (format, matrix, range, width, height) => {
  const bits = format === 'yuv420p' ? 8 : 10;
  const scale = 2 ** (bits - 8);
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const luma = Array.from({ length: width * height }, (_, i) => (20 + ((i * 37) % 210)) * scale);
  const chroma = [5, 11].map((step) => Array.from({ length: columns * rows }, (_, i) => (30 + ((i * step * 7) % 190)) * scale));
  const samples = [luma, ...chroma].flat();
  const bytes = bits === 8 ? Uint8Array.from(samples) : new Uint8Array(Uint16Array.from(samples).buffer);
  const folder = await folderOf({ 'frame.yuv': bytes });
  const raw = ['-f', 'rawvideo', '-pix_fmt', format, '-s', `${width}x${height}`, '-i', 'frame.yuv'];
  const tags = ['-colorspace', matrix, '-color_range', range];
  const { status } = spawnSync('ffmpeg', ['-v', 'error', ...raw, '-c:v', 'ffv1', ...tags, 'clip.mkv'], { cwd: folder });
  expect(status).toBe(0);

  const maximum = bits === 8 ? 255 : 65535;
  const [kr, kb] = MATRICES[matrix];
  const [black, lumaRange, chromaRange] = range === 'tv' ? [16, 219, 224] : [0, 255, 255];
  let worst = 0;
  for await (const { data } of readVideo(await probeVideo(join(folder, 'clip.mkv')))) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [cb, cr] = chroma.map((plane) => (interpolated(plane, columns, rows, x, y) / scale - 128) / chromaRange) as [number, number];
        const light = (luma[y * width + x]! / scale - black) / lumaRange;
        const [red, blue] = [light + 2 * (1 - kr) * cr, light + 2 * (1 - kb) * cb];
        const green = (light - kr * red - kb * blue) / (1 - kr - kb);
        [red, green, blue].forEach((color, c) => {
          const exact = Math.min(1, Math.max(0, color)) * 255;
          worst = Math.max(worst, Math.abs((data[(y * width + x) * 3 + c]! / maximum) * 255 - exact));
        });
      }
    }
  }
  // 8 bits are rounded to the nearest, with coefficients of 13 bits; ffmpeg does the rest.
  expect(worst).toBeLessThan(bits === 8 ? 0.55 : 1);
});

/** The value of a plane of 4:2:0 at a pixel: each sample is in the middle of four pixels. */
function interpolated(plane: readonly number[], columns: number, rows: number, x: number, y: number): number {
  const [column, row] = [(x - 0.5) / 2, (y - 0.5) / 2];
  const at = (i: number, j: number): number => plane[Math.min(rows - 1, Math.max(0, j)) * columns + Math.min(columns - 1, Math.max(0, i))]!;
  const [i, j] = [Math.floor(column), Math.floor(row)];
  const [right, below] = [column - i, row - j];
  const line = (k: number): number => at(i, k) * (1 - right) + at(i + 1, k) * right;
  return line(j) * (1 - below) + line(j + 1) * below;
}

/** A clip of 1 second. */
async function oneSecond(): Promise<string> {
  const folder = await folderOf({});
  const made = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=32x24:r=10:d=1', 'clip.mp4'], { cwd: folder });
  expect(made.status).toBe(0);
  return folder;
}

test('a frame without a timestamp is an error that starts with the path', async () => {
  const folder = await oneSecond();
  const info = await probeVideo(join(folder, 'clip.mp4'));
  // A program that writes a frame, and nothing about it.
  await writeFile(join(folder, 'ffmpeg'), `#!/bin/sh\nhead -c ${32 * 24 * 3} /dev/zero\n`, { mode: 0o755 });
  const frames = readVideo(info, { programs: folder });
  await expect(frames.next()).rejects.toThrow(new VideoError('unreadable', `${info.path}: frame 1 has no timestamp`));
});

test('a part that begins after the video is an error before ffmpeg starts', async () => {
  const info = await probeVideo(join(await oneSecond(), 'clip.mp4'));
  for (const start of [1, 100]) {
    const frames = readVideo(info, { start, programs: '/nowhere' });
    const message = `${info.path}: the part begins at ${start} s; the video lasts 1 s`;
    await expect(frames.next()).rejects.toThrow(new VideoError('unreadable', message));
  }
});

test('a part that has no length is an error: ffmpeg would read all', async () => {
  const clip = await folderOf({ 'frame.png': await noise(8, 8).png().toBuffer() });
  const frames = readVideo(await probeVideo(clip), { duration: 0 });
  await expect(frames.next()).rejects.toThrow('readVideo: options.duration must be a finite number of seconds above 0, received 0');
});
