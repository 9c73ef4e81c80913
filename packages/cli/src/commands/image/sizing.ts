/** The size of each picture's result: percentages, and pictures that are already smaller. */
import { type PoolImageOptions, pooledSize } from '@softpool/media/internal/pictures';
import type { Length } from '../../shared/arguments/values.ts';
import type { Sides } from '../../shared/sides.ts';
import type { ImageFlags } from './options.ts';

/** The size of a result, and how a picture gets it. */
export interface Sizing extends Sides {
  /** The options that give it this size; `undefined` if it keeps its own. */
  readonly pool: PoolImageOptions | undefined;
}

/** Why a picture is skipped with --smaller skip. */
export const SMALLER = 'the image is smaller';

/**
 * The size of a picture's result; `undefined` if the picture is skipped, because it is smaller.
 *
 * @throws TypeError or RangeError if the size does not fit the picture; Error with --smaller fail.
 */
export function sizingOf(picture: Sides, flags: ImageFlags): Sizing | undefined {
  const { factor, kernel, stride, padding, fit, position, beta, poolWeights, linear, smaller = 'keep' } = flags;
  const [width, height] = flags.size ?? [pixels(flags.width, picture.width), pixels(flags.height, picture.height)];
  const isSmaller = enlarges(picture, width, height, fit);
  if (isSmaller && smaller === 'skip') return undefined;
  if (isSmaller && smaller === 'keep') return { width: picture.width, height: picture.height, pool: undefined };
  if (isSmaller)
    throw new Error(`the image has ${picture.width} × ${picture.height} pixels, fewer than asked for; use --smaller keep or skip`);
  const pool = { factor, kernelSize: kernel, stride, padding, width, height, fit, position, beta, weights: poolWeights, linear };
  return { ...pooledSize(picture, pool), pool };
}

function pixels(length: Length | undefined, side: number): number | undefined {
  return typeof length === 'object' ? Math.max(1, Math.round((side * length.percent) / 100)) : length;
}

/** Whether a size would enlarge a picture on any side. */
function enlarges(picture: Sides, width: number | undefined, height: number | undefined, fit: ImageFlags['fit'] = 'inside'): boolean {
  const isLonger = [...(width === undefined ? [] : [width > picture.width]), ...(height === undefined ? [] : [height > picture.height])];
  // Inside both sides, the picture is enlarged only if neither limits it.
  return fit === 'inside' ? isLonger.length > 0 && isLonger.every(Boolean) : isLonger.some(Boolean);
}
