/** Decodes a visitor's file in a worker, or says in a sentence what is wrong and what to do. */
import { checkFile, megabytes, VisitorError } from '../parts/visitor-file.ts';
import { isAnimated } from './animated.ts';
import { damageOf } from './damage.ts';

/** Bytes of a file that are read. */
const MOST_BYTES = 200_000_000;
/** Megapixels of a picture: four bytes a pixel, several times over. */
const MOST_MEGAPIXELS = 60;

/** The pixels of a picture, and what to know about it. */
export interface OpenedPicture {
  readonly pixels: ImageData;
  readonly bitmap: ImageBitmap;
  readonly note: string;
}

/** Decodes a file. */
export async function openPicture(file: Blob): Promise<OpenedPicture> {
  if (typeof OffscreenCanvas === 'undefined') {
    throw new VisitorError('This browser cannot decode pictures in the background. Use a newer version of it.');
  }
  if (file.size > MOST_BYTES) {
    throw new VisitorError(
      `The file has ${megabytes(file.size)}, and this page reads at most ${megabytes(MOST_BYTES)}. Choose a smaller one.`,
    );
  }
  await checkFile(file);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const damage = damageOf(bytes);
  if (damage !== undefined) throw new VisitorError(`${damage} Copy or download it again, or choose another one.`);
  const bitmap = await decode(file);
  const { width, height } = bitmap;
  const megapixels = (width * height) / 1e6;
  if (megapixels > MOST_MEGAPIXELS) {
    bitmap.close();
    const limit = `The picture has ${Math.round(megapixels)} megapixels, and this page takes at most ${MOST_MEGAPIXELS}.`;
    throw new VisitorError(`${limit} Reduce it first, for example with softpool image.`);
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null)
    throw new VisitorError('This browser has no memory left for the picture. Close other pages, or choose a smaller one.');
  if (!canDraw(context)) {
    bitmap.close();
    const limit = `The picture has ${width} × ${height} pixels, and this browser cannot draw one of such a side or area.`;
    throw new VisitorError(`${limit} Reduce it first, for example with softpool image.`);
  }
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, width, height);
  return { pixels, bitmap, note: isAnimated(bytes) ? 'This is an animation: its first frame is shown.' : '' };
}

/** Whether a canvas takes pixels: browsers leave one that is too large empty, without an error. */
function canDraw(context: OffscreenCanvasRenderingContext2D): boolean {
  const corner = [context.canvas.width - 1, context.canvas.height - 1, 1, 1] as const;
  context.fillRect(...corner);
  const isDrawn = context.getImageData(...corner).data[3] === 255;
  context.clearRect(...corner);
  return isDrawn;
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch {
    const wanted = `a JPEG, PNG, WebP, GIF or AVIF file of at most ${MOST_MEGAPIXELS} megapixels that is not damaged`;
    throw new VisitorError(`The browser cannot read this file as a picture. Choose ${wanted}.`);
  }
}
