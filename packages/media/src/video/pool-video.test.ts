// poolVideo against the operator's own softPool3d, in float64.
import { adaptiveSoftPool3d, softPool3d } from 'softpool';
import { expect, test } from 'vitest';
import { poolVideo } from './pool-video.ts';
import { type PoolVideoOptions, pooledVideoSize } from './pool-video-options.ts';
import type { VideoFrameLike, VideoSamples } from './video-frame.ts';

const BETA = 1 / 0.225;

test.each<[string, PoolVideoOptions, object, [frames: number, height: number, width: number]]>([
  ['a factor', { factor: 2 }, { kernelSize: 2 }, [6, 8, 10]],
  ['a factor that divides nothing', { factor: 3 }, { kernelSize: 3, ceilMode: true }, [7, 8, 10]],
  ['a window of its own on each axis', { kernelSize: [2, 3, 1] }, { kernelSize: [2, 3, 1] }, [4, 9, 5]],
  ['windows that overlap', { kernelSize: 3, stride: 2 }, { kernelSize: 3, stride: 2, ceilMode: true }, [8, 9, 5]],
  ['windows with gaps', { kernelSize: [2, 1, 1], stride: [3, 2, 2] }, { kernelSize: [2, 1, 1], stride: [3, 2, 2] }, [6, 3, 5]],
  ['time alone', { time: 3 }, { kernelSize: [3, 1, 1] }, [6, 3, 5]],
  ['space alone', { factor: 2, time: 1 }, { kernelSize: [1, 2, 2] }, [3, 4, 6]],
  ['a rate', { factor: 2, fps: 10 }, { kernelSize: [3, 2, 2] }, [6, 4, 6]],
  ['another β', { factor: 2, beta: 30 }, { kernelSize: 2, beta: 30 }, [4, 4, 4]],
  ['β of 0', { factor: 2, beta: 0 }, { kernelSize: 2, beta: 0 }, [4, 4, 4]],
  ['each channel by itself', { factor: 2, weights: 'perChannel' }, { kernelSize: 2, weights: 'perChannel' }, [4, 4, 4]],
])('%s gives the windows of softPool3d', async (_, options, operator, [frames, height, width]) => {
  for (const bits of [8, 16] as const) {
    const maximum = 2 ** bits - 1;
    const clip = noise(frames, height, width, bits);
    const x = Float64Array.from(
      clip.flatMap(({ data }) => [...data]),
      (sample) => sample / maximum,
    );
    const tensor = { data: x, shape: [frames, height, width, 3] };
    const { data } = softPool3d(tensor, { kernelSize: 1, beta: BETA, weights: 'shared', layout: 'channelsLast', ...operator });
    const pooled = await collect(poolVideo(stream(clip), { sceneCut: 'off', ...options }));
    expect(pooled.flatMap((frame) => [...frame.data])).toEqual(Array.from(data, (value) => Math.round(value * maximum)));
  }
});

test('a width gives the adaptive windows of softPool3d', async () => {
  const clip = noise(4, 6, 9, 8);
  const data = Float64Array.from(
    clip.flatMap((frame) => [...frame.data]),
    (sample) => sample / 255,
  );
  const options = { outputSize: [4, 4, 6], beta: BETA, weights: 'shared', layout: 'channelsLast' } as const;
  const expected = adaptiveSoftPool3d({ data, shape: [4, 6, 9, 3] }, options);
  const pooled = await collect(poolVideo(stream(clip), { width: 6, sceneCut: 'off' }));
  expect(pooled.map(({ width, height }) => [width, height])).toEqual([1, 2, 3, 4].map(() => [6, 4]));
  expect(pooled.flatMap((frame) => [...frame.data])).toEqual(Array.from(expected.data, (value) => Math.round(value * 255)));
});

test('the average, the maximum and the middle of a window', async () => {
  const levels = [0, 10, 20, 40];
  const clip = [0, 1].map((i) => ({ ...gray(levels.map((level) => level + 50 * i)), timestamp: i / 30 }));
  const of = async (method: PoolVideoOptions['method']): Promise<number> =>
    (await collect(poolVideo(stream(clip), { factor: 2, method, sceneCut: 'off' })))[0]!.data[0]!;
  expect(await of('average')).toBe(Math.round((0 + 10 + 20 + 40 + 50 + 60 + 70 + 90) / 8));
  expect(await of('max')).toBe(90);
  expect(await of('nearest')).toBe(0);
});

test('the last window takes what is left, and the result is as long as the video', async () => {
  const clip = noise(5, 2, 2, 8);
  const pooled = await collect(poolVideo(stream(clip), { factor: 2 }));
  expect(pooled.map(({ timestamp }) => Number(timestamp.toFixed(6)))).toEqual([0, 0.066667, 0.133333]);
  const alone = await collect(poolVideo(stream(clip.slice(4)), { factor: 2 }));
  expect(pooled[2]!.data).toEqual(alone[0]!.data);
});

test('one frame gives one frame, and none gives none', async () => {
  const [frame] = noise(1, 4, 4, 8);
  expect(await collect(poolVideo(stream([{ ...frame!, timestamp: 3 }]), { factor: 2 }))).toMatchObject([{ width: 2, timestamp: 3 }]);
  expect(await collect(poolVideo(stream([]), { factor: 2 }))).toEqual([]);
});

test('a frame weighs as long as it is shown', async () => {
  // Black for one frame, white for three: a second of four frames.
  const clip = [
    { ...gray([0]), timestamp: 0 },
    { ...gray([200]), timestamp: 0.25, duration: 0.75 },
  ];
  const pooled = await collect(poolVideo(stream(clip), { time: 4, frameRate: 4, method: 'average', sceneCut: 'off' }));
  expect(pooled.map(({ data }) => data[0])).toEqual([150]);
});

test('a first frame that is not shown tells no frame rate, and weighs nothing', async () => {
  const timestamps = [5, 5, 5.1, 5.2];
  const clip = [0, 100, 20, 90].map((level, i) => ({ ...gray([level]), timestamp: timestamps[i]! }));
  const pooled = await collect(poolVideo(stream(clip), { time: 2, method: 'average', sceneCut: 'off' }));
  expect(pooled.map(({ data, timestamp }) => [data[0], Number(timestamp.toFixed(6))])).toEqual([
    [60, 5],
    [90, 5.2],
  ]);
  // Without another timestamp, as one frame alone.
  expect(await collect(poolVideo(stream(clip.slice(0, 2)), { factor: 1 }))).toMatchObject([{ data: Uint8Array.of(100), timestamp: 5 }]);
});

test('a frame that is shown for long fills several windows', async () => {
  const clip = [
    { ...gray([0]), timestamp: 10 },
    { ...gray([100]), timestamp: 10.5 },
    { ...gray([20]), timestamp: 14, duration: 0.5 },
  ];
  const pooled = await collect(poolVideo(stream(clip), { fps: 1, frameRate: 2, method: 'average', sceneCut: 'off' }));
  expect(pooled.map(({ data }) => data[0])).toEqual([50, 100, 100, 100, 20]);
  expect(pooled.map(({ timestamp }) => timestamp)).toEqual([10, 11, 12, 13, 14]);
});

test('a frame that is shown for years, as a damaged timestamp says, gives its results one by one', async () => {
  const clip = [
    { ...gray([7, 7, 7, 7]), timestamp: 0, duration: 0.1 },
    { ...gray([9, 9, 9, 9]), timestamp: 1e9, duration: 0.1 },
  ];
  const pooled: VideoFrameLike[] = [];
  for await (const frame of poolVideo(stream(clip), { factor: 2, frameRate: 10 })) {
    pooled.push(frame);
    if (pooled.length === 3) break;
  }
  expect(pooled.map(({ data, timestamp }) => [data[0], Number(timestamp.toFixed(6))])).toEqual([
    [7, 0],
    [7, 0.2],
    [7, 0.4],
  ]);
});

test('timestamps in whole milliseconds give the windows of exact ones', async () => {
  const clip = noise(90, 2, 2, 8);
  const rounded = clip.map((frame) => ({ ...frame, timestamp: Math.round(frame.timestamp * 1000) / 1000 }));
  const options = { factor: 1, time: 3, frameRate: 30, sceneCut: 'off' } as const;
  const [exact, ours] = [await collect(poolVideo(stream(clip), options)), await collect(poolVideo(stream(rounded), options))];
  expect(ours.map(({ data }) => data)).toEqual(exact.map(({ data }) => data));
});

test('a window takes frames of one scene only', async () => {
  // Cuts in the middle of the second window, and after a third of the fourth.
  const levels = [0, 0, 0, 0, 0, 200, 200, 200, 200, 200, 10, 10];
  const clip = levels.map((level, i) => ({ ...gray([level]), timestamp: i / 30 }));
  const pooled = await collect(poolVideo(stream(clip), { time: 3, method: 'average' }));
  expect(pooled.map(({ data }) => data[0])).toEqual([0, 0, 200, 10]);
  const mixed = await collect(poolVideo(stream(clip), { time: 3, method: 'average', sceneCut: 'off' }));
  expect(mixed.map(({ data }) => data[0])).toEqual([0, 67, 200, 73]);
});

test('frames are of one scene up to a score of 0.3', async () => {
  const pooledLast = async (level: number): Promise<number> => {
    const clip = [0, 0, 0, level].map((each, i) => ({ ...gray([each]), timestamp: i / 30 }));
    return (await collect(poolVideo(stream(clip), { time: 2, method: 'average' }))).at(-1)!.data[0]!;
  };
  // The score is the difference in hundreds of levels. Half of the window is of the first scene.
  expect([await pooledLast(30), await pooledLast(32)]).toEqual([15, 0]);
});

test('without a rate, it follows from the duration of the first frame', async () => {
  // The frame before the gap fills a window of two frames.
  const clip = [
    { ...gray([0]), timestamp: 0, duration: 0.1 },
    { ...gray([100]), timestamp: 0.2, duration: 0.1 },
  ];
  const pooled = await collect(poolVideo(stream(clip), { time: 2, method: 'average' }));
  expect(pooled.map(({ data, timestamp }) => [data[0], timestamp])).toEqual([
    [0, 0],
    [100, 0.2],
  ]);
});

test('a frame of the result is shown until the next window starts', async () => {
  const pooled = await collect(poolVideo(stream(noise(6, 2, 2, 8)), { kernelSize: [3, 1, 1], stride: [2, 1, 1] }));
  for (const { duration } of pooled) expect(duration).toBeCloseTo(2 / 30, 12);
});

test('a timestamp between two frames stays where it is', async () => {
  // Black for 1.3 frames, then 100 for 0.7: 35.
  const clip = [
    { ...gray([0]), timestamp: 0 },
    { ...gray([100]), timestamp: 0.13, duration: 0.07 },
  ];
  const pooled = await collect(poolVideo(stream(clip), { time: 2, frameRate: 10, method: 'average' }));
  expect(pooled.map(({ data }) => data[0])).toEqual([35]);
});

test('a rate gives as many frames as fit the time, whatever the rounding of its windows', async () => {
  for (const fps of [0.7, 1.1, 3.3, 7, 9.9, 11, 13, 23, 29, 29.97]) {
    // Ten seconds, whose last window may have a fraction of a frame.
    const clip = Array.from({ length: 300 }, (_, i) => ({ ...gray([9]), timestamp: i / 30 }));
    const pooled = await collect(poolVideo(stream(clip), { fps, frameRate: 30, method: 'average', sceneCut: 'off' }));
    expect([fps, pooled.length]).toEqual([fps, Math.ceil(Number((10 * fps).toFixed(6)))]);
  }
});

test('the size of the result is known before', () => {
  const video = { width: 640, height: 480, frameRate: 30 };
  const windows = { kernelSize: [3, 4, 5], stride: [2, 4, 5] } as const;
  expect(pooledVideoSize(video, windows)).toEqual({ width: 128, height: 120, frameRate: 15 });
  expect(pooledVideoSize(video, { width: 100, height: 100, fps: 12 })).toEqual({ width: 100, height: 100, frameRate: 12 });
  // 29.97 is a rounded rate. 25 frames are more than 24.
  expect(pooledVideoSize({ ...video, frameRate: 29.97 }, { fps: 30 }).frameRate).toBe(30);
  expect(() => pooledVideoSize({ ...video, frameRate: 24 }, { fps: 25 })).toThrow(
    'pooledVideoSize: options.fps must be at most the frame rate of the video, 24, received 25',
  );
});

test('transparent pixels give no color, and opaque ones are as without alpha', async () => {
  const red = { data: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0), width: 2, height: 1, channels: 4 as const, timestamp: 0 };
  const [pooled] = await collect(poolVideo(stream([red]), { factor: 2, method: 'average' }));
  expect([...pooled!.data]).toEqual([255, 0, 0, 128]);
  const clip = noise(4, 4, 4, 8);
  const opaque = clip.map((frame) => ({ ...frame, channels: 4 as const, data: withAlpha(frame.data) }));
  for (const method of ['soft', 'average', 'max', 'nearest'] as const) {
    const [with4, with3] = [
      await collect(poolVideo(stream(opaque), { factor: 2, method })),
      await collect(poolVideo(stream(clip), { factor: 2, method })),
    ];
    expect(with4.map(({ data }) => [...data])).toEqual(with3.map(({ data }) => [...withAlpha(data)]));
  }
});

test('a frame may be overwritten once the next one is asked for', async () => {
  const clip = noise(6, 4, 4, 8);
  async function* reused(): AsyncGenerator<VideoFrameLike> {
    const data = new Uint8Array(4 * 4 * 3);
    for (const frame of clip) {
      data.set(frame.data);
      yield { ...frame, data };
    }
  }
  expect(await collect(poolVideo(reused(), { factor: 2 }))).toEqual(await collect(poolVideo(stream(clip), { factor: 2 })));
});

test.each<[string, unknown, string]>([
  ['no size', {}, 'poolVideo: options must have exactly one of factor, kernelSize, and width or height or both'],
  ['two sizes', { factor: 2, width: 1 }, 'poolVideo: options must have exactly one of'],
  ['a misspelled option', { factr: 2 }, 'options.factr is not an option of this call'],
  ['a large β', { factor: 2, beta: 1000 }, "options.beta must be a number from 0 to 690, received 1000; method: 'max'"],
  ['two rates', { factor: 2, time: 2, fps: 10 }, 'options.time and options.fps exclude each other'],
  ['a rate above that of the video', { factor: 2, fps: 60 }, 'options.fps must be at most the frame rate of the video, 30, received 60'],
  ['a factor above the sides', { factor: 5 }, 'options.factor must be at most the longer side, 4, received 5'],
  ['half a frame', { kernelSize: [0.5, 1, 1] }, 'options.kernelSize[0] must be a positive integer, received 0.5'],
  ['windows without time', { kernelSize: [2, 2] }, 'options.kernelSize must be a number or [time, height, width], received [2, 2]'],
  [
    'frames in two ways',
    { kernelSize: [5, 2, 2], fps: 10 },
    'options.kernelSize[0] must be 1 with options.time or options.fps, received 5',
  ],
  [
    'steps of frames in two ways',
    { kernelSize: [1, 2, 2], stride: [3, 2, 2], time: 2 },
    'options.stride[0] must be 1 with options.time or options.fps, received 3',
  ],
  ['a rate that is a text', { factor: 2, frameRate: '2' as never }, "options.frameRate must be a finite number above 0, received '2'"],
  ['a cut that is a text', { factor: 2, sceneCut: '' as never }, "options.sceneCut must be a number from 0 to 1, or 'off', received ''"],
  ['a wrong cut', { factor: 2, sceneCut: 2 }, "options.sceneCut must be a number from 0 to 1, or 'off', received 2"],
])('%s is an error that names the option', async (_, options, message) => {
  const result = (async () => collect(poolVideo(stream(noise(2, 4, 4, 8)), options as PoolVideoOptions)))();
  await expect(result).rejects.toThrow(message);
});

test('windows of one number, or of 1 frame, leave the frames to time', async () => {
  const clip = noise(4, 4, 4, 8);
  const expected = await collect(poolVideo(stream(clip), { kernelSize: [2, 2, 2] }));
  for (const kernelSize of [2, [1, 2, 2]] as const) {
    expect(await collect(poolVideo(stream(clip), { kernelSize, time: 2 }))).toEqual(expected);
  }
});

test('frames that do not form a sequence are errors that name the field', async () => {
  const [first, second] = noise(2, 4, 4, 8);
  const pool = (...frames: unknown[]): Promise<unknown> => collect(poolVideo(stream(frames as VideoFrameLike[]), { factor: 2 }));
  await expect(pool(second, first)).rejects.toThrow('poolVideo: frame.timestamp must be at least that of the frame before');
  await expect(pool(first, { ...noise(2, 2, 4, 8)[1] })).rejects.toThrow('all frames must be alike: 4 × 4 × 3 samples of 8 bits');
  await expect(pool({ ...first, timestamp: Number.NaN })).rejects.toThrow(
    'frame.timestamp must be a finite number of seconds, received NaN',
  );
  await expect(pool({ ...first, duration: -1 })).rejects.toThrow('frame.duration must be a finite number of seconds ≥ 0, received -1');
  await expect(pool({ ...first, duration: Number.POSITIVE_INFINITY })).rejects.toThrow('frame.duration must be a finite number');
  // As decoders give that of the last frame.
  expect(await pool({ ...first, duration: 0 })).toHaveLength(1);
  await expect(pool({ ...first, data: new Float32Array(48) })).rejects.toThrow('frame.data must be a Uint8Array');
});

function gray(levels: number[]): Omit<VideoFrameLike, 'timestamp'> {
  const width = Math.sqrt(levels.length);
  return { data: Uint8Array.from(levels), width, height: width, channels: 1 };
}

/** Frames of pseudo-random samples at 30 frames per second. */
function noise(frames: number, height: number, width: number, bits: 8 | 16): VideoFrameLike[] {
  let state = 12345;
  const sample = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> (32 - bits);
  };
  return Array.from({ length: frames }, (_, i) => {
    const data = new (bits === 8 ? Uint8Array : Uint16Array)(height * width * 3).map(sample);
    return { data, width, height, channels: 3, timestamp: i / 30 };
  });
}

function withAlpha(colors: VideoSamples): Uint8Array {
  return Uint8Array.from({ length: (colors.length / 3) * 4 }, (_, i) => (i % 4 === 3 ? 255 : colors[Math.floor(i / 4) * 3 + (i % 4)]!));
}

async function* stream<F>(frames: readonly F[]): AsyncGenerator<F> {
  yield* frames;
}

async function collect<F>(frames: AsyncIterable<F>): Promise<F[]> {
  const all: F[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}
