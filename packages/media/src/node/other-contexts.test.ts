// Arrays of another context, as in Jest, in frames and in Electron, count as those of this one.
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { flattenImage, type Pixels, poolImage, poolVideo, psnr, type VideoFrameLike } from '../index.ts';
import { ssim } from '../ssim.ts';
import { contactSheet } from './contact-sheet.ts';
import { compareMethods, encodeImage, encodePages, readImage, readImageSize, readTiming, resizeImage } from './index.ts';

type Image = Pixels<Uint8Array | Uint16Array>;

function image(Class: typeof Uint8Array | typeof Uint16Array): Image {
  const most = Class.BYTES_PER_ELEMENT === 1 ? 256 : 65536;
  const data = new Class(Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * i * 31) % most));
  return { data, width: 16, height: 12, channels: 3 };
}

async function framesOf(frame: VideoFrameLike): Promise<VideoFrameLike[]> {
  async function* twice() {
    yield* [0, 1].map((timestamp) => ({ ...frame, timestamp, duration: 1 }));
  }
  const frames: VideoFrameLike[] = [];
  for await (const pooled of poolVideo(twice(), { factor: 2 })) frames.push(pooled);
  return frames;
}

const CALLS: Record<string, (pixels: Image) => unknown> = {
  poolImage: (pixels) => poolImage(pixels, { factor: 2 }),
  poolVideo: (pixels) => framesOf({ ...pixels, timestamp: 0 }),
  flattenImage,
  psnr: (pixels) => psnr(pixels, poolImage(pixels, { factor: 1 })),
  ssim: (pixels) => ssim(pixels, pixels),
  encodeImage: (pixels) => encodeImage(pixels, { format: 'png' }),
  encodePages: (pixels) => encodePages([pixels, pixels], { format: 'tiff' }),
  resizeImage: (pixels) => resizeImage(pixels, { factor: 2 }),
  compareMethods: async (pixels) =>
    (await compareMethods(pixels, { factor: 2, methods: ['soft', 'lanczos3'] })).map(({ milliseconds: _, ...row }) => row),
  contactSheet: async (pixels) =>
    contactSheet(pixels, await compareMethods(pixels, { factor: 2, methods: ['soft'] })).then((png) => png.length > 0),
};

test.each(Object.entries(CALLS))('%s', async (_, call) => {
  for (const Class of [Uint8Array, Uint16Array]) {
    const [here, there] = [image(Class), image(runInNewContext(Class.name) as typeof Class)];
    expect(there.data).not.toBeInstanceOf(Class);
    expect(await call(there)).toEqual(await call(here));
  }
});

test.each(Object.entries({ readImage, readImageSize, readTiming }))('%s', async (_, read) => {
  const file = await encodeImage(image(Uint8Array), { format: 'png' });
  const Other = runInNewContext('Uint8Array') as typeof Uint8Array;
  expect(await (read as typeof readImage)(Other.from(file))).toEqual(await read(file));
  await expect((read as typeof readImage)(Uint16Array.from(file) as never)).rejects.toThrow(
    /: source must be a path or a Uint8Array, received Uint16Array/,
  );
});

test('what the class of an image has is kept', async () => {
  class Jpeg {
    readonly width = 16;
    readonly height = 12;
    readonly channels = 3;
    constructor(readonly data: Uint8Array) {}
    get format() {
      return 'jpeg' as const;
    }
  }
  const Other = runInNewContext('Uint8Array') as typeof Uint8Array;
  const [here, there] = [Uint8Array, Other].map((Class) => new Jpeg(image(Class).data as Uint8Array)) as [Jpeg, Jpeg];
  const file = await encodeImage(there);
  expect(file).toEqual(await encodeImage(here));
  expect((await readImage(file)).format).toBe('jpeg');
});
