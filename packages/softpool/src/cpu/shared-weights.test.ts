/**
 * Shared weights of inputs that the rows' reused exponentials hold, hardly hold or do not hold,
 * side by side in one tensor.
 */
import { describe, expect, test } from 'vitest';
import { softPool1dGrad, softPool2d, softPool2dGrad } from '../index.ts';
import * as reference from '../reference.ts';

const [HEIGHT, WIDTH, CHANNELS] = [9, 22, 3];
const shape = [HEIGHT, WIDTH, CHANNELS];

/** Values in 0–1, with a channel that lies `lowered` below the others. */
function values(lowered: number): Float32Array {
  return Float32Array.from(
    { length: HEIGHT * WIDTH * CHANNELS },
    (_, i) => ((i * 7919) % 1000) / 1000 - (i % CHANNELS === 1 ? lowered : 0),
  );
}

/** The largest error of an output, as a multiple of what the contract allows. */
function worstError(x: Float32Array, y: Float32Array, kernelSize: number): number {
  const options = { kernelSize, stride: 2, layout: 'channelsLast', weights: 'shared' } as const;
  const exact = reference.softPool2d({ data: Float64Array.from(x), shape }, options);
  const [, columns] = exact.shape as [number, number];
  let worst = 0;
  exact.data.forEach((expected, i) => {
    const [row, column, channel] = [Math.floor(i / CHANNELS / columns), Math.floor(i / CHANNELS) % columns, i % CHANNELS];
    const taps: number[] = [];
    for (let tap = 0; tap < kernelSize ** 2; tap++) {
      const position = (2 * row + Math.floor(tap / kernelSize)) * WIDTH + 2 * column + (tap % kernelSize);
      taps.push(x[position * CHANNELS + channel]!);
    }
    const scale = Math.max(Math.abs(expected), Math.max(...taps) - Math.min(...taps));
    const error = Object.is(expected, y[i]) ? 0 : Math.abs(y[i]! - expected) / (2 * 2 ** -23 * scale);
    if (!(error <= worst)) worst = error; // NaN too
  });
  return worst;
}

describe.each([2, 3])('windows of %i', (kernelSize) => {
  const options = { kernelSize, stride: 2, layout: 'channelsLast', weights: 'shared' } as const;

  test.each([0, 5.5, 13, 30, 82, 84, 1e3, 1e30])('keep the contract with a channel that lies %s below the others', (lowered) => {
    const x = values(lowered);
    expect(worstError(x, softPool2d({ data: x, shape }, options).data, kernelSize)).toBeLessThanOrEqual(1);
  });

  test('keep the contract where single positions are far from all others', () => {
    const x = values(0);
    [40, -40, 1e6, -1e30, 3e38].forEach((far, i) => {
      x.fill(far, (i * 2 * WIDTH + 4 * i) * CHANNELS, (i * 2 * WIDTH + 4 * i) * CHANNELS + CHANNELS);
    });
    expect(worstError(x, softPool2d({ data: x, shape }, options).data, kernelSize)).toBeLessThanOrEqual(1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('treat %s as the definition does', (special) => {
    const x = values(13);
    x[(2 * WIDTH + 5) * CHANNELS] = special;
    const y = softPool2d({ data: x, shape }, options);
    const exact = reference.softPool2d({ data: x, shape }, options);
    exact.data.forEach((expected, i) => {
      if (Number.isFinite(expected)) expect(y.data[i]).toBeCloseTo(expected, 5);
      else expect(y.data[i]).toBe(expected);
    });
  });

  test.each([
    ['a lowered channel', values(13)],
    ['a position far from the others', values(0).fill(50, 300, 303)],
    ['a −∞ in one channel', values(0).fill(Number.NEGATIVE_INFINITY, 300, 301)],
  ])('have the gradients of the definition with %s', (_, x) => {
    const dy = softPool2d({ data: values(0), shape }, options);
    const dx = softPool2dGrad({ data: x, shape }, dy, options);
    const exact = reference.softPool2dGrad({ data: x, shape }, dy, options);
    exact.data.forEach((expected, i) => {
      expect(dx.data[i]).toBeCloseTo(expected, 5);
    });
  });
});

test.each([
  [3, 6, 7],
  [3, 8, 9],
  [600, 7, 4],
])('%i channels and windows of %i give the weights to two units in the last place as a gradient', (channels, kernelSize, top) => {
  const windows = Math.ceil(120_000 / channels / kernelSize);
  const [length, taps] = [windows * kernelSize, channels * kernelSize];
  const data = Float32Array.from({ length: length * channels }, (_, i) => 3 * Math.sin(i * 12.9898) + 2 * Math.sin(i * 0.7));
  // One position of each window has most of its weight, which then has all errors of the sum.
  for (let window = 0; window < windows; window++) data[window * taps + channels * (window % kernelSize)] = top + Math.log(channels);
  const dy = { data: new Float32Array(windows * channels).fill(1), shape: [windows, channels] };
  const dx = softPool1dGrad({ data, shape: [length, channels] }, dy, { kernelSize, layout: 'channelsLast', weights: 'shared' });
  let worst = 0;
  for (let window = 0; window < windows; window++) {
    const masses = Array.from({ length: kernelSize }, (_, tap) => {
      const from = window * taps + tap * channels;
      return data.subarray(from, from + channels).reduce((sum, value) => sum + Math.exp(value), 0);
    });
    const total = masses.reduce((a, b) => a + b);
    masses.forEach((mass, tap) => {
      worst = Math.max(worst, Math.abs((dx.data[window * taps + tap * channels] as number) - mass / total));
    });
  }
  expect(worst).toBeLessThanOrEqual(2 * 2 ** -23);
});
