// The scene score against the sums of ffmpeg's select filter, by hand.
import { expect, test } from 'vitest';
import { sceneScore } from './scene-score.ts';
import type { VideoFrameLike, VideoSamples } from './video-frame.ts';

/** The scores of frames of one size, one frame after the other. */
function scores(frames: readonly VideoSamples[], size: Pick<VideoFrameLike, 'width' | 'height' | 'channels'>): number[] {
  const score = sceneScore();
  return frames.map((data, i) => score({ data, ...size, timestamp: i }));
}

const PIXEL = { width: 1, height: 1, channels: 1 } as const;

test('is the difference, or its change if that is less, in hundreds of 8-bit levels', () => {
  // Differences: 50, 60, 10, 10, 40. Changes: none before the first, then 10, 50, 0, 30.
  const levels = [0, 50, 110, 100, 90, 130];
  const expected = [0, 0, 0.1, 0.1, 0, 0.3];
  expect(
    scores(
      levels.map((level) => Uint8Array.of(level)),
      PIXEL,
    ).map((score) => Number(score.toFixed(6))),
  ).toEqual(expected);
  const wide = scores(
    levels.map((level) => Uint16Array.of(257 * level)),
    PIXEL,
  ); // 65535 = 257 · 255
  expect(wide.map((score) => Number(score.toFixed(6)))).toEqual(expected);
});

test('is at most 1', () => {
  expect(
    scores(
      [0, 0, 255].map((level) => Uint8Array.of(level)),
      PIXEL,
    ),
  ).toEqual([0, 0, 1]);
});

test('of colors is that of green', () => {
  const [black, red, yellow] = [Uint8Array.of(0, 0, 0), Uint8Array.of(90, 0, 90), Uint8Array.of(90, 90, 0)];
  expect(scores([black, black, red, yellow], { ...PIXEL, channels: 3 }).map((score) => Number(score.toFixed(6)))).toEqual([0, 0, 0, 0.9]);
});

test('of a small picture is the mean over all its pixels', () => {
  const black = new Uint8Array(16 * 9);
  const dot = black.with(16 * 3 + 5, 144); // a mean difference of 1
  expect(scores([black, black, dot], { width: 16, height: 9, channels: 1 })[2]).toBeCloseTo(0.01, 6);
});
