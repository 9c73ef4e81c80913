/**
 * A small network for pictures that trains in a minute without a GPU: three 3×3 convolutions, a
 * pool after each of the first two, and the global average.
 *
 * The first pool counts as the stem's: max 2×2/2 becomes SoftPool with the same window. The second
 * one and the global average become soft only in all positions.
 */
import { type Features, type Parts, unit } from './parts.ts';
import type { Pools, Position } from './pools.ts';

const WIDTHS = [8, 16, 32];

const HALVED: Position = {
  original: { kind: 'max', size: 2, stride: 2, padding: 0 },
  soft: { size: 2, stride: 2, padding: 'valid' },
};
const POSITIONS: readonly Position[] = [HALVED, { ...HALVED, replacedIn: 'all' }];

/** Builds the logits of the network. */
export function small2d(parts: Parts, pools: Pools, x: Features, classes: number): Features {
  let features = x;
  WIDTHS.forEach((filters, index) => {
    const number = index + 1;
    const names = { convolution: `conv${number}`, normalization: `bn${number}`, relu: `relu${number}` };
    features = unit(parts, names, features, { filters, kernel: 3, padding: 1 });
    const position = POSITIONS[index];
    if (position !== undefined) features = pools.pool(`pool${number}`, features, position);
  });
  return parts.dense('fc', pools.global('avgpool', features), classes);
}
