// Which files are animations: the studio says that it shows the first frame.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { isAnimated } from '../../site/studio/picture/animated.ts';
import { FILES } from './studio-page.ts';

const plain = (background: string) => sharp({ create: { width: 40, height: 30, channels: 3, background } });
const twoFrames = async () => {
  const pictures = ['red', 'blue'].map((color) => plain(color).png().toBuffer());
  return sharp(await Promise.all(pictures), { join: { animated: true } });
};

/** An animated PNG with its colors before the header of the animation. */
const animatedPng = async () => {
  const clip = ['-f', 'lavfi', '-i', 'testsrc2=s=20x20:r=10:d=0.3', '-vf', 'setparams=color_primaries=bt709'];
  return spawnSync('ffmpeg', ['-v', 'error', ...clip, '-f', 'apng', '-']).stdout;
};

/** An AVIF of some frames. The format needs a file that can be sought in. */
const avifOf = (frames: number) => async () => {
  const file = `${FILES}frames-${frames}.avif`;
  const clip = ['-f', 'lavfi', '-i', 'testsrc2=s=32x32:r=10', '-frames:v', String(frames), '-c:v', 'libaom-av1', '-cpu-used', '8'];
  spawnSync('ffmpeg', ['-v', 'error', '-y', ...clip, file]);
  return readFileSync(file);
};

test.each<[string, boolean, () => Promise<Buffer>]>([
  ['a GIF of two frames', true, async () => (await twoFrames()).gif({ delay: [100, 100] }).toBuffer()],
  ['a GIF of one frame', false, () => plain('red').gif().toBuffer()],
  ['a GIF without its end', false, async () => (await plain('red').gif().toBuffer()).subarray(0, -1)],
  ['a GIF with a comment that looks like a frame', false, async () => withComment(await plain('red').gif().toBuffer())],
  ['a WebP of two frames', true, async () => (await twoFrames()).webp().toBuffer()],
  ['a WebP of two frames with a profile', true, async () => (await twoFrames()).withIccProfile('srgb').webp().toBuffer()],
  ['a WebP of one frame with a profile', false, () => plain('red').withIccProfile('srgb').webp().toBuffer()],
  ['a WebP', false, () => plain('red').webp().toBuffer()],
  ['an animated PNG', true, animatedPng],
  ['a PNG', false, () => plain('red').png().toBuffer()],
  ['an AVIF of two frames', true, avifOf(2)],
  ['an AVIF of one frame', false, avifOf(1)],
  ['a JPEG', false, () => plain('red').jpeg().toBuffer()],
])('%s: %s', async (_, expected, make) => {
  expect(isAnimated(Uint8Array.from(await make()))).toBe(expected);
});

/** The bytes of a frame's header, twice, in a comment before the first image. */
function withComment(gif: Buffer): Buffer {
  const first = gif.indexOf(Buffer.of(0x2c, 0, 0, 0, 0));
  const header = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  return Buffer.concat([gif.subarray(0, first), Buffer.of(0x21, 0xfe, 16, ...header, ...header, 0), gif.subarray(first)]);
}
