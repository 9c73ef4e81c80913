/** GIFs that have lost their end. */
import { isWholeGif } from '../whole-gif.ts';
import { ImageError } from './image-error.ts';

/** Throws an ImageError if a GIF has lost its end: decoders show the frames that are left. */
export function checkGif(bytes: Uint8Array): void {
  if (!isWholeGif(bytes)) throw new ImageError('damaged', 'the image is damaged: the file is cut off');
}
