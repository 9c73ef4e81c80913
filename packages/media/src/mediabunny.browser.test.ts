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
import { expect, test } from 'vitest';
import { pooledTrack } from './mediabunny.ts';

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

test('wrong options are errors that name the option', async () => {
  const track = await inputOf(await grayClip('vp9', new WebMOutputFormat())).getPrimaryVideoTrack();
  await expect(pooledTrack(track!, { factor: 0 })).rejects.toThrow('pooledTrack: options.factor must be a positive integer, received 0');
});

function inputOf(blob: Blob): Input {
  return new Input({ source: new BlobSource(blob), formats: [WEBM, MATROSKA, MP4] });
}

/** A clip of 128 × 96 pixels and 10 frames per second, each frame of one gray level. */
async function grayClip(codec: 'avc' | 'vp9', format: OutputFormat): Promise<Blob> {
  const canvas = new OffscreenCanvas(128, 96);
  const context = canvas.getContext('2d')!;
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const frames = new CanvasSource(canvas, { codec, bitrate: 4e6 });
  output.addVideoTrack(frames);
  await output.start();
  for (const [i, level] of LEVELS.entries()) {
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    context.fillRect(0, 0, 128, 96);
    await frames.add(i / 10, 0.1);
  }
  await output.finalize();
  return new Blob([target.buffer as ArrayBuffer]);
}
