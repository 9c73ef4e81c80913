// Colors: matrix, range, bits and alpha, on flat areas through lossless codecs. What is expected is
// worked out from the definitions of ITU-R BT.601, BT.709 and BT.2020.
import { writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

/** Kr and Kb of each matrix. */
const MATRICES = {
  bt709: [0.2126, 0.0722],
  smpte170m: [0.299, 0.114],
  bt470bg: [0.299, 0.114],
  bt2020nc: [0.2627, 0.0593],
} as const;
type Matrix = keyof typeof MATRICES;
type Color = readonly [number, number, number];

const COLORS: readonly Color[] = [
  [0, 170, 0],
  [255, 255, 255],
  [0, 0, 0],
  [200, 30, 60],
  [20, 90, 250],
  [128, 128, 128],
];
const SIDE = 32;

testFirst(1, [
  ...(Object.keys(MATRICES) as Matrix[]).flatMap((matrix) => (['tv', 'pc'] as const).map((range) => [matrix, range, 'yuv420p'] as const)),
  ...(['yuv444p', 'yuv420p10le'] as const).flatMap((format) => (['tv', 'pc'] as const).map((range) => ['bt709', range, format] as const)),
])('%s of range %s in %s: the colors are right, come back within 1, and are tagged', async (matrix, range, format) => {
  const folder = await temporaryFolder();
  const bits = format.endsWith('10le') ? 10 : 8;
  const stored = COLORS.map((color) => toYuv(color, matrix, range, bits));
  await writeFile(`${folder}/flat.yuv`, Buffer.concat(Array.from({ length: 4 }, () => flatFrame(stored, format))));
  const tags = `-colorspace ${matrix} -color_range ${range} -color_primaries bt709 -color_trc bt709`;
  const size = `${COLORS.length * SIDE}x${SIDE}`;
  await ffmpeg(folder, `-f rawvideo -pix_fmt ${format} -s ${size} -r 10 -i flat.yuv -c:v ffv1 ${tags} clip.mkv`);

  const back = await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1');
  expect(back.status, back.stderr).toBe(0);
  const { video } = await probe(folder, 'small.mkv');
  expect(video).toMatchObject({
    color_space: matrix,
    color_range: range,
    color_primaries: 'bt709',
    color_transfer: 'bt709',
    pix_fmt: format,
  });
  const planes = planesOf(await rawVideo(folder, 'small.mkv', format), format);
  const worst = Math.max(...planes.map((plane, c) => distance(plane, stored, c)));
  expect(worst).toBeLessThanOrEqual(1);

  const rgb = await runVideo(folder, `clip.mkv -o rgb.mkv --factor 2 --codec ffv1 --pixel-format ${bits === 8 ? 'bgr0' : 'gbrp10le'}`);
  expect(rgb.status, rgb.stderr).toBe(0);
  const samples = await rawVideo(folder, 'rgb.mkv', 'rgb24');
  COLORS.forEach((color, i) => {
    const at = ((SIDE / 4) * COLORS.length * (SIDE / 2) + i * (SIDE / 2) + SIDE / 4) * 3;
    const ours = [...samples.subarray(at, at + 3)];
    expect(Math.max(...ours.map((sample, c) => Math.abs(sample - color[c]!))), `${color} became ${ours}`).toBeLessThanOrEqual(2);
  });
});

testFirst(1, [
  ['640x480', 'BT.601', 'smpte170m'],
  ['720x576', 'BT.601', 'bt470bg'],
  ['1280x720', 'BT.709', 'bt709'],
])('a clip of %s without tags is taken for %s, and a note says so', async (size, name, matrix) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i color=green:s=${size}:r=10:d=0.4 -c:v ffv1 -pix_fmt yuv420p clip.mkv`);
  const { stderr } = await runVideo(folder, 'clip.mkv -o small.mp4 --factor 4');
  expect(stderr).toContain(`; the video states no color matrix; ${name} is assumed (`);
  expect((await probe(folder, 'small.mp4')).video).toMatchObject({ color_space: matrix, color_range: 'tv' });
});

test('RGB becomes BT.709, and is tagged so', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i color=0x00AA00:s=64x64:r=10:d=0.4 -c:v ffv1 -pix_fmt bgr0 clip.mkv');
  expect((await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2 --crf 0 --pixel-format yuv444p')).status).toBe(0);
  expect((await probe(folder, 'small.mp4')).video).toMatchObject({ color_space: 'bt709', color_range: 'tv' });
  const [y, u, v] = planesOf(await rawVideo(folder, 'small.mp4', 'yuv444p'), 'yuv444p', 32, 32);
  const expected = toYuv([0, 170, 0], 'bt709', 'tv', 8);
  for (const [c, plane] of [y, u, v].entries()) expect(Math.abs(plane![0]! - expected[c]!)).toBeLessThanOrEqual(1);
});

testFirst(1, [
  ['mp4', '--codec h264', 'yuv420p10le'],
  ['mp4', '--codec hevc', 'yuv420p10le'],
  ['webm', '', 'yuv420p10le'],
  ['mkv', '--codec ffv1', 'yuv420p10le'],
])('10 bits stay 10 bits in .%s %s', async (extension, flags, format) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x64:r=10:d=0.4 -c:v ffv1 -pix_fmt yuv420p10le clip.mkv');
  const { status, stderr } = await runVideo(folder, `clip.mkv -o small.${extension} --factor 2 ${flags}`);
  expect(status, stderr).toBe(0);
  expect((await probe(folder, `small.${extension}`)).video.pix_fmt).toBe(format);
});

test('steps of 10 bits that 8 bits do not have come back', async () => {
  const folder = await temporaryFolder();
  const levels = Array.from({ length: 16 }, (_, i) => 400 + i);
  const luma = Uint16Array.from({ length: 64 * 16 }, (_, i) => levels[Math.floor((i % 64) / 4)]!);
  const frame = Buffer.concat([Buffer.from(luma.buffer), Buffer.from(new Uint16Array(32 * 8 * 2).fill(512).buffer)]);
  await writeFile(`${folder}/ramp.yuv`, Buffer.concat([frame, frame]));
  await ffmpeg(folder, '-f rawvideo -pix_fmt yuv420p10le -s 64x16 -r 10 -i ramp.yuv -c:v ffv1 -colorspace bt709 -color_range tv clip.mkv');
  expect((await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1')).status).toBe(0);
  const samples = await rawVideo(folder, 'small.mkv', 'yuv420p10le');
  const row = Array.from({ length: 32 }, (_, i) => samples.readUInt16LE(2 * i));
  for (const [i, level] of row.entries()) expect(Math.abs(level - levels[Math.floor(i / 2)]!)).toBeLessThanOrEqual(1);
});

test('8 bits in place of 10 are said', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x64:r=10:d=0.4 -c:v ffv1 -pix_fmt yuv420p10le clip.mkv');
  expect((await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2 --pixel-format yuv420p')).stderr).toContain('10 bits became 8');
});

testFirst(1, [
  ['webm', '-c:v libvpx-vp9 -pix_fmt yuva420p', '', 'yuva420p'],
  ['mov', '-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le', '--codec prores', 'yuva444p10le'],
  ['mkv', '-c:v ffv1 -pix_fmt bgra', '--codec ffv1', 'bgra'],
])('alpha in .%s is kept', async (extension, encode, flags, format) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i color=red@0.5:s=64x64:r=10:d=0.4,format=rgba ${encode} clip.${extension}`);
  const { status, stderr } = await runVideo(folder, `clip.${extension} -o small.${extension} --factor 2 ${flags}`);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain(format);
  const decoder = extension === 'webm' ? ['-c:v', 'libvpx-vp9'] : [];
  const pixels = await rawWith(decoder, folder, `small.${extension}`);
  expect(Math.abs(pixels[3]! - 128)).toBeLessThanOrEqual(2);
  expect(pixels[0]!).toBeGreaterThan(240);
  expect(pixels[1]!).toBeLessThan(12);
});

test('alpha that the codec does not have becomes white, which is said', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i color=red@0.5:s=64x64:r=10:d=0.4,format=rgba -c:v ffv1 -pix_fmt bgra clip.mkv');
  const { stderr } = await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2 --crf 0 --pixel-format yuv444p');
  expect(stderr).toContain('alpha was flattened onto white');
  const [red, green, blue] = await rawVideo(
    folder,
    'small.mp4',
    'rgb24',
    '-vf',
    'scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int',
  );
  expect(red!).toBeGreaterThan(250);
  for (const sample of [green!, blue!]) expect(Math.abs(sample - 127)).toBeLessThanOrEqual(3);
});

async function rawWith(decoder: string[], folder: string, name: string): Promise<Buffer> {
  if (decoder.length === 0) return rawVideo(folder, name, 'rgba');
  await ffmpeg(folder, `${decoder.join(' ')} -i ${name} -c:v png -frames:v 1 frame.png`);
  return rawVideo(folder, 'frame.png', 'rgba');
}

/** Luma and chroma of a color, rounded, by the definition of the matrix. */
function toYuv(color: Color, matrix: Matrix, range: 'tv' | 'pc', bits: number): Color {
  const [kr, kb] = MATRICES[matrix];
  const [r, g, b] = color.map((sample) => sample / 255) as unknown as Color;
  const y = kr * r + (1 - kr - kb) * g + kb * b;
  const u = (b - y) / (2 * (1 - kb));
  const v = (r - y) / (2 * (1 - kr));
  const scale = 2 ** (bits - 8);
  const maximum = 2 ** bits - 1;
  const limit = (value: number): number => Math.min(maximum, Math.max(0, Math.round(value)));
  if (range === 'pc') return [limit(y * maximum), limit(u * maximum + 128 * scale), limit(v * maximum + 128 * scale)];
  return [limit((219 * y + 16) * scale), limit((224 * u + 128) * scale), limit((224 * v + 128) * scale)];
}

/** A frame with a square for each color. */
function flatFrame(stored: readonly Color[], format: string): Buffer {
  const shared = format.startsWith('yuv420') ? 2 : 1;
  const bytes = format.endsWith('10le') ? 2 : 1;
  return Buffer.concat(
    [0, 1, 2].map((c) => {
      const [side, width] = c === 0 ? [SIDE, SIDE] : [SIDE / shared, SIDE / shared];
      const samples = Array.from({ length: side * width * stored.length }, (_, i) => stored[Math.floor(i / width) % stored.length]![c]!);
      return bytes === 1 ? Buffer.from(samples) : Buffer.from(Uint16Array.from(samples).buffer);
    }),
  );
}

/** The planes of the first frame. */
function planesOf(frame: Buffer, format: string, width = (COLORS.length * SIDE) / 2, height = SIDE / 2): number[][] {
  const shared = format.startsWith('yuv420') ? 4 : 1;
  const bytes = format.endsWith('10le') ? 2 : 1;
  const sample = (i: number): number => (bytes === 1 ? frame[i]! : frame.readUInt16LE(2 * i));
  const luma = width * height;
  return [
    Array.from({ length: luma }, (_, i) => sample(i)),
    Array.from({ length: luma / shared }, (_, i) => sample(luma + i)),
    Array.from({ length: luma / shared }, (_, i) => sample(luma + luma / shared + i)),
  ];
}

/** The largest difference of a plane to what was stored, in the middle of each square. */
function distance(plane: readonly number[], stored: readonly Color[], c: number): number {
  const isShared = plane.length < (COLORS.length * SIDE * SIDE) / 4;
  const side = isShared ? SIDE / 4 : SIDE / 2;
  const differences = stored.map((color, i) => {
    const at = (side / 2) * side * stored.length + i * side + side / 2;
    return Math.abs(plane[at]! - color[c]!);
  });
  return Math.max(...differences);
}
