// A flat color comes back from every container and codec, whatever they can state: as ffmpeg
// decodes it, and animations and pictures as sharp does. Expected by ITU-R BT.709.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ffmpeg, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

type Color = readonly [number, number, number];

/** A green in BT.709: luma and chroma as they are stored. */
const STORED: Readonly<Record<'tv' | 'pc', Color>> = { tv: [142, 88, 63], pc: [147, 82, 54] };

/** Red, green and blue by the definition of BT.709, in 8 bits. */
function toRgb([y, cb, cr]: Color, range: 'tv' | 'pc'): Color {
  const [black, luma, chroma] = range === 'tv' ? [16, 219, 224] : [0, 255, 255];
  const [light, u, v] = [(y - black) / luma, (cb - 128) / chroma, (cr - 128) / chroma];
  const [red, blue] = [light + 1.5748 * v, light + 1.8556 * u];
  const green = (light - 0.2126 * red - 0.0722 * blue) / 0.7152;
  return [Math.round(255 * red), Math.round(255 * green), Math.round(255 * blue)];
}

/** Clips of the same color: BT.709 of both ranges, and pictures. Returns what each has. */
async function writeClips(folder: string): Promise<ReadonlyMap<string, Color>> {
  const [width, height] = [128, 96];
  for (const range of ['tv', 'pc'] as const) {
    const planes = STORED[range].map((sample, c) => Buffer.alloc(c === 0 ? width * height : (width * height) / 4, sample));
    await writeFile(`${folder}/${range}.yuv`, Buffer.concat([...planes, ...planes]));
    const raw = `-f rawvideo -pix_fmt yuv420p -s ${width}x${height} -r 25 -i ${range}.yuv`;
    await ffmpeg(folder, `${raw} -c:v ffv1 -colorspace bt709 -color_range ${range} ${range}.mkv`);
  }
  const rgb: Color = [31, 190, 62];
  const picture = await sharp({ create: { width, height, channels: 3, background: { r: rgb[0], g: rgb[1], b: rgb[2] } } })
    .png()
    .toBuffer();
  await mkdir(`${folder}/frames`);
  for (const name of ['1.png', '2.png']) await writeFile(`${folder}/frames/${name}`, picture);
  return new Map([
    ['frames', rgb],
    ['tv.mkv', toRgb(STORED.tv, 'tv')],
    ['pc.mkv', toRgb(STORED.pc, 'pc')],
  ]);
}

/** The first pixel, as ffmpeg decodes it. Its conversion to 8 bits is not exact. */
async function byFfmpeg(folder: string, name: string): Promise<Color> {
  const samples = await rawVideo(folder, name, 'gbrp10le', '-vf', 'scale=1:1:flags=area+accurate_rnd+full_chroma_int', '-frames:v', '1');
  const [green, blue, red] = [0, 1, 2].map((i) => (samples.readUInt16LE(2 * i) * 255) / 1023) as [number, number, number];
  return [red, green, blue];
}

/** The first pixel, as sharp decodes it. */
async function bySharp(folder: string, name: string): Promise<Color> {
  const [red, green, blue] = await sharp(await readFile(`${folder}/${name}`))
    .removeAlpha()
    .raw()
    .toBuffer();
  return [red!, green!, blue!];
}

testFirst(3, [
  ['webp', '', [bySharp]],
  ['avi', '', [byFfmpeg]],
  ['mov', '--codec prores_ks', [byFfmpeg]],
  ['mkv', '--codec mjpeg', [byFfmpeg]],
  ['mkv', '--codec mpeg2video', [byFfmpeg]],
  ['avi', '--codec ffv1', [byFfmpeg]],
  ['avi', '--codec h264 --crf 1', [byFfmpeg]],
  ['avi', '--codec mjpeg', [byFfmpeg]],
  ['avi', '--codec utvideo', [byFfmpeg]],
  ['avi', '--codec png', [byFfmpeg]],
  ['webp', '--pixel-format bgra', [bySharp]],
  ['gif', '', [byFfmpeg, bySharp]],
  ['png', '', [byFfmpeg, bySharp]],
  ['mp4', '--crf 1', [byFfmpeg]],
  ['mp4', '--codec mpeg4', [byFfmpeg]],
  ['mov', '--codec mjpeg', [byFfmpeg]],
  ['mkv', '--codec vp8', [byFfmpeg]],
  ['mkv', '--codec ffv1', [byFfmpeg]],
  ['webm', '--crf 1', [byFfmpeg]],
])('a color in .%s %s comes back within 2 of 255', async (extension, flags, decoders) => {
  const folder = await temporaryFolder();
  const name = extension === 'png' ? 'small-%d.png' : `small.${extension}`;
  for (const [clip, color] of await writeClips(folder)) {
    const { status, stderr } = await runVideo(folder, `${clip} -o ${name} --width 50% --force ${flags}`);
    expect(status, stderr).toBe(0);
    for (const decode of decoders) {
      const decoded = await decode(folder, name.replace('%d', '1'));
      const worst = Math.max(...decoded.map((sample, c) => Math.abs(sample - color[c]!)));
      expect(worst, `${clip}: ${color} became ${decoded}`).toBeLessThanOrEqual(2);
    }
  }
});

test('an AVI of 720 lines, which states no matrix, has the one that it is taken for', async () => {
  const folder = await temporaryFolder();
  const size = 1280 * 720;
  const planes = STORED.tv.map((sample, c) => Buffer.alloc(c === 0 ? size : size / 4, sample));
  await writeFile(`${folder}/tv.yuv`, Buffer.concat([...planes, ...planes]));
  await ffmpeg(folder, '-f rawvideo -pix_fmt yuv420p -s 1280x720 -r 25 -i tv.yuv -c:v ffv1 -colorspace bt709 -color_range tv tv.mkv');
  for (const line of ['tv.mkv -o small.avi --time 2', 'small.avi -o again-%d.png --time 1']) {
    const { status, stderr } = await runVideo(folder, line);
    expect(status, stderr).toBe(0);
  }
  const [y, cb, cr] = await rawVideo(folder, 'small.avi', 'yuv444p', '-vf', 'scale=1:1:flags=area', '-frames:v', '1');
  for (const found of [toRgb([y!, cb!, cr!], 'tv'), await bySharp(folder, 'again-1.png')]) {
    const worst = Math.max(...found.map((sample, c) => Math.abs(sample - toRgb(STORED.tv, 'tv')[c]!)));
    expect(worst, `it became ${found}`).toBeLessThanOrEqual(3);
  }
});
