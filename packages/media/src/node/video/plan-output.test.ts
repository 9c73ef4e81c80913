// What planVideo refuses, in the words of the library: its errors name options.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { folderOf } from '@softpool/testing/files';
import { expect, test } from 'vitest';
import { planVideo } from './plan-output.ts';
import { probeVideo } from './probe-video.ts';
import { VideoError } from './programs.ts';
import type { EncodeVideoOptions, VideoOutput } from './video-output.ts';

/** Plans a clip of 32 × 24 pixels and some audio, by 2. */
async function plan(output: string, options: EncodeVideoOptions): Promise<VideoOutput> {
  const folder = await folderOf({});
  const sources = ['testsrc2=s=32x24:r=10:d=0.5', 'sine=d=0.5'].flatMap((source) => ['-f', 'lavfi', '-i', source]);
  expect(spawnSync('ffmpeg', ['-v', 'error', ...sources, 'clip.mp4'], { cwd: folder }).status).toBe(0);
  const source = await probeVideo(join(folder, 'clip.mp4'));
  return await planVideo(output, source, { width: 16, height: 12, frameRate: [5, 1], pixelAspect: [1, 1] }, options);
}

test.each<[output: string, options: EncodeVideoOptions, message: string]>([
  ['x.gif', { crf: 40 }, 'x.gif: options.crf is not an option of the encoder gif; leave it out'],
  ['x.gif', { preset: 'slow' }, 'x.gif: options.preset is not an option of the encoder gif; leave it out'],
  ['x.webp', { crf: 40 }, 'x.webp: options.crf is not an option of the encoder libwebp_anim; leave it out'],
  ['x.avi', { crf: 40 }, 'x.avi: options.crf is not an option of the encoder mpeg4; leave it out'],
  ['x.webm', { preset: 'slow', audio: 'drop' }, 'x.webm: options.preset is not an option of the encoder libvpx-vp9; leave it out'],
  ['x-%d.png', { crf: 3 }, 'x-%d.png: options.crf is for videos; frames are written as png files'],
])('%s with %o is refused, since ffmpeg would ignore the option', async (output, options, message) => {
  await expect(plan(output, options)).rejects.toThrow(new VideoError('unsupported', message));
});

test.each<[output: string, options: EncodeVideoOptions]>([
  ['x.mp4', { crf: 40, preset: 'slow' }],
  ['x.webm', { crf: 40, audio: 'drop' }],
])('%s with %o is planned: its encoder has these options', async (output, options) => {
  expect((await plan(output, options)).options).toEqual(options);
});

test('a frame of more than 64 MiB is planned', { tags: 'long' }, async () => {
  const folder = await folderOf({});
  const args = ['-f', 'lavfi', '-i', 'testsrc2=s=32x24:r=10:d=0.2', 'clip.mkv'];
  expect(spawnSync('ffmpeg', ['-v', 'error', ...args], { cwd: folder }).status).toBe(0);
  // 1.5 bytes a pixel: 67.5 MB.
  const pooled = { width: 7500, height: 6000, frameRate: [5, 1], pixelAspect: [1, 1] } as const;
  const options = { codec: 'rawvideo', pixelFormat: 'yuv420p' };
  expect(await planVideo('x.avi', await probeVideo(join(folder, 'clip.mkv')), pooled, options)).toMatchObject(pooled);
});

test('an error that says what to do names the option, and any caller can name it in its own way', async () => {
  const error = await plan('x.webm', {}).catch((reason: unknown) => reason as VideoError);
  if (!(error instanceof VideoError)) throw new Error('the audio of MP4 was planned into WebM');
  expect(error.message).toMatch(/^x\.webm: \.webm cannot hold the audio .*; write \.mkv, or use options\.audio: 'drop'$/);
  expect(error.messageWith((option, value) => `[${option}=${value}]`)).toBe(error.message.replace("options.audio: 'drop'", '[audio=drop]'));
  expect(Object.keys(error)).not.toContain('messageWith');
});
