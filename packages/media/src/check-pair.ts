/** Checks the two images of a comparison. */
import { checkPixels, type Pixels } from './pixels.ts';

/** Throws a TypeError or RangeError unless both are images of the same size and channels. */
export function checkPair(call: string, a: Pixels, b: Pixels): void {
  checkPixels(call, 'a', a);
  checkPixels(call, 'b', b);
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    const size = ({ width, height, channels }: Pixels): string => `${width} × ${height} × ${channels}`;
    throw new RangeError(`${call}: both images must have the same size and channels, received ${size(a)} and ${size(b)}`);
  }
}
