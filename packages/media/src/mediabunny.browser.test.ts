// A clip in a page: encoded, decoded, pooled, encoded again, and played.
import {
  BlobSource,
  BufferTarget,
  CanvasSource,
  Conversion,
  Input,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  VideoSampleSink,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny';
import { softPool3d } from 'softpool';
import { expect, test } from 'vitest';
import { pooledTrack } from './mediabunny.ts';

const PHOTOGRAPH = new URL('../../../examples/photographs/coffee.png', import.meta.url);

const LEVELS = [0, 60, 120, 180, 240, 200, 140, 90, 30];

/** e^(βx) with the default β = 1/0.225. */
const e = (level: number): number => Math.exp(level / 255 / 0.225);

test.each<['avc' | 'vp9', OutputFormat]>([
  ['vp9', new WebMOutputFormat()],
  ['avc', new Mp4OutputFormat()],
])('a clip of %s is decoded, pooled by 2, encoded, and plays', async (codec, format) => {
  const source = await grayClip(codec, format);
  const input = inputOf(source);
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const conversion = await Conversion.init({
    input,
    output,
    video: async (track) => ({ ...(await pooledTrack(track, { factor: 2, sceneCut: 'off' })), codec, bitrate: 4e6 }),
  });
  await conversion.execute();
  const blob = new Blob([target.buffer as ArrayBuffer], { type: codec === 'avc' ? 'video/mp4' : 'video/webm' });

  const track = await inputOf(blob).getPrimaryVideoTrack();
  expect([await track?.getDisplayWidth(), await track?.getDisplayHeight()]).toEqual([64, 48]);
  const levels: number[] = [];
  const times: number[] = [];
  for await (const sample of new VideoSampleSink(track!).samples()) {
    const context = new OffscreenCanvas(64, 48).getContext('2d')!;
    sample.draw(context, 0, 0);
    levels.push(context.getImageData(32, 24, 1, 1).data[1]!);
    times.push(sample.timestamp);
    sample.close();
  }
  // WebM does not tell the duration of the last frame, and mediabunny leaves such a frame out.
  const starts = codec === 'avc' ? [0, 2, 4, 6, 8] : [0, 2, 4, 6];
  expect(times.map((time) => Math.round(time * 10))).toEqual(starts);
  // The softmax-weighted mean of two gray levels; the codecs are lossy.
  const expected = starts.map((i) => {
    const [a, b] = [LEVELS[i]!, LEVELS[i + 1] ?? LEVELS[i]!];
    return (a * e(a) + b * e(b)) / (e(a) + e(b));
  });
  levels.forEach((level, i) => {
    expect(Math.abs(level - expected[i]!), `${i}: ${level}, expected ${expected[i]}`).toBeLessThan(6);
  });

  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(blob);
  const ended = new Promise((resolve, reject) => {
    video.onended = resolve;
    video.onerror = () => reject(video.error);
  });
  await video.play();
  await ended;
  expect([video.videoWidth, video.videoHeight]).toEqual([64, 48]);
  expect(video.currentTime).toBeGreaterThan(0.7);
});

test.each<['avc' | 'vp9', OutputFormat]>([
  ['vp9', new WebMOutputFormat()],
  ['avc', new Mp4OutputFormat()],
])('a video element shows the pooled pixels of a photograph that moves: %s', async (codec, format) => {
  const photograph = await createImageBitmap(await (await fetch(PHOTOGRAPH)).blob());
  const context = new OffscreenCanvas(162, 122).getContext('2d', { willReadFrequently: true })!;
  const source = await clipOf(codec, format, context.canvas, 8, (i) => {
    context.drawImage(photograph, -150 - 9 * i, -100 - 4 * i);
  });
  // What is pooled is what the browser decodes: Firefox encodes canvases with shifted colors.
  const pixels: Uint8ClampedArray[] = [];
  for await (const sample of new VideoSampleSink((await inputOf(source).getPrimaryVideoTrack())!).samples()) {
    sample.draw(context, 0, 0);
    pixels.push(context.getImageData(0, 0, 162, 122).data);
    sample.close();
  }
  expect(pixels.length).toBe(8);
  const target = new BufferTarget();
  const conversion = await Conversion.init({
    input: inputOf(source),
    output: new Output({ format, target }),
    // Firefox encodes AVC of an unknown frame rate at its lowest quality.
    video: async (track) => ({ ...(await pooledTrack(track, { factor: 2 })), codec, bitrate: 8e6, frameRate: 10 }),
  });
  await conversion.execute();

  // 81 × 61 pixels, of which encoders take 80 × 60.
  const colors = Float64Array.from(pixels.flatMap((frame) => [...frame].filter((_, i) => i % 4 < 3)));
  const expected = softPool3d(
    { data: colors.map((sample) => sample / 255), shape: [8, 122, 162, 3] },
    { kernelSize: 2, beta: 1 / 0.225, weights: 'shared', layout: 'channelsLast' },
  ).data;
  const video = document.createElement('video');
  video.src = URL.createObjectURL(new Blob([target.buffer as ArrayBuffer]));
  const shown = new OffscreenCanvas(80, 60).getContext('2d', { willReadFrequently: true })!;
  const error = new Promise<never>((_, reject) => {
    video.onerror = () => reject(video.error);
  });
  for (const frame of [0, 1, 2]) {
    const presented = presentedBetween(video, frame / 5, (frame + 1) / 5);
    video.currentTime = frame / 5 + 0.1;
    await Promise.race([presented, error]);
    shown.drawImage(video, 0, 0);
    const { data } = shown.getImageData(0, 0, 80, 60);
    const errors = [0, 1, 2, 3].map((other) => meanSquare(data, expected.subarray(other * 81 * 61 * 3, (other + 1) * 81 * 61 * 3)));
    // Codecs are lossy, but frames that move are further apart.
    expect(errors[frame], `frame ${frame}: ${errors}`).toBeLessThan(40);
    expect(errors.indexOf(Math.min(...errors))).toBe(frame);
  }
});

/**
 * Waits until a seek is done and the frame of these times can be drawn. The event `seeked` may come
 * before the frame, and the frame before `seeked`, when nothing can be drawn. A frame may be
 * presented again after another was asked for. Its time is its start, or where it was sought.
 */
async function presentedBetween(video: HTMLVideoElement, start: number, end: number): Promise<void> {
  const seeked = new Promise((resolve) => {
    video.addEventListener('seeked', resolve, { once: true });
  });
  const presented = new Promise<void>((resolve) => {
    const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (mediaTime > start - 0.05 && mediaTime < end - 0.05) resolve();
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
  await Promise.all([seeked, presented]);
}

/**
 * The mean square error of 80 × 60 RGBA pixels against 81 × 61 RGB values of 0–1, on the scale of
 * 0–255.
 */
function meanSquare(rgba: Uint8ClampedArray, expected: Float64Array): number {
  let sum = 0;
  for (let y = 0; y < 60; y++) {
    for (let x = 0; x < 80; x++) {
      for (let c = 0; c < 3; c++) sum += (rgba[(y * 80 + x) * 4 + c]! - expected[(y * 81 + x) * 3 + c]! * 255) ** 2;
    }
  }
  return sum / (80 * 60 * 3);
}

test.each([
  ['starts late', [5, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6], [0, 2, 4, 6]],
  ['shows its last frame but one for long', [0, 0.1, 0.2, 0.3, 0.4, 0.7], [0, 2, 4, 6]],
])('each window of a clip that %s is written once', async (_, starts, expected) => {
  const ends = [...starts.slice(1), starts.at(-1)! + 0.1];
  const context = new OffscreenCanvas(128, 96).getContext('2d')!;
  const draw = (i: number): void => context.fillRect(0, 0, 10 * i, 96);
  const durations = starts.map((start, i) => ends[i]! - start);
  const source = await clipOf('avc', new Mp4OutputFormat(), context.canvas, starts.length, draw, (i) => [starts[i]!, durations[i]!]);
  expect(await (await inputOf(source).getPrimaryVideoTrack())!.getFirstTimestamp()).toBeCloseTo(starts[0]!);
  const target = new BufferTarget();
  const conversion = await Conversion.init({
    input: inputOf(source),
    output: new Output({ format: new Mp4OutputFormat(), target }),
    video: async (track) => ({ ...(await pooledTrack(track, { factor: 2, sceneCut: 'off' })), codec: 'avc', bitrate: 4e6 }),
  });
  await conversion.execute();
  const times: number[] = [];
  for await (const sample of new VideoSampleSink((await inputOf(new Blob([target.buffer!])).getPrimaryVideoTrack())!).samples()) {
    times.push(sample.timestamp);
    sample.close();
  }
  expect(times.map((time) => Math.round(time * 10))).toEqual(expected);
});

test('wrong options are errors that name the option', async () => {
  const track = await inputOf(await grayClip('vp9', new WebMOutputFormat())).getPrimaryVideoTrack();
  await expect(pooledTrack(track!, { factor: 0 })).rejects.toThrow('pooledTrack: options.factor must be a positive integer, received 0');
});

function inputOf(blob: Blob): Input {
  return new Input({ source: new BlobSource(blob), formats: [WEBM, MATROSKA, MP4] });
}

/** A clip of 128 × 96 pixels and 10 frames per second, each frame of one gray level. */
async function grayClip(codec: 'avc' | 'vp9', format: OutputFormat): Promise<Blob> {
  const context = new OffscreenCanvas(128, 96).getContext('2d')!;
  return await clipOf(codec, format, context.canvas, LEVELS.length, (i) => {
    context.fillStyle = `rgb(${LEVELS[i]} ${LEVELS[i]} ${LEVELS[i]})`;
    context.fillRect(0, 0, 128, 96);
  });
}

/** A clip whose frames `draw` draws one after another; 10 per second unless `timesOf` says when. */
async function clipOf(
  codec: 'avc' | 'vp9',
  format: OutputFormat,
  canvas: OffscreenCanvas,
  count: number,
  draw: (i: number) => void,
  timesOf: (i: number) => [start: number, duration: number] = (i) => [i / 10, 0.1],
): Promise<Blob> {
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const frames = new CanvasSource(canvas, { codec, bitrate: 4e6 });
  output.addVideoTrack(frames);
  await output.start();
  for (let i = 0; i < count; i++) {
    draw(i);
    await frames.add(...timesOf(i));
  }
  await output.finalize();
  return new Blob([target.buffer as ArrayBuffer]);
}
