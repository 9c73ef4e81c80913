import { execFile } from 'node:child_process';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { grayClip } from '@softpool/testing/clips';
import { folderOf, messageOf } from '@softpool/testing/files';
import { beforeAll, describe, expect, test } from 'vitest';
import { CorruptSampleError } from '../data-set.ts';
import { clipFolder } from './clip-folder.ts';

let long: Uint8Array;
let short: Uint8Array;
beforeAll(async () => {
  [long, short] = [await grayClip(40), await grayClip(6)];
});

const folder = () => folderOf({ 'a/long.avi': long, 'a/short.avi': short, 'b/long.avi': long });
const native = { frames: 8, size: [32, 48] } as const;

/** The number of each frame, from its first pixel. */
function frameNumbers(data: Uint8Array, size: number): number[] {
  return Array.from({ length: data.length / size }, (_, frame) => data[frame * size]! / 6);
}

describe('the frames of a clip', () => {
  test('are spread evenly over it, each in the middle of its interval', async () => {
    const set = await clipFolder(await folder(), native);
    expect([...set.labels]).toEqual([0, 0, 1]);
    const { data, shape } = await set.read(0);
    expect(shape).toEqual([8, 32, 48, 3]);
    // 40 frames in intervals of 5: the middle of 0 to 4 is 2.
    expect(frameNumbers(data, 32 * 48 * 3)).toEqual([2, 7, 12, 17, 22, 27, 32, 37]);
    expect([...data.subarray(3 * 24, 3 * 24 + 3)]).toEqual([15, 15, 15]);
    expect((await set.read(0)).data).toEqual(data);
  });

  test('are the middle ones at a given rate', async () => {
    // 8 frames at 20 per second take 0.4 of 2 s, starting at 0.8 s; at 5 per second they take 1.6
    // s, starting at 0.2 s, each in the middle of its interval.
    const size = 32 * 48 * 3;
    const fast = await (await clipFolder(await folder(), { ...native, framesPerSecond: 20 })).read(0);
    expect(frameNumbers(fast.data, size)).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
    const slow = await (await clipFolder(await folder(), { ...native, framesPerSecond: 5 })).read(0);
    const numbers = frameNumbers(slow.data, size);
    expect(numbers.slice(1).map((number, i) => number - numbers[i]!)).toEqual([4, 4, 4, 4, 4, 4, 4]);
    expect(numbers[0]).toBeGreaterThanOrEqual(4);
    expect(numbers[0]).toBeLessThanOrEqual(6);
  });

  test('are those of the whole video in Matroska, whose audio is longer', async () => {
    const path = await folder();
    const audio = ['-f', 'lavfi', '-i', 'sine=d=6', '-c:v', 'copy', '-c:a', 'aac', join(path, 'b/audio.mkv')];
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-i', join(path, 'b/long.avi'), ...audio]);
    const { data } = await (await clipFolder(path, native)).read(2);
    // The video takes 2 s. Of 8 frames spread over the 6 s of the file, it would have 3 or 4.
    const numbers = frameNumbers(data, 32 * 48 * 3);
    for (const [i, number] of numbers.entries()) expect(Math.abs(number - (2 + 5 * i))).toBeLessThanOrEqual(1);
  });

  test('are cropped to the center', async () => {
    const cut = await (await clipFolder(await folder(), { frames: 2, size: [16, 16] })).read(0);
    expect(cut.shape).toEqual([2, 16, 16, 3]);
    // Halved to 24 × 16; of the 16 columns that remain, 8 are in the brighter half.
    const brighter = (data: Uint8Array): number =>
      Array.from({ length: 16 }, (_, x) => data[3 * x]! - data[0]!).filter((more) => more >= 2).length;
    expect(brighter(cut.data)).toBe(8);
  });
});

// 16 frames at 30 per second take 0.5333333… s, and ffprobe says 0.533333 s; 20 frames take
// 0.6666666… s, and it says 0.666667 s.
test.each([16, 20])('a clip is long enough for its own %i frames, although its duration is rounded', async (frames) => {
  const path = await folderOf({ 'a/long.avi': long, 'b/long.avi': long });
  const clip = ['-f', 'lavfi', '-i', 'testsrc2=s=48x32:r=30', '-frames:v', `${frames}`, '-c:v', 'mpeg4', join(path, 'a/clip.mp4')];
  await promisify(execFile)('ffmpeg', ['-v', 'error', ...clip]);
  const set = await clipFolder(path, { frames, size: [32, 48], framesPerSecond: 30 });
  expect((await set.read(0)).shape).toEqual([frames, 32, 48, 3]);
});

describe('an unusable clip is a corrupt sample that says why', () => {
  test('too short', async () => {
    const path = await folder();
    const error = await (await clipFolder(path, native)).read(1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CorruptSampleError);
    expect((error as Error).message).toBe(`${path}/a/short.avi: the clip has 6 frames, but 8 are needed`);
    expect(await messageOf((await clipFolder(path, { ...native, framesPerSecond: 10 })).read(1))).toBe(
      `CorruptSampleError: ${path}/a/short.avi: the clip takes 0.3 s, but 8 frames at 10 per second take 0.8 s`,
    );
  });

  test('cut short, text, empty, damaged or missing', async () => {
    const body = Buffer.from(long).indexOf('movi'); // where an AVI file's frames start
    const damaged = long.slice();
    damaged.fill(0x55, body + 300, body + 900);
    const path = await folderOf({
      'a/1-cut.avi': long.subarray(0, body + 700),
      'a/2-text.mp4': 'Dear reader, this is a letter.',
      'a/3-empty.mkv': '',
      'a/4-damaged.avi': damaged,
      'a/5-gone.avi': long,
      'b/long.avi': long,
    });
    const set = await clipFolder(path, native);
    await unlink(`${path}/a/5-gone.avi`);
    const messages = [];
    for (let index = 0; index < 5; index++) messages.push((await messageOf(set.read(index))).replace(path, ''));
    expect(messages).toEqual([
      expect.stringMatching(/^CorruptSampleError: \/a\/1-cut.avi: the clip /),
      expect.stringMatching(/^CorruptSampleError: \/a\/2-text.mp4: ffprobe cannot read it: .+/),
      expect.stringMatching(/^CorruptSampleError: \/a\/3-empty.mkv: ffprobe cannot read it: .+/),
      expect.stringMatching(/^CorruptSampleError: \/a\/4-damaged.avi: the clip (is damaged|ends) .+/),
      'CorruptSampleError: /a/5-gone.avi: no such file or folder',
    ]);
    expect((await set.read(5)).shape).toEqual([8, 32, 48, 3]);
  });
});

test('a playlist named as a clip is not followed to other files', async () => {
  const hls = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n../b/long.avi\n#EXT-X-ENDLIST\n';
  const representation = '<Representation id="1" bandwidth="1" width="48" height="32"><BaseURL>../b/long.avi</BaseURL></Representation>';
  const dash = `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT2S">
<Period duration="PT2S"><AdaptationSet mimeType="video/mp4">${representation}</AdaptationSet></Period></MPD>`;
  const files = { 'a/1-hls.mp4': hls, 'a/2-dash.mp4': dash, 'a/3-concat.mp4': 'ffconcat version 1.0\nfile long.avi\n' };
  const path = await folderOf({ ...files, 'b/long.avi': long });
  const set = await clipFolder(path, native);
  for (const [index, name] of Object.keys(files).entries()) {
    expect(await messageOf(set.read(index))).toMatch(
      `CorruptSampleError: ${path}/${name}: it is not a container of video; playlists are not followed`,
    );
  }
});

test('without ffmpeg the error says what to install', async () => {
  const { PATH } = process.env;
  process.env.PATH = '/nonexistent';
  try {
    expect(await messageOf(clipFolder(await folder(), native))).toMatch(
      /^VideoError: ffmpeg was not found; videos need ffmpeg and ffprobe. Install them \(Debian and Ubuntu: apt install ffmpeg/,
    );
  } finally {
    process.env.PATH = PATH;
  }
});

test('invalid options and folders are rejected', async () => {
  expect(await messageOf(clipFolder('x', { frames: 0 }))).toBe(
    'RangeError: clipFolder: options.frames must be a positive integer, received 0',
  );
  expect(await messageOf(clipFolder('x', { size: [112, 0.5] }))).toBe(
    'RangeError: clipFolder: options.size[1] must be a positive integer, received 0.5',
  );
  expect(await messageOf(clipFolder('x', { framesPerSecond: 0 }))).toBe(
    'RangeError: clipFolder: options.framesPerSecond must be a number above 0, received 0',
  );
  const path = await folderOf({ 'a/x.png': '', 'b/long.avi': long });
  expect(await messageOf(clipFolder(path))).toBe(
    `Error: ${path}/a: the class has no clips (1 other files, such as x.png); add some, or remove the folder`,
  );
});
