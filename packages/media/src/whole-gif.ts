/** The parts of a GIF (GIF89a, §12–27), of which decoders do not say that some are missing. */

const [EXTENSION, APPLICATION, CONTROL] = [0x21, 0xff, 0xf9];
const [IMAGE, TRAILER] = [0x2c, 0x3b];
const HEADER = 13;
const IMAGE_HEADER = 10;

/**
 * Whether a GIF ends with its trailer. Some editors leave it out, so it may also end with its only
 * image, if nothing says that it is played.
 */
export function isWholeGif(bytes: Uint8Array): boolean {
  let at = HEADER + paletteLength(bytes[10]);
  let images = 0;
  let isPlayed = false;
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === TRAILER) return true;
    if (block === EXTENSION) {
      isPlayed ||= isPlayback(bytes.subarray(at + 1));
      at = afterSubBlocks(bytes, at + 2);
    } else if (block === IMAGE) {
      images++;
      at = afterImage(bytes, at);
    } else break; // zeros, behind some images
  }
  return at <= bytes.length && images === 1 && !isPlayed;
}

/** Whether a GIF has a second image. */
export function isAnimatedGif(bytes: Uint8Array): boolean {
  let images = 0;
  for (let at = HEADER + paletteLength(bytes[10]); images < 2; ) {
    if (bytes[at] === EXTENSION) at = afterSubBlocks(bytes, at + 2);
    else if (bytes[at] !== IMAGE) return false;
    else {
      images++;
      at = afterImage(bytes, at);
    }
  }
  return true;
}

/** Whether an extension says how often an animation is played, or how long a frame is shown. */
function isPlayback(extension: Uint8Array): boolean {
  const [label, , , ...delay] = extension.subarray(0, 5);
  if (label === APPLICATION) return ['NETSCAPE2.0', 'ANIMEXTS1.0'].includes(String.fromCharCode(...extension.subarray(2, 13)));
  return label === CONTROL && delay.some((byte) => byte > 0);
}

/** Bytes of the palette by the flags of a header. */
function paletteLength(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** Where the image at `at` ends. */
function afterImage(bytes: Uint8Array, at: number): number {
  return afterSubBlocks(bytes, at + IMAGE_HEADER + paletteLength(bytes[at + IMAGE_HEADER - 1]) + 1);
}

/** Where the sub-blocks from `at` on end: after an empty one. */
function afterSubBlocks(bytes: Uint8Array, at: number): number {
  for (let next = at; ; ) {
    const length = bytes[next];
    if (length === undefined) return Number.POSITIVE_INFINITY; // the file ends within them
    next += length + 1;
    if (length === 0) return next;
  }
}
