/** The kernel pools videos as the definition in JavaScript does, bit for bit, and as pictures. */
import { sampled } from '@softpool/testing/test-first';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { poolImage, poolVideo } from '../index.ts';
import { collect, framesOf, optionsOf, videos } from '../testing/random-videos.ts';

let byDefinition: typeof poolVideo;

beforeAll(async () => {
  vi.resetModules();
  const { Memory, Instance } = WebAssembly;
  vi.stubGlobal('WebAssembly', {
    ...{ Memory, Instance, validate: () => true },
    Module: class {
      constructor() {
        throw new Error('Wasm code generation disallowed by embedder');
      }
    },
  });
  ({ poolVideo: byDefinition } = await import('../index.ts'));
  // Compiling is tried once, with the first frame.
  await collect(byDefinition(framesOf({ ...fc.sample(videos, 1)[0]!, durations: [1] }), { time: 1, sceneCut: 'off' }));
  vi.unstubAllGlobals();
});

afterAll(() => vi.resetModules());

test('the kernel gives the bits of the definition', { tags: 'sampled' }, async () => {
  await fc.assert(
    fc.asyncProperty(videos, async (video) => {
      const [frames, options] = [() => framesOf(video), optionsOf(video)];
      expect(await collect(poolVideo(frames(), options))).toEqual(await collect(byDefinition(frames(), options)));
    }),
    { numRuns: sampled(500) },
  );
});

test('frames that are pooled in space alone have the bits of pictures', { tags: 'sampled' }, async () => {
  for (const method of ['soft', 'average', 'max'] as const) {
    for (const video of fc.sample(videos, { numRuns: sampled(50), seed: 1 })) {
      const options = {
        method,
        factor: 2,
        linear: video.options.linear,
        beta: video.options.beta,
        weights: video.options.weights,
      };
      const each = { ...video, durations: video.durations.map(() => 1) };
      const pictures = [];
      for await (const frame of framesOf(each)) pictures.push(poolImage(frame, options).data);
      const pooled = await collect(poolVideo(framesOf(each), { ...options, time: 1, sceneCut: 'off', frameRate: 10 }));
      expect(pooled.map(({ data }) => data)).toEqual(pictures);
    }
  }
});
