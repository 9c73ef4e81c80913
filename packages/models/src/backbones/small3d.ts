/**
 * A small network for clips that trains in minutes without a GPU: four 3×3×3 convolutions and a
 * pool after each of the first three. The first pools only height and width, to keep time until
 * motion is detected (as in C3D: Tran et al., ICCV 2015).
 *
 * The max pools 1×2×2 and 2×2×2 become SoftPool with the same windows.
 */
import { type Features, type Parts, unit } from './parts.ts';
import type { Pools, Position } from './pools.ts';

const WIDTHS = [8, 16, 32, 64];
const WINDOWS = [
  [1, 2, 2],
  [2, 2, 2],
  [2, 2, 2],
] as const;

/** Builds the logits of the network. */
export function small3d(parts: Parts, pools: Pools, x: Features, classes: number): Features {
  let features = x;
  WIDTHS.forEach((filters, index) => {
    const number = index + 1;
    const names = { convolution: `conv${number}`, normalization: `bn${number}`, relu: `relu${number}` };
    features = unit(parts, names, features, { filters, kernel: 3, padding: 1 });
    const window = WINDOWS[index];
    if (window !== undefined) features = pools.pool(`pool${number}`, features, sameWindow(window));
  });
  return parts.dense('fc', pools.global('avgpool', features), classes);
}

function sameWindow(size: readonly number[]): Position {
  return { original: { kind: 'max', size, stride: size, padding: 0 }, soft: { size, stride: size, padding: 'valid' } };
}
