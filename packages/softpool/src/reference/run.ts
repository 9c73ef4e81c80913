/**
 * The definition as a backend: takes tensors of any type, and rounds each result once to that type.
 */
import { fromNumbers, toNumbers } from '../api/float16.ts';
import { type Job, resultShape } from '../api/job.ts';
import { type FloatArray, type Tensor, tensorLike } from '../api/tensor.ts';
import { backward, forward } from './formula.ts';

/** Runs a checked job by the definition. */
export function runDefinition<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { x, problem } = job;
  const { dtype, geometry, operator } = problem;
  const values =
    job.kind === 'forward'
      ? forward(toNumbers(x.data), geometry, operator)
      : backward(toNumbers(x.data), toNumbers(job.dy.data), geometry, operator, dtype);
  const data = fromNumbers(x.data, values, dtype);
  if (job.into === undefined) return tensorLike(x, data, resultShape(job));
  job.into.data.set(data as never); // of the same class
  return job.into;
}
