/**
 * Which problems are computed with four windows per thread (kernels/quads.wgsl), and with which
 * constants.
 */
import type { AxisWindows } from '../geometry/axis-windows.ts';
import type { BlockShape } from './problem-block.ts';
import type { Program } from './programs.ts';

/**
 * The most taps of a window, and along an axis, for which compiling a program of its own is worth
 * it. Other windows share one program with loops (kernels/window.wgsl).
 */
const MOST_TAPS = 27;
const MOST_ALONG = 4;

/**
 * The most elements from one window to the next in a row: beyond it, a quad would be read for one
 * element.
 */
const LARGEST_STRIDE = 4;

/**
 * The most windows of a tile: their statistics take 8 KiB, half of what every device gives a
 * workgroup.
 */
const MOST_TILE_WINDOWS = 512;

/** The most quads of channels in a tile: 64 consecutive bytes. */
const MOST_TILE_CHANNELS = 4;

/**
 * The elements of a row in a tile, where rows are innermost. Each size is a program of its own, so
 * there are only two.
 */
const TILE_ROWS = [16, 64] as const;

/** How quads are read, and the constants of their programs. */
export interface Quads {
  readonly constants: Program['constants'];
  /** Whether channels are innermost, so that a quad is of one position. */
  readonly isLast: boolean;
  /** Whether every input is in at most one window, and every window is complete. */
  readonly isDisjoint: boolean;
}

/** The quads of a problem; undefined if it cannot be computed by quads. */
export function quadsOf({ axes, inner, channels }: BlockShape): Quads | undefined {
  const row = axes[2];
  const isLast = inner > 1;
  const fits = isLast ? inner % 4 === 0 : row.inputSize % 4 === 0 && row.outputSize % 4 === 0 && row.stride <= LARGEST_STRIDE;
  if (channels > 1 || !fits || !axes.every(isRegular) || !isCommon(axes)) return undefined;
  const isPadded = axes.some((axis) => axis.count.some((count) => count !== axis.kernelSize));
  return {
    constants: {
      KERNEL: axes.map((axis) => axis.kernelSize),
      STRIDE: axes.map((axis) => axis.stride),
      BEFORE: axes.map((axis) => axis.padding[0]),
      PADDED: isPadded,
    },
    isLast,
    isDisjoint: !isPadded && axes.every((axis) => axis.stride === axis.kernelSize && axis.padding[0] === 0),
  };
}

/** The tiles of an input whose windows overlap (kernels/tiles.wgsl). */
export interface Tiles {
  readonly constants: Program['constants'];
  /** Tiles of a plane. */
  readonly perPlane: number;
}

/**
 * The largest tiles whose windows fit a workgroup's memory, if any do. They depend on the windows,
 * hardly on the input's size.
 */
export function tilesOf({ axes, inner }: BlockShape, { isLast }: Quads): Tiles | undefined {
  const channels = isLast ? Math.min(MOST_TILE_CHANNELS, 2 ** Math.floor(Math.log2(inner / 4))) : 1;
  const windows = (tile: readonly number[]): number => {
    const along = axes.map((axis, i) => Math.floor(((tile[i] as number) + axis.kernelSize - 2) / axis.stride) + 1);
    if (!isLast) along[2] = 4 * (Math.floor(((along[2] as number) + 2) / 4) + 1); // whole quads
    return along.reduce((product, count) => product * count, isLast ? 4 * channels : 1);
  };
  const row = axes[2].inputSize > TILE_ROWS[0] ? TILE_ROWS[1] : TILE_ROWS[0];
  let tile: readonly number[] = [1, 1, isLast ? 1 : row];
  while (windows(tile) > MOST_TILE_WINDOWS && (tile[2] as number) > 4) tile = [1, 1, (tile[2] as number) / 2];
  if (windows(tile) > MOST_TILE_WINDOWS) return undefined;
  for (;;) {
    // Extend the shortest side: the more a tile is like a cube, the fewer windows reach out of it.
    const longer = [0, 1, 2]
      .filter((i) => (axes[i] as AxisWindows).inputSize > 1 && (isLast || i < 2))
      .sort((a, b) => (tile[a] as number) - (tile[b] as number))
      .map((axis) => tile.map((length, i) => (i === axis ? length + (axes[i] as AxisWindows).stride : length)))
      .find((candidate) => windows(candidate) <= MOST_TILE_WINDOWS);
    if (longer === undefined) break;
    tile = longer;
  }
  const perPlane = axes.reduce((product, axis, i) => product * Math.ceil(axis.inputSize / (tile[i] as number)), 1);
  return {
    constants: { TILE: tile, TILE_CHANNELS: channels, TILE_WINDOWS: windows(tile) },
    perPlane: perPlane * (isLast ? Math.ceil(inner / 4 / channels) : 1),
  };
}

/**
 * Whether windows have the same size and stride along all axes that they pool, as those of networks
 * do.
 */
function isCommon(axes: readonly AxisWindows[]): boolean {
  const pooled = axes.filter(({ kernelSize, stride }) => kernelSize > 1 || stride > 1);
  const taps = pooled.reduce((product, axis) => product * axis.kernelSize, 1);
  const isAlike = pooled.every((axis) => axis.kernelSize === pooled[0]?.kernelSize && axis.stride === pooled[0].stride);
  return isAlike && taps <= MOST_TAPS && (pooled[0]?.kernelSize ?? 1) <= MOST_ALONG;
}

/** Whether windows have one size, equal steps, and neighboring taps. */
function isRegular({ kernelSize, stride, dilation }: AxisWindows): boolean {
  return stride > 0 && (dilation === 1 || kernelSize === 1);
}
