/** A soft pooling to emit. */
import type { ElementType, PoolingWindow } from '@softpool/surgery';
import type { Weights } from 'softpool';

/** A soft pooling of an ONNX model. */
export interface SoftPooling {
  /** The window; `undefined` for global pooling. */
  readonly window: PoolingWindow | undefined;
  /** Sharpness β. */
  readonly beta: number;
  /** Whether channels have weights of their own or share them. */
  readonly weights: Weights;
  /** The type of the input's elements. */
  readonly elementType: ElementType;
}

/** The extent of a window along an axis, with its dilation. */
export function extentOf({ kernelSize, dilation }: PoolingWindow, axis: number): number {
  return ((kernelSize[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 1;
}
