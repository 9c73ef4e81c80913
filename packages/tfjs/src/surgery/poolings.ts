/** What a pooling of a model is, whichever format the model has: its kind, its window, and how both are written in a report. */
import type { Gradient, Weights } from 'softpool';
import type { Shape } from '../layers/soft-pooling.ts';

/** The kinds of pooling that can take each other's place. */
export type PoolingKind = 'max' | 'average' | 'soft';

/** The window of a pooling that is not global, one number for each spatial axis. */
export interface PoolingWindow {
  /** Its elements along each axis. */
  readonly size: readonly number[];
  /** The steps between windows. */
  readonly strides: readonly number[];
  /** `'explicit'`, in numbers, is found in graph models only. */
  readonly padding: 'valid' | 'same' | 'explicit';
}

/** A pooling of a model, before it is replaced. */
export interface PoolingInfo {
  /** Its name behind those of the models and wrappers that it is in, as in `'block/pool1'`; of a graph model, the name of the node. */
  readonly path: string;
  /** Its own name. */
  readonly name: string;
  /** The class of the layer, as in `'MaxPooling2D'`, or the op of the node, as in `'MaxPool'`. */
  readonly className: string;
  /** What kind of pooling it is. */
  readonly kind: PoolingKind;
  /** `undefined`, if it pools everything. */
  readonly window: PoolingWindow | undefined;
  /**
   * The shape of its output; a list of them, if it is called on several sizes; `undefined`, if it is not known: of graph models, unless they tell it,
   * and of saved models that cannot be built, for example since they have layers of one's own that are not registered.
   */
  readonly outputShape: Shape | readonly Shape[] | undefined;
}

/** The operator of soft pooling that a model gets, or has. */
export interface SoftOperator {
  readonly beta: number;
  readonly weights: Weights;
  readonly gradient: Gradient;
}

/** What the operator is where nothing is said. */
export const DEFAULT_OPERATOR: SoftOperator = { beta: 1, weights: 'perChannel', gradient: 'weights' };

/** A pooling in a few words: `'max 3×3/2 same'`, `'global average'`, `'soft 2×2/2 valid, β 2, shared weights'`. */
export function inWords(kind: PoolingKind, window: PoolingWindow | undefined, operator: SoftOperator = DEFAULT_OPERATOR): string {
  const pooling = window === undefined ? `global ${kind}` : `${kind} ${windowInWords(window)} ${window.padding}`;
  if (kind !== 'soft') return pooling;
  const { beta, weights, gradient } = operator;
  return [
    pooling,
    ...(beta === DEFAULT_OPERATOR.beta ? [] : [`β ${beta}`]),
    ...(weights === DEFAULT_OPERATOR.weights ? [] : ['shared weights']),
    ...(gradient === DEFAULT_OPERATOR.gradient ? [] : ['exact gradient']),
  ].join(', ');
}

/** A window and its strides, as papers write them: `'3×3/2'`, `'1×3×3/1×2×2'`. */
export function windowInWords({ size, strides }: PoolingWindow): string {
  const [first] = strides;
  return `${size.join('×')}/${strides.every((stride) => stride === first) ? first : strides.join('×')}`;
}
