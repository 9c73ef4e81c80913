// What the worker for pictures says of a reduction when another request comes meanwhile. The test
// decides when a comparison ends.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PictureAnswer, PictureRequest } from '../../site/studio/picture/messages.ts';

interface Running {
  readonly signal: AbortSignal;
  readonly end: (comparisons: readonly object[]) => void;
  readonly fail: (error: unknown) => void;
}

const running: Running[] = [];
const answers: PictureAnswer[] = [];
let ask: (request: PictureRequest) => void;

vi.mock('../../site/studio/picture/compare-pictures.ts', () => ({
  comparePictures: (_picture: unknown, _options: unknown, signal: AbortSignal) =>
    new Promise((end, fail) => void running.push({ signal, end, fail })),
}));
vi.mock('../../site/studio/picture/open-picture.ts', () => ({
  openPicture: async () => ({ pixels: { width: 8, height: 8 }, bitmap: { width: 8, height: 8 }, note: '' }),
}));
vi.mock('@softpool/media', () => ({ toImageData: (pixels: unknown) => pixels }));

beforeAll(async () => {
  vi.stubGlobal('addEventListener', (_type: string, listener: (event: { data: PictureRequest }) => void) => {
    ask = (data) => listener({ data });
  });
  vi.stubGlobal('postMessage', (answer: PictureAnswer) => void answers.push(answer));
  vi.stubGlobal('createImageBitmap', async () => ({ close: () => undefined }));
  await import('../../site/studio/picture/picture.worker.ts');
});
afterAll(() => vi.unstubAllGlobals());

const options = { factor: 2, beta: 1, linear: false };
const comparisons = [{ method: 'soft', small: {}, milliseconds: 1, ssim: 1, psnr: 40 }];
const said = () => answers.map(({ id, kind }) => [id, kind]);
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(async () => {
  ask({ id: 1, kind: 'open', file: new Blob() });
  await settled();
  [answers.length, running.length] = [0, 0];
  ask({ id: 2, kind: 'reduce', options });
});

test('a reduction that a later one replaces is not reported as failed', async () => {
  ask({ id: 3, kind: 'reduce', options });
  running[0]?.fail(running[0].signal.reason);
  await settled();
  expect(said()).toEqual([]);
  running[1]?.end(comparisons);
  await settled();
  expect(said()).toEqual([[3, 'reduced']]);
});

test('a reduction that ends after another picture was opened is not kept for it', async () => {
  ask({ id: 3, kind: 'open', file: new Blob() });
  await settled();
  running[0]?.end(comparisons);
  await settled();
  ask({ id: 4, kind: 'encode', method: 'soft', name: 'soft.png' });
  await settled();
  expect(said()).toEqual([[3, 'opened']]);
});

test('a reduction that fails is reported, also when a later one replaced it', async () => {
  ask({ id: 3, kind: 'reduce', options });
  running[0]?.fail(new Error('no memory'));
  await settled();
  expect(answers).toEqual([{ id: 2, kind: 'failed', message: expect.stringContaining('no memory') }]);
});
