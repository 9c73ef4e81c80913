/** Random videos and options, for tests that compare two ways to pool them. */
import fc from 'fast-check';
import type { PoolVideoOptions, VideoFrameLike } from '../index.ts';
import { emptySamples } from '../pixels.ts';

/** A video whose frames are shown for different times, and options to pool it. */
export const videos = fc.record({
  channels: fc.integer({ min: 1, max: 4 }),
  width: fc.integer({ min: 4, max: 9 }),
  height: fc.integer({ min: 4, max: 8 }),
  is16: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1000 }),
  isOpaque: fc.boolean(),
  durations: fc.array(fc.constantFrom<number>(1, 1, 1, 0.5, 2, 1.7, 7), { minLength: 1, maxLength: 9 }),
  options: fc.record({
    windows: fc.constantFrom<PoolVideoOptions>(
      { factor: 2 },
      { factor: 3 },
      { kernelSize: 3, stride: 2 },
      { kernelSize: [3, 2, 1], stride: [1, 1, 2] },
      { kernelSize: [2, 1, 1], stride: [3, 2, 2] },
      { width: 3, height: 2, time: 2 },
      { factor: 2, fps: 7 },
      { time: 4 },
    ),
    method: fc.constantFrom('soft', 'average', 'max', 'nearest'),
    weights: fc.constantFrom('shared', 'perChannel'),
    beta: fc.constantFrom(0, 0.3, 1 / 0.225, 60, 690),
    linear: fc.boolean(),
    sceneCut: fc.constantFrom(0.05, 'off'),
  }),
});

type RandomVideo = (typeof videos extends fc.Arbitrary<infer Value> ? Value : never) & object;

/** The options of a random video. */
export function optionsOf({ options: { windows, ...options } }: RandomVideo): PoolVideoOptions {
  return { ...windows, ...options, frameRate: 10 } as PoolVideoOptions;
}

/** The frames of a random video, all of which reuse the same samples. */
export async function* framesOf(video: RandomVideo): AsyncGenerator<VideoFrameLike> {
  const { width, height, is16, seed, isOpaque, durations } = video;
  const channels = video.channels as VideoFrameLike['channels'];
  const maximum = is16 ? 65535 : 255;
  const data = emptySamples(is16 ? new Uint16Array() : new Uint8Array(), width * height * channels);
  let state = seed;
  let timestamp = 3;
  for (const duration of durations) {
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      const isAlpha = channels % 2 === 0 && i % channels === channels - 1;
      data[i] = isAlpha && (isOpaque || state % 2 === 0) ? maximum : Math.round(((state >>> 8) / 2 ** 24) * maximum);
    }
    yield { data, width, height, channels, timestamp, duration: duration / 10 };
    timestamp += duration / 10;
  }
}

/** All frames. */
export async function collect<F>(frames: AsyncIterable<F>): Promise<F[]> {
  const all: F[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}
