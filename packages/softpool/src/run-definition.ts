/** The definition as a backend: numbers out of tensors of any type, the definition, and its results rounded once to that type. */
import { type Job, resultShape } from './calls.ts';
import { backward, forward, SMALLEST_NORMAL } from './definition.ts';
import { fromNumbers, toNumbers } from './float16.ts';
import { type FloatArray, type Tensor, tensorLike } from './tensor.ts';

/** Runs a checked job by the definition. */
export function runDefinition<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { x, dy, problem } = job;
  const { dtype, geometry, operator } = problem;
  const values =
    dy === undefined
      ? forward(toNumbers(x.data), geometry, operator)
      : backward(toNumbers(x.data), toNumbers(dy.data), geometry, operator, SMALLEST_NORMAL[dtype]);
  return tensorLike(x, fromNumbers(x.data, values, dtype), resultShape(job));
}
