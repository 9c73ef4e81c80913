/** Decodes, reduces and measures pictures, so that the page stays alive meanwhile. */
import { type Pixels, toImageData } from '@softpool/media';
import { VisitorError } from '../parts/visitor-file.ts';
import { type Comparison, comparePictures, differenceOf, enlarged } from './compare-pictures.ts';
import { measuredPart } from './measured-part.ts';
import type { PictureAnswer, PictureRequest, ReduceOptions, Side } from './messages.ts';
import { openPicture } from './open-picture.ts';
import { crop } from './window-of-picture.ts';

let original: ImageData | undefined;
let reduced: { readonly options: ReduceOptions; readonly comparisons: readonly Comparison[] } | undefined;
let running = new AbortController();
/** The request whose picture counts: a large one may be decoded after a later one. */
let opening = 0;

addEventListener('message', (event: MessageEvent<PictureRequest>) => {
  const { id } = event.data;
  respond(event.data).catch((error: unknown) => {
    const message =
      error instanceof VisitorError
        ? error.message
        : `The picture could not be processed: ${String(error)}. Reload the page, or choose a smaller picture.`;
    answer({ id, kind: 'failed', message });
  });
});

async function respond(request: PictureRequest): Promise<void> {
  const { id } = request;
  if (request.kind === 'open') {
    running.abort();
    opening = id;
    const { pixels, bitmap, note } = await openPicture(request.file);
    if (opening !== id) {
      bitmap.close();
      return;
    }
    original = pixels;
    reduced = undefined;
    answer({ id, kind: 'opened', bitmap, note }, [bitmap]);
  } else if (request.kind === 'reduce') {
    await reduce(id, request.options);
  } else if (request.kind === 'difference') {
    const [one, other] = request.sides.map(sideOf);
    if (one === undefined || other === undefined) return;
    const bitmap = await createImageBitmap(differenceOf(one, other));
    answer({ id, kind: 'difference', bitmap }, [bitmap]);
  } else {
    const result = reduced?.comparisons.find(({ method }) => method === request.method);
    if (result === undefined) return;
    const canvas = new OffscreenCanvas(result.small.width, result.small.height);
    canvas.getContext('2d')?.putImageData(toImageData(result.small), 0, 0);
    const file = await canvas.convertToBlob({ type: 'image/png' });
    answer({ id, kind: 'encoded', file, name: request.name });
  }
}

async function reduce(id: number, options: ReduceOptions): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const picture = original;
  if (picture === undefined) return;
  if (options.factor > Math.max(picture.width, picture.height)) {
    const problem = `A picture of ${picture.width} × ${picture.height} pixels cannot be reduced by ${options.factor}.`;
    throw new VisitorError(`${problem} Reduce it by less, or choose a larger one.`);
  }
  const report = (done: number) => answer({ id, kind: 'progress', done });
  const comparisons = await comparePictures(picture, options, signal, report).catch((error: unknown) => {
    if (!signal.aborted || error !== signal.reason) throw error;
  });
  if (comparisons === undefined || signal.aborted) return;
  const results = await Promise.all(
    comparisons.map(async ({ small, ...result }) => ({ ...result, bitmap: await createImageBitmap(toImageData(small)) })),
  );
  const bitmaps = results.map(({ bitmap }) => bitmap);
  // A later request may have come meanwhile.
  if (signal.aborted) {
    for (const bitmap of bitmaps) bitmap.close();
    return;
  }
  reduced = { options, comparisons };
  const { width, height } = measuredPart(picture, options.factor);
  const measured = width === picture.width && height === picture.height ? '' : `Measured on the middle ${width} × ${height} pixels.`;
  answer({ id, kind: 'reduced', results, measured }, bitmaps);
}

/** The measured part of one side, at full size. */
function sideOf(side: Side): Pixels<Uint8ClampedArray> | undefined {
  if (original === undefined || reduced === undefined) return undefined;
  const { factor } = reduced.options;
  const { left, top, width, height } = measuredPart(original, factor);
  const result = reduced.comparisons.find(({ method }) => method === side);
  return result === undefined ? crop(original, left, top, width, height) : enlarged(result.small, factor, left, top, width, height);
}

function answer(message: PictureAnswer, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
