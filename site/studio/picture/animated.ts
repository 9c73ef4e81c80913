/** Animations, of which a page shows the first frame. */
import { isAnimatedGif } from '@softpool/media/internal/gif';

/** Whether a GIF, WebP, AVIF or PNG has further frames. */
export function isAnimated(bytes: Uint8Array<ArrayBuffer>): boolean {
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 4) === 'GIF8') return isAnimatedGif(bytes);
  if (text(8, 8) === 'WEBPVP8X') return ((bytes[20] ?? 0) & WEBP_ANIMATION) !== 0;
  if (text(4, 8) === 'ftypavis') return true; // the brand of image sequences
  if (text(1, 3) !== 'PNG') return false;
  // Chunks have a length, a type, data, and a checksum. That of animations is before the data.
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + file.getUint32(at)) {
    const type = text(at + 4, 4);
    if (type === 'acTL' || type === 'IDAT') return type === 'acTL';
  }
  return false;
}

/** The flag of animations in the extended header of a WebP. */
const WEBP_ANIMATION = 0x02;
