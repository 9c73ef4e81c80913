/** Which problems are computed by four windows a thread (kernels/quads.wgsl), and with which constants. */
import type { AxisWindows } from '../geometry.ts';
import type { BlockShape } from './problem-block.ts';
import type { Program } from './programs.ts';

/** Taps of a window for which loops may be unrolled; larger windows take the loops of kernels/window.wgsl. */
const MOST_TAPS = 32;

/** Elements from one window to the next in a row: more would read quads for one element each. */
const LARGEST_STRIDE = 4;

/** Windows of a tile whose statistics fit the 16 KiB of memory that every workgroup can have. */
const MOST_TILE_WINDOWS = 1024;

/** Quads of channels in a tile: 64 bytes that lie together. */
const TILE_CHANNELS = 4;

/** Elements of a row in a tile, where rows are innermost. */
const TILE_ROW = 128;

/** How quads are read, and the constants. */
export interface Quads {
  readonly constants: Program['constants'];
  /** Whether channels are innermost, so that a quad is of one position. */
  readonly isLast: boolean;
  /** Whether every input is in at most one window, whose taps are all there. */
  readonly isDisjoint: boolean;
}

/** The quads of a problem; undefined if it has none. */
export function quadsOf({ axes, inner, channels }: BlockShape): Quads | undefined {
  const row = axes[2];
  const isLast = inner > 1;
  const fits = isLast ? inner % 4 === 0 : row.inputSize % 4 === 0 && row.outputSize % 4 === 0 && row.stride <= LARGEST_STRIDE;
  const taps = axes.reduce((size, axis) => size * axis.kernelSize, 1);
  if (channels > 1 || !fits || taps > MOST_TAPS || !axes.every(isRegular)) return undefined;
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

/** The largest tiles whose windows fit a workgroup's memory; undefined if none do. */
export function tilesOf({ axes, inner }: BlockShape, { isLast }: Quads): Tiles | undefined {
  const channels = isLast ? Math.min(TILE_CHANNELS, inner / 4) : 1;
  const windows = (tile: readonly number[]): number =>
    axes.reduce(
      (product, axis, i) => {
        const reaching = Math.floor(((tile[i] as number) + axis.kernelSize - 2) / axis.stride) + 1;
        return product * (i === 2 && !isLast ? 4 * (Math.floor((reaching + 2) / 4) + 1) : reaching);
      },
      isLast ? 4 * channels : 1,
    );
  let tile: readonly number[] = [1, 1, isLast ? 1 : Math.min(TILE_ROW, axes[2].inputSize)];
  while (!isLast && windows(tile) > MOST_TILE_WINDOWS && (tile[2] as number) > 4) tile = [1, 1, 4 * Math.ceil((tile[2] as number) / 8)];
  if (windows(tile) > MOST_TILE_WINDOWS) return undefined;
  for (;;) {
    // Longest where it is shortest, as cubes reach the fewest windows outside of them.
    const longer = axes
      .map((axis, i) => ({ i, length: tile[i] as number, most: axis.inputSize }))
      .filter(({ i, length, most }) => length < most && (isLast || i < 2))
      .sort((a, b) => a.length - b.length)
      .map(({ i, length, most }) => tile.map((own, j) => (j === i ? Math.min(most, length + Math.max(1, axes[i]?.stride ?? 1)) : own)))
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

/** Windows of one size at even steps, of neighbouring elements. */
function isRegular({ kernelSize, stride, step }: AxisWindows): boolean {
  return stride > 0 && (step === 1 || kernelSize === 1);
}
