/** Where windows lie along an axis of a known size, and how many they are. */
import type { PoolingWindow } from '@softpool/surgery';

/** Elements, or zeros, before and after an axis. */
export type Around = readonly [before: number, after: number];

/** Padding in the order of ONNX: before each axis, then after each. */
export function padsInOrder(padding: readonly Around[]): number[] {
  return [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];
}

/** ONNX's names of TensorFlow's rule, with the smaller half of the padding before or after. */
export const AUTO_PAD = { same: 'SAME_UPPER', sameLower: 'SAME_LOWER' } as const;

/** The elements from the first of a window to its last, both counted. */
export function extent(kernel: number, dilation = 1): number {
  return (kernel - 1) * dilation + 1;
}

/** The extent of a window along an axis. */
export function extentOf({ kernelSize, dilation }: PoolingWindow, axis: number): number {
  return extent(kernelSize[axis] ?? 1, dilation[axis] ?? 1);
}

/** TensorFlow's rule: as much padding as ⌈size / stride⌉ windows need, the smaller half before. */
export function samePadding(size: number, stride: number, reach: number): Around {
  return halves(Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size));
}

/** The smaller half, and the other. */
export function halves(total: number): Around {
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The windows along an axis. */
export interface WindowsAlong {
  /** The padding before the first element. */
  readonly before: number;
  /** How many they are. */
  readonly count: number;
}

/**
 * The windows along an axis of this size. In ceil mode one that would start in the padding after
 * the elements is dropped, as in PyTorch.
 */
export function windowsAlong(window: PoolingWindow, axis: number, size: number): WindowsAlong {
  const { padding, ceilMode } = window;
  const stride = window.stride[axis] ?? 1;
  const reach = extentOf(window, axis);
  if (typeof padding === 'string') {
    const [less, more] = samePadding(size, stride, reach);
    return { before: padding === 'same' ? less : more, count: Math.ceil(size / stride) };
  }
  const [before, after] = padding[axis] ?? [0, 0];
  const steps = (size + before + after - reach) / stride;
  const count = Math.max(0, (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1);
  return { before, count: ceilMode && (count - 1) * stride >= size + before ? count - 1 : count };
}
