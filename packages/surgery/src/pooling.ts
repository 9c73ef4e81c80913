/** A pooling of a model in any format: its kind, its window and its operator. */
import type { Gradient, Weights } from 'softpool';

/** The kinds of pooling that surgery knows. */
export const POOLING_KINDS = ['max', 'average', 'soft', 'globalMax', 'globalAverage', 'globalSoft'] as const;

/** A kind of pooling. The global kinds have one window: the whole extent. */
export type PoolingKind = (typeof POOLING_KINDS)[number];

/** What a pooling can become. Global pooling stays global: `globalAverage` becomes `globalSoft`. */
export type PoolingTarget = 'soft' | 'max' | 'average';

/** The type of a tensor's elements, of those that SoftPool can pool. */
export type ElementType = 'float16' | 'float32' | 'float64';

/**
 * A shape. A text is the name of a size that is not fixed, and `null` is such a size without a
 * name.
 */
export type PoolingShape = readonly (number | string | null)[];

/** The window of a pooling that is not global, with one entry per spatial axis. */
export interface PoolingWindow {
  /** Elements along each axis. */
  readonly kernelSize: readonly number[];
  /** Steps between windows. */
  readonly stride: readonly number[];
  /** Steps between the elements of a window. */
  readonly dilation: readonly number[];
  /**
   * Padding before and after each axis. `'same'` is TensorFlow's rule, which puts an odd element
   * after the input; `'sameLower'` is the same rule with that element before it.
   */
  readonly padding: readonly (readonly [before: number, after: number])[] | 'same' | 'sameLower';
  /** Whether padding counts as zeros. Default: it has no weight. */
  readonly padMode?: 'zeros' | undefined;
  /** Whether the number of windows is rounded up, as in PyTorch's `ceil_mode`. */
  readonly ceilMode: boolean;
}

/** The operator of a soft pooling. */
export interface SoftOperator {
  /** Sharpness β ≥ 0. */
  readonly beta: number;
  /** Whether channels have weights of their own or share them. */
  readonly weights: Weights;
  /** The gradient used in training. */
  readonly gradient: Gradient;
}

/** A pooling of a model. */
export interface PoolingInfo {
  /** Its number among the model's poolings, from 0. */
  readonly index: number;
  /** The name of its layer or node. An ONNX node without a name goes by that of its output. */
  readonly name: string;
  /**
   * Its name after those of the models, wrappers, nodes and branches around it: `'block/pool1'`.
   */
  readonly path: string;
  /**
   * The class of the layer, e.g. `'MaxPooling2D'`, or the operator of the node, e.g. `'MaxPool'`.
   */
  readonly type: string;
  /** The kind of pooling. */
  readonly kind: PoolingKind;
  /** The window; `undefined` for global pooling and for a window that is not valid. */
  readonly window: PoolingWindow | undefined;
  /** The operator of a soft pooling; `undefined` for other kinds. */
  readonly operator: SoftOperator | undefined;
  /** The type of its elements; `undefined` if it is unknown or SoftPool cannot pool it. */
  readonly elementType: ElementType | undefined;
  /**
   * The shape of its input, if the model tells it; a list if the layer is called on several shapes.
   */
  readonly inputShape: PoolingShape | readonly PoolingShape[] | undefined;
  /** The shape of its output, likewise. */
  readonly outputShape: PoolingShape | readonly PoolingShape[] | undefined;
  /** Why it cannot be replaced; `undefined` if it can. */
  readonly obstacle: string | undefined;
}

/** The operator where nothing else is said. */
export const DEFAULT_OPERATOR: SoftOperator = { beta: 1, weights: 'perChannel', gradient: 'weights' };

/** What a kind computes, global or not. */
export const OPERATION: Readonly<Record<PoolingKind, PoolingTarget>> = {
  max: 'max',
  average: 'average',
  soft: 'soft',
  globalMax: 'max',
  globalAverage: 'average',
  globalSoft: 'soft',
};

/** The global kind that computes the same. */
const GLOBAL_KIND = { max: 'globalMax', average: 'globalAverage', soft: 'globalSoft' } as const;

/** Whether a kind has one window, the whole extent. */
export function isGlobal(kind: PoolingKind): boolean {
  return kind !== OPERATION[kind];
}

/** The kind that a pooling becomes. */
export function kindAfter(kind: PoolingKind, to: PoolingTarget): PoolingKind {
  return isGlobal(kind) ? GLOBAL_KIND[to] : to;
}
