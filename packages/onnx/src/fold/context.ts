/** What a matcher knows about the graph that it looks at. */
import type { PoolingShape } from '@softpool/surgery';
import type { GraphValues } from '../graph/graph-values.ts';
import { type Keys, keysIn } from './keys.ts';
import { shapesIn } from './shapes.ts';
import type { Numbers } from './tensor-numbers.ts';
import { trialOf } from './trial.ts';
import { type Budget, NotFollowed, wholeBudget } from './trial-value.ts';

/** A graph, and what is found out about its values. */
export interface Context {
  readonly graph: GraphValues;
  readonly opset: number;
  /** The elements that may still be followed. */
  readonly budget: Budget;
  readonly keys: Keys;
  /** The numbers of a constant, or of what is computed from constants; `undefined` of others. */
  readonly numbersOf: (name: string) => Numbers | undefined;
  /** The shape of a value, as far as the model states it or the operators tell it. */
  readonly shapeOf: (name: string) => PoolingShape | undefined;
  /** The number of axes of a value. */
  readonly rankOf: (name: string) => number | undefined;
}

/** A context for a graph. */
export function contextOf(graph: GraphValues, opset: number, budget = wholeBudget()): Context {
  const constant = trialOf({ graph, opset, budget }, '', []);
  const numbersOf = (name: string): Numbers | undefined => {
    try {
      const value = constant(name);
      return value.kind === 'numbers' ? value : undefined;
    } catch (error) {
      if (error instanceof NotFollowed) return undefined;
      throw error;
    }
  };
  const shapeIn = shapesIn({ graph, numbersOf });
  return { graph, opset, budget, keys: keysIn(graph), numbersOf, shapeOf: shapeIn, rankOf: (name) => shapeIn(name)?.length };
}
