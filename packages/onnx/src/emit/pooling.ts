/** What is emitted: soft pooling, as numbers. */
import type { Weights } from 'softpool';

/** A soft pooling of an ONNX model. */
export interface SoftPooling {
  /** `undefined`: everything, one window over all spatial axes. */
  readonly window: PoolingWindow | undefined;
  /** Sharpness β. */
  readonly beta: number;
  /** Whose weights. */
  readonly weights: Weights;
  /** The type of the tensor that is pooled. */
  readonly elementType: ElementType;
}

/** The window of a pooling that is not global, one number for each spatial axis. */
export interface PoolingWindow {
  /** Its elements along each axis. */
  readonly size: readonly number[];
  /** The steps between windows. */
  readonly strides: readonly number[];
  /** The steps between a window's elements. */
  readonly dilations: readonly number[];
  /** Elements of padding before and after each axis, or TensorFlow's rule, with the odd one after (`'sameUpper'`) or before (`'sameLower'`). */
  readonly padding: readonly (readonly [before: number, after: number])[] | 'sameUpper' | 'sameLower';
  /** Whether a window that reaches past the end counts, if it does not start there. */
  readonly ceilMode: boolean;
}

/** The element types that can be pooled softly. */
export type ElementType = 'float16' | 'float32' | 'float64';

/** How far a window reaches along an axis, its dilation included. */
export function extentOf({ size, dilations }: PoolingWindow, axis: number): number {
  return ((size[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
}
