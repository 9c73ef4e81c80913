import { expect, test } from 'vitest';
import { poolImage, poolImageAsync, toImageData } from './index.ts';
import { poolImageThreaded } from './threads.ts';

/** e^(βx) with the default β = 1/0.225. */
const e = (x: number): number => Math.exp(x / 0.225);

function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('this browser has no 2-D canvas');
  return context;
}

test('pixels of a canvas are pooled and drawn on a canvas again', () => {
  const context = canvasOf(4, 2);
  context.fillStyle = 'rgb(255 0 0)';
  context.fillRect(0, 0, 1, 2);
  context.fillStyle = 'rgb(0 51 102)';
  context.fillRect(1, 0, 1, 2);
  context.fillStyle = 'rgb(255 255 255)';
  context.fillRect(2, 0, 2, 2);
  const pooled = poolImage(context.getImageData(0, 0, 4, 2), { factor: 2 });

  // Two pixels (1, 0, 0) and two (0, 0.2, 0.4). The weight of each is the sum over its channels.
  const [red, dull] = [e(1) + e(0) + e(0), e(0) + e(0.2) + e(0.4)];
  const left = [red, 0.2 * dull, 0.4 * dull].map((sum) => Math.round((255 * sum) / (red + dull)));
  expect([pooled.width, pooled.height]).toEqual([2, 1]);
  expect([...pooled.data]).toEqual([...left, 255, 255, 255, 255, 255]);

  const small = canvasOf(2, 1);
  small.putImageData(toImageData(pooled), 0, 0);
  expect([...small.getImageData(0, 0, 2, 1).data]).toEqual([...pooled.data]);
});

test('transparent pixels of a canvas contribute no color', () => {
  const context = canvasOf(2, 1);
  context.fillStyle = 'rgb(0 0 255)';
  context.fillRect(1, 0, 1, 1);
  const average = poolImage(context.getImageData(0, 0, 2, 1), { kernelSize: [1, 2], method: 'average' });
  expect([...average.data.subarray(0, 3)]).toEqual([0, 0, 255]);
  expect(Math.abs(average.data[3]! - 127.5)).toBe(0.5);
});

test('the mean of black and white in linear light is level 188', () => {
  const data = Uint8ClampedArray.of(0, 0, 0, 255, 255, 255, 255, 255);
  const { data: mean } = poolImage({ data, width: 2, height: 1, channels: 4 }, { factor: 2, method: 'average', linear: true });
  expect([...mean]).toEqual([188, 188, 188, 255]);
});

test('a wrong option is refused with the same message as in Node', () => {
  const image = new ImageData(2, 2);
  expect(() => poolImage(image, { factor: 3 })).toThrow(
    new RangeError('poolImage: options.factor must be at most the longer side, 2, received 3'),
  );
});

test('a spread of ImageData, which loses its size, is refused with what to do', () => {
  const image = new ImageData(2, 2);
  // The types take the fields of its prototype for its own.
  expect(() => poolImage({ ...image, channels: 4 }, { factor: 2 })).toThrow('pass an ImageData itself');
});

test('toImageData spreads gray over the colors, makes images without alpha opaque, and rounds to 8 bits', () => {
  const size = { width: 2, height: 1 };
  expect([...toImageData({ ...size, data: Uint8Array.of(7, 9), channels: 1 }).data]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
  expect([...toImageData({ ...size, data: Uint8Array.of(7, 1, 9, 2), channels: 2 }).data]).toEqual([7, 7, 7, 1, 9, 9, 9, 2]);
  expect([...toImageData({ ...size, data: Uint16Array.of(257, 514, 65535, 0, 0, 128), channels: 3 }).data]).toEqual([
    ...[1, 2, 255, 255],
    ...[0, 0, 0, 255],
  ]);
  expect([...toImageData({ ...size, data: Float32Array.of(0, 0.2, 0.4, 1, 1, 1, 1, 0), channels: 4 }).data]).toEqual([
    ...[0, 51, 102, 255],
    ...[255, 255, 255, 0],
  ]);
  const image = toImageData({ ...size, data: Uint8Array.of(7, 9), channels: 1 });
  expect([image instanceof ImageData, image.width, image.height]).toEqual([true, 2, 1]);
});

test('poolImageAsync leaves the page alive: frames and tasks come between its steps', async () => {
  const image = new ImageData(3000, 2000);
  let tasks = 0;
  const timer = setInterval(() => tasks++);
  const steps: number[] = [];
  const pooled = await poolImageAsync(image, { factor: 2, onProgress: (done) => steps.push(done) });
  clearInterval(timer);
  const expected = poolImage(image, { factor: 2 });
  // toEqual takes 20 s.
  expect(pooled.data.every((sample, i) => sample === expected.data[i])).toBe(true);
  // At most 2^19 pixels a step; a slow machine takes more steps.
  expect(steps.length).toBeGreaterThanOrEqual(12);
  expect(tasks).toBeGreaterThan(0);
});

test('poolImageThreaded gives the same on threads of the page, which stays alive', async () => {
  const image = new ImageData(3000, 2000);
  image.data.forEach((_, i) => {
    image.data[i] = (i * i * 31 + (i >> 7)) % 256;
  });
  let tasks = 0;
  const timer = setInterval(() => tasks++);
  const steps: number[] = [];
  const pooled = await poolImageThreaded(image, { factor: 2, threads: 2, onProgress: (done) => steps.push(done) });
  clearInterval(timer);
  const expected = poolImage(image, { factor: 2 });
  // toEqual takes 20 s.
  expect(pooled.data.every((sample, i) => sample === expected.data[i])).toBe(true);
  expect(pooled.data).toBeInstanceOf(Uint8ClampedArray);
  expect(steps.length).toBeGreaterThan(20);
  expect(tasks).toBeGreaterThan(0);
});
