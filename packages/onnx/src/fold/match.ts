/** Soft pooling that is written as a composition: what it pools, and how. */
import type { ElementType, PoolingWindow } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import type { Weights } from 'softpool';
import { elementTypeOf } from '../graph/scope.ts';
import { misfit } from '../surgery/windows.ts';
import type { Context } from './context.ts';

/** What a composition computes. */
export interface FoundPooling {
  /** The value that is pooled, before `moves`. */
  readonly x: string;
  /** Movements of x before it is pooled, the outermost first. */
  readonly moves: readonly NodeProto[];
  readonly window: PoolingWindow | undefined;
  readonly beta: number;
  readonly weights: Weights;
  /** Movements of the result, the outermost first. */
  readonly after: readonly NodeProto[];
  /** The shape of the result for Reshape, if it is not that of pooling. */
  readonly reshape: readonly number[] | undefined;
  /** What is different now. */
  readonly notes: readonly string[];
}

/** A composition that is soft pooling, or nearly. */
export interface Match {
  /** The node that gives the result. */
  readonly node: NodeProto;
  /** How it is written, e.g. `'AveragePool(x·eˣ) / AveragePool(eˣ)'`. */
  readonly form: string;
  /** What it computes, or why it is only nearly soft pooling. */
  readonly found: FoundPooling | string;
}

/** Why values of unknown types stay. */
export const TYPE_UNKNOWN = 'the type of its elements is unknown, or not float, float16 or double; run shape inference on the model first';

/** The type of the elements of a value, if soft pooling has it. */
export function floatTypeOf({ graph }: Context, name: string): ElementType | undefined {
  const type = graph.scope && elementTypeOf(name, graph.scope);
  return typeof type === 'string' ? type : undefined;
}

/**
 * Checks the type, and the window against the input's sizes as far as they are known. A window as
 * large as the input is global pooling.
 */
export function fitted(context: Context, found: FoundPooling): FoundPooling | string {
  if (floatTypeOf(context, found.x) === undefined) return TYPE_UNKNOWN;
  const { window } = found;
  if (window === undefined || found.moves.length > 0) return found;
  const sizes = context.shapeOf(found.x)?.slice(2);
  if (sizes === undefined) return found;
  const { padding, kernelSize, dilation } = window;
  const isUnpadded = typeof padding === 'string' ? false : padding.every(([before, after]) => before + after === 0);
  const isWhole =
    isUnpadded && sizes.length === kernelSize.length && sizes.every((size, axis) => size === kernelSize[axis] && dilation[axis] === 1);
  if (isWhole) return { ...found, window: undefined };
  return misfit(window, sizes) ?? found;
}
