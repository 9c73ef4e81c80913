/** Which problems are computed by four windows a thread (kernels/quads.wgsl), and with which constants. */
import type { AxisWindows } from '../geometry.ts';
import type { BlockShape } from './problem-block.ts';
import type { Program } from './programs.ts';

/** Taps of a window for which loops may be unrolled; larger windows take the loops of kernels/window.wgsl. */
const MOST_TAPS = 32;

/** Elements from one window to the next in a row: more would read quads for one element each. */
const LARGEST_STRIDE = 4;

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

/** Windows of one size at even steps, of neighbouring elements. */
function isRegular({ kernelSize, stride, step }: AxisWindows): boolean {
  return stride > 0 && (step === 1 || kernelSize === 1);
}
