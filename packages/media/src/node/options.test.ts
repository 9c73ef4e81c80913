// What options may not be: a misspelled one would be ignored, and a wrong value taken for another.
import { folderOf } from '@softpool/testing/files';
import { noise } from '@softpool/testing/pictures';
import { describe, expect, test } from 'vitest';
import { contactSheet, videoSheet } from './contact-sheet.ts';
import {
  compareVideo,
  encodeImage,
  encodePages,
  type Pixels,
  planVideo,
  probeVideo,
  readImage,
  readImageSize,
  readVideo,
  type VideoInfo,
} from './index.ts';

const image: Pixels<Uint8Array> = { data: new Uint8Array(8 * 8), width: 8, height: 8, channels: 1 };
const bytes = await noise(8, 8).png().toBuffer();
const frames = (): Promise<string> => folderOf({ 'frame.png': bytes });
const clip = async (): Promise<VideoInfo> => probeVideo(await frames());

/** The calls, by name, with the options that are given beside those that they require. */
const CALLS: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  readImage: (options) => readImage(bytes, options),
  readImageSize: (options) => readImageSize(bytes, options),
  encodeImage: (options) => encodeImage(image, options),
  encodePages: (options: object) => encodePages([image, image], { format: 'webp', ...options }),
  contactSheet: (options) => contactSheet(image, [], options),
  videoSheet: (options) => videoSheet({ times: [], originals: [image], size: { width: 8, height: 8, frameRate: 1 }, rows: [] }, options),
  probeVideo: async (options) => probeVideo(await frames(), options),
  readVideo: async (options) => readVideo(await clip(), options).next(),
  planVideo: async (options) => planVideo('a.mp4', await clip(), { width: 4, height: 4, frameRate: [25, 1], pixelAspect: [1, 1] }, options),
  compareVideo: async (options) => compareVideo(await clip(), { factor: 2 }, options),
};

describe.each(Object.entries(CALLS))('%s', (name, call) => {
  test('names an option that it does not have', async () => {
    await expect(call({ qualty: 9 } as never)).rejects.toThrow(`${name}: options.qualty is not an option of this call`);
  });
});

test.each([
  ['readVideo', 'start', -1, 'a finite number of seconds ≥ 0'],
  ['readVideo', 'start', Number.NaN, 'a finite number of seconds ≥ 0'],
  ['readVideo', 'duration', Number.POSITIVE_INFINITY, 'a finite number of seconds above 0'],
  ['readVideo', 'deinterlace', 'yes', 'true or false'],
  ['planVideo', 'start', -1, 'a finite number of seconds ≥ 0'],
  ['planVideo', 'duration', 0, 'a finite number of seconds above 0'],
  ['planVideo', 'audio', 'none', "'copy' or 'drop'"],
  ['planVideo', 'subtitles', false, "'copy' or 'drop'"],
  ['probeVideo', 'frameRate', 0, 'a finite number above 0'],
  ['probeVideo', 'frameRate', Number.NaN, 'a finite number above 0'],
  ['probeVideo', 'tonemap', 'yes', 'true or false'],
  ['compareVideo', 'methods', [], 'a list of methods'],
  ['compareVideo', 'methods', 'soft', 'a list of methods'],
  ['compareVideo', 'methods[0]', ['tmix'], "'soft' or 'average' or 'max' or 'nearest'"],
  ['compareVideo', 'moments', 0, 'a positive integer'],
  ['compareVideo', 'onStep', 3, 'a function'],
  ['encodePages', 'delay', 100, 'a list of milliseconds, one for each of the 2 pages'],
  ['contactSheet', 'title', 3, 'a text'],
  ['videoSheet', 'title', null, 'a text'],
])('%s with %s %o throws', async (name, option, value, expected) => {
  const [key = ''] = option.split('[');
  await expect(CALLS[name]?.({ [key]: value } as never)).rejects.toThrow(`${name}: options.${option} must be ${expected}, received`);
});
