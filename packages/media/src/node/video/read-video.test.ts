// Frames as ffmpeg decodes them, against exact conversion.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { folderOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { probeVideo } from './probe-video.ts';
import { readVideo } from './read-video.ts';

const [WIDTH, HEIGHT] = [16, 12];

/** Kr and Kb of BT.709. */
const [KR, KB] = [0.2126, 0.0722];

test.each([
  ['yuv420p', 8],
  ['yuv420p10le', 10],
] as const)('chroma of %s is interpolated between columns and rows', async (format, bits) => {
  const scale = 2 ** (bits - 8);
  const luma = Array.from({ length: WIDTH * HEIGHT }, (_, i) => (110 + (i % 7)) * scale);
  const chroma = [5, 11].map((step) => Array.from({ length: (WIDTH * HEIGHT) / 4 }, (_, i) => (100 + ((i * step) % 40)) * scale));
  const samples = [luma, ...chroma].flat();
  const bytes = bits === 8 ? Uint8Array.from(samples) : new Uint8Array(Uint16Array.from(samples).buffer);
  const folder = await folderOf({ 'frame.yuv': bytes });
  const raw = ['-f', 'rawvideo', '-pix_fmt', format, '-s', `${WIDTH}x${HEIGHT}`, '-i', 'frame.yuv'];
  const tags = ['-colorspace', 'bt709', '-color_range', 'tv'];
  const { status } = spawnSync('ffmpeg', ['-v', 'error', ...raw, '-c:v', 'ffv1', ...tags, 'clip.mkv'], { cwd: folder });
  expect(status).toBe(0);

  const maximum = bits === 8 ? 255 : 65535;
  for await (const { data } of readVideo(await probeVideo(join(folder, 'clip.mkv')))) {
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const [cb, cr] = chroma.map((plane) => (interpolated(plane, x, y) / scale - 128) / 224) as [number, number];
        const light = (luma[y * WIDTH + x]! / scale - 16) / 219;
        const [red, blue] = [light + 2 * (1 - KR) * cr, light + 2 * (1 - KB) * cb];
        const green = (light - KR * red - KB * blue) / (1 - KR - KB);
        [red, green, blue].forEach((color, c) => {
          expect(Math.abs((data[(y * WIDTH + x) * 3 + c]! / maximum - color) * 255), `${x}, ${y}, ${c}`).toBeLessThan(1);
        });
      }
    }
  }
});

/** The value of a plane of 4:2:0 at a pixel: each sample is in the middle of four pixels. */
function interpolated(plane: readonly number[], x: number, y: number): number {
  const [column, row] = [(x - 0.5) / 2, (y - 0.5) / 2];
  const at = (i: number, j: number): number => {
    const [width, height] = [WIDTH / 2, HEIGHT / 2];
    return plane[Math.min(height - 1, Math.max(0, j)) * width + Math.min(width - 1, Math.max(0, i))]!;
  };
  const [i, j] = [Math.floor(column), Math.floor(row)];
  const [right, below] = [column - i, row - j];
  const line = (k: number): number => at(i, k) * (1 - right) + at(i + 1, k) * right;
  return line(j) * (1 - below) + line(j + 1) * below;
}
