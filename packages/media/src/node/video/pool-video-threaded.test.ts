// Threads give the frames of one thread, and end with the video.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { poolVideo, type VideoFrameLike } from '../../index.ts';
import { collect, framesOf, optionsOf, videos } from '../../testing/random-videos.ts';
import { defaultThreads, poolVideoThreaded } from './pool-video-threaded.ts';

test('threads give the frames of one thread', async () => {
  await fc.assert(
    fc.asyncProperty(videos, fc.integer({ min: 0, max: 3 }), async (video, threads) => {
      const options = optionsOf(video);
      const threaded = await collect(poolVideoThreaded(framesOf(video), { ...options, threads }));
      expect(threaded).toEqual(await collect(poolVideo(framesOf(video), options)));
    }),
    { numRuns: 40 },
  );
});

test('threads end when the video is left early, and when a frame fails', async () => {
  const before = threadsNow();
  for await (const _ of poolVideoThreaded(gray(20), { factor: 2, threads: 2 })) {
    expect(threadsNow() - before).toBe(2);
    break;
  }
  expect(threadsNow()).toBe(before);
  async function* failing(): AsyncGenerator<VideoFrameLike> {
    yield* gray(5);
    throw new Error('the decoder failed');
  }
  await expect(collect(poolVideoThreaded(failing(), { factor: 2, threads: 2 }))).rejects.toThrow('the decoder failed');
  expect(threadsNow()).toBe(before);
});

test('samples keep the type of their array, such as that of a canvas', async () => {
  async function* clamped(): AsyncGenerator<VideoFrameLike> {
    for await (const frame of gray(3)) yield { ...frame, data: Uint8ClampedArray.from(frame.data, (sample, i) => sample + i) };
  }
  const threaded = await collect(poolVideoThreaded(clamped(), { factor: 2, threads: 2 }));
  expect(threaded).toEqual(await collect(poolVideo(clamped(), { factor: 2 })));
  expect(threaded[0]?.data).toBeInstanceOf(Uint8ClampedArray);
});

test('two threads pool, or one where ffmpeg would lack a processor', () => {
  expect([1, 2, 3, 64].map((processors) => defaultThreads(processors))).toEqual([1, 1, 2, 2]);
});

test('more threads than rows are not started', async () => {
  const before = threadsNow();
  for await (const _ of poolVideoThreaded(gray(8), { factor: 4, threads: 64 })) expect(threadsNow() - before).toBe(2);
});

test.each<[string, unknown, string]>([
  ['half a thread', { factor: 2, threads: 0.5 }, 'poolVideoThreaded: options.threads must be an integer ≥ 0, received 0.5'],
  ['a misspelled option', { factr: 2 }, 'poolVideoThreaded: options.factr is not an option of this call'],
  ['no options', undefined, 'poolVideoThreaded: options must be'],
])('%s is an error that names the option', (_, options, message) => {
  expect(() => poolVideoThreaded(gray(1), options as { factor: number })).toThrow(message);
});

test('frames that do not form a sequence are errors that name the field', async () => {
  const [first] = await collect(gray(1));
  async function* twoSizes(): AsyncGenerator<VideoFrameLike> {
    yield first!;
    yield { ...first!, data: new Uint8Array(4), width: 2, height: 2 };
  }
  await expect(collect(poolVideoThreaded(twoSizes(), { factor: 2 }))).rejects.toThrow('poolVideoThreaded: all frames must be alike');
});

async function* gray(frames: number): AsyncGenerator<VideoFrameLike> {
  for (let i = 0; i < frames; i++) {
    yield { data: new Uint8Array(64).fill(10 * i), width: 8, height: 8, channels: 1, timestamp: i / 10, duration: 0.1 };
  }
}

/** The threads that this one has started, and that have not ended. */
function threadsNow(): number {
  const { workers } = process.report.getReport() as unknown as { workers: unknown[] };
  return workers.length;
}
