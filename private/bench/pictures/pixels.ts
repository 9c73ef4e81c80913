/** An image of 12 megapixels in memory, and calls that make it smaller, in Node and in a page. */
import { type PixelsInput, poolImage, poolImageAsync } from '@softpool/media';
import { poolImageThreaded } from '@softpool/media/threads';
import { Pica } from 'pica';

/** Calls that take an image of this size. */
export type PixelsCalls = Readonly<Record<string, () => unknown>>;

/** Noise over gradients, opaque. */
export function testImage(width: number, height: number) {
  const data = new Uint8ClampedArray(width * height * 4);
  let state = 1;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[at] = at % 4 === 3 ? 255 : 100 + 80 * Math.sin(at / 9000) + (state >>> 24) / 8;
  }
  return { data, width, height };
}

/** The calls that run everywhere. */
export function callsOn(image: PixelsInput<Uint8ClampedArray>): PixelsCalls {
  const { data, width, height } = image;
  const translucent = { data: data.map((sample, at) => (at % 4 === 3 ? (at >> 2) % 255 : sample)), width, height };
  const resizer = new Pica({ features: ['js', 'wasm'] });
  const lanczos = { src: data, width, height, toWidth: width / 2, toHeight: height / 2, filter: 'lanczos3' } as const;
  return {
    'poolImage, factor 2': () => poolImage(image, { factor: 2 }),
    'poolImage, factor 4': () => poolImage(image, { factor: 4 }),
    'poolImageAsync, factor 2': () => poolImageAsync(image, { factor: 2 }),
    'poolImageThreaded, factor 2': () => poolImageThreaded(image, { factor: 2 }),
    'poolImage, factor 2, perChannel': () => poolImage(image, { factor: 2, weights: 'perChannel' }),
    'poolImage, factor 2, linear': () => poolImage(image, { factor: 2, linear: true }),
    'poolImageThreaded, factor 2, linear': () => poolImageThreaded(image, { factor: 2, linear: true }),
    'poolImage, factor 2, partly transparent': () => poolImage(translucent, { factor: 2 }),
    'poolImageThreaded, the same on two threads': () => poolImageThreaded(translucent, { factor: 2, threads: 2 }),
    'pica resizeBuffer, lanczos3, to ½': () => resizer.resizeBuffer(lanczos),
  };
}
