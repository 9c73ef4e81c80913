import { expect, test } from 'vitest';
import { poolImage } from './index.ts';

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
  const { data, width, height } = context.getImageData(0, 0, 4, 2);

  const pooled = poolImage({ data, width, height, channels: 4 }, { factor: 2 });

  // Two pixels (1, 0, 0) and two (0, 0.2, 0.4). The weight of each is the sum over its channels.
  const [red, dull] = [e(1) + e(0) + e(0), e(0) + e(0.2) + e(0.4)];
  const left = [red, 0.2 * dull, 0.4 * dull].map((sum) => Math.round((255 * sum) / (red + dull)));
  expect([pooled.width, pooled.height]).toEqual([2, 1]);
  expect([...pooled.data]).toEqual([...left, 255, 255, 255, 255, 255]);

  const small = canvasOf(2, 1);
  small.putImageData(new ImageData(new Uint8ClampedArray(pooled.data), 2, 1), 0, 0);
  expect([...small.getImageData(0, 0, 2, 1).data]).toEqual([...pooled.data]);
});

test('transparent pixels of a canvas contribute no color', () => {
  const context = canvasOf(2, 1);
  context.fillStyle = 'rgb(0 0 255)';
  context.fillRect(1, 0, 1, 1);
  const { data, width, height } = context.getImageData(0, 0, 2, 1);
  const average = poolImage({ data, width, height, channels: 4 }, { kernelSize: [1, 2], method: 'average' });
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
  expect(() => poolImage({ data: image.data, width: 2, height: 2, channels: 4 }, { factor: 3 })).toThrow(
    new RangeError('poolImage: options.factor must be at most the longer side, 2, received 3'),
  );
});
