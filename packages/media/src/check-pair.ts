/** Checks the two images of a comparison. */
import { checkedPixels, type Pixels } from './pixels.ts';

/** Both images, once they have the same size and channels: see `checkedPixels`. */
export function checkedPair(call: string, one: Pixels, other: Pixels): readonly [a: Pixels, b: Pixels] {
  const [a, b] = [checkedPixels(call, 'a', one), checkedPixels(call, 'b', other)];
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    const size = ({ width, height, channels }: Pixels): string => `${width} × ${height} × ${channels}`;
    throw new RangeError(`${call}: both images must have the same size and channels, received ${size(a)} and ${size(b)}`);
  }
  return [a, b];
}
