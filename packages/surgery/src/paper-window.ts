/**
 * The paper's window. The networks of its code replace max pooling 3×3/2 by soft pooling 2×2/2.
 * Surgery does that only where both have as many outputs for every input size n ≥ 2. A window of 2
 * with stride 2 has ⌊n/2⌋ outputs, or ⌈n/2⌉ if their number is rounded up; a window of 3 with
 * stride 2 has
 *
 *     padding of 2 in all    ⌊(n − 1)/2⌋ + 1 = ⌈n/2⌉
 *     same                   ⌈n/2⌉
 *     padding of 1 in all    ⌊(n − 2)/2⌋ + 1 = ⌊n/2⌋
 *     ceil mode, unpadded    ⌈(n − 3)/2⌉ + 1 = ⌊n/2⌋
 *
 * outputs. Other windows stay: most have other numbers, and runtimes disagree about ceil mode with
 * padding.
 */
import type { PoolingWindow } from './pooling.ts';

/** A window of 2 with stride 2, and how the number of its outputs is rounded. */
export interface PaperWindow {
  /** 2 where the old window has 3, and 1 on other axes. */
  readonly kernelSize: readonly number[];
  /** Whether n/2 outputs are rounded up or down. */
  readonly rounding: 'up' | 'down';
}

/** Whether a window is 3 with stride 2 on some axes, and 1 on the others. */
export function isThreeByTwo({ kernelSize, stride }: PoolingWindow): boolean {
  return kernelSize.includes(3) && kernelSize.every((size, axis) => (size === 3 ? stride[axis] === 2 : size === 1));
}

/**
 * The paper's window in place of one that is 3 with stride 2; `undefined` if it would change the
 * size of an output.
 */
export function paperWindow(window: PoolingWindow): PaperWindow | undefined {
  const { kernelSize, stride, dilation, padding, ceilMode } = window;
  const around = (axis: number): readonly [number, number] => (typeof padding === 'string' ? [0, 0] : (padding[axis] ?? [0, 0]));
  const roundings = new Set<PaperWindow['rounding'] | undefined>();
  for (const [axis, size] of kernelSize.entries()) {
    const [before, after] = around(axis);
    if (size === 3) roundings.add(dilation[axis] === 1 ? roundingOf(typeof padding === 'string' || [before, after], ceilMode) : undefined);
    else if (stride[axis] !== 1 || before + after > 0) return undefined;
  }
  const [rounding] = roundings;
  if (rounding === undefined || roundings.size > 1) return undefined;
  return { kernelSize: kernelSize.map((size) => (size === 3 ? 2 : size)), rounding };
}

/** How a window of 3 with stride 2 rounds n/2. */
function roundingOf(padding: true | readonly [before: number, after: number], ceilMode: boolean): 'up' | 'down' | undefined {
  if (padding === true) return 'up';
  const all = padding[0] + padding[1];
  if (ceilMode) return all === 0 ? 'down' : undefined;
  return all === 2 ? 'up' : all === 1 ? 'down' : undefined;
}
