/** A public call → a checked job: the same checks, and the same words, for every backend. */

import { describe, rangeError, typeError } from './api/errors.ts';
import { adaptiveGeometry, globalGeometry, type PoolGeometry, windowGeometry } from './geometry.ts';
import {
  type AdaptivePoolOptions,
  checkOperator,
  type GlobalPoolOptions,
  type GradientOptions,
  type Operator,
  type PoolOptions,
} from './options.ts';
import { recall, remember } from './recent-calls.ts';
import { checkTensor, type DType, type FloatArray, isLike, type Tensor } from './tensor.ts';

/** What is computed, whatever the numbers. Calls that are repeated share one, so that backends can keep what they derive from it. */
export interface Problem {
  readonly dtype: DType;
  readonly geometry: PoolGeometry;
  readonly operator: Operator;
}

/** What a backend computes: y from x, or, when there is a `dy`, dx from x and dy. */
export interface Job<D extends FloatArray = FloatArray> {
  readonly x: Tensor<D>;
  readonly dy: Tensor<D> | undefined;
  readonly problem: Problem;
}

/** The shape of a job's result: the caller's own copy. */
export function resultShape({ dy, problem: { geometry } }: Job): number[] {
  return (dy === undefined ? geometry.outputShape : geometry.inputShape).slice();
}

type Dims = 1 | 2 | 3;

/** The problem of `softPool1d/2d/3d` on a tensor of this type and shape, checked. */
export function poolProblem(
  call: string,
  dims: Dims,
  dtype: DType,
  shape: readonly number[],
  options: PoolOptions & GradientOptions,
): Problem {
  return { dtype, geometry: windowGeometry(call, 'x.shape', shape, dims, options), operator: checkOperator(call, options) };
}

/** The problem of `adaptiveSoftPool1d/2d/3d`. */
export function adaptiveProblem(
  call: string,
  dims: Dims,
  dtype: DType,
  shape: readonly number[],
  options: AdaptivePoolOptions & GradientOptions,
): Problem {
  return { dtype, geometry: adaptiveGeometry(call, 'x.shape', shape, dims, options), operator: checkOperator(call, options) };
}

/** The problem of `globalSoftPool`. */
export function globalProblem(call: string, dtype: DType, shape: readonly number[], options: GlobalPoolOptions & GradientOptions): Problem {
  return { dtype, geometry: globalGeometry(call, 'x.shape', shape, options), operator: checkOperator(call, options) };
}

/** `softPool1d/2d/3d` and, with a `dy`, their gradients. */
export function poolJob<D extends FloatArray>(
  call: string,
  dims: Dims,
  x: Tensor<D>,
  options: PoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return repeatedJob(call, x, options, dy) ?? checkedJob(call, x, options, dy, (dtype) => poolProblem(call, dims, dtype, x.shape, options));
}

/** `adaptiveSoftPool1d/2d/3d` and their gradients. */
export function adaptiveJob<D extends FloatArray>(
  call: string,
  dims: Dims,
  x: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return (
    repeatedJob(call, x, options, dy) ?? checkedJob(call, x, options, dy, (dtype) => adaptiveProblem(call, dims, dtype, x.shape, options))
  );
}

/** `globalSoftPool` and its gradient. */
export function globalJob<D extends FloatArray>(
  call: string,
  x: Tensor<D>,
  options: GlobalPoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return repeatedJob(call, x, options, dy) ?? checkedJob(call, x, options, dy, (dtype) => globalProblem(call, dtype, x.shape, options));
}

/** The job of a call like an earlier one, which need not be checked again. */
function repeatedJob<D extends FloatArray>(call: string, x: Tensor<D>, options: object, dy: Tensor<D> | undefined): Job<D> | undefined {
  const recent = recall(call, x, options);
  if (recent === undefined || (recent.gradient && !isLike(dy, x, recent.problem.geometry.outputShape))) return undefined;
  return { x, dy, problem: recent.problem };
}

function checkedJob<D extends FloatArray>(
  call: string,
  x: Tensor<D>,
  options: GradientOptions,
  dy: Tensor<D> | undefined,
  makeProblem: (dtype: DType) => Problem,
): Job<D> {
  const problem = makeProblem(checkTensor(call, 'x', x));
  const gradient = call.endsWith('Grad');
  if (gradient) checkGradientInput(call, problem, checkTensor(call, 'dy', dy as Tensor<D>), (dy as Tensor<D>).shape);
  remember({ call, gradient, problem }, x, options);
  return { x, dy, problem };
}

/** Throws unless a dy of this type and shape fits the problem. */
export function checkGradientInput(
  call: string,
  { dtype, geometry: { outputShape } }: Problem,
  given: DType,
  shape: readonly number[],
): void {
  if (given !== dtype) throw typeError(call, 'dy', `'${dtype}' as x is`, given);
  if (shape.length !== outputShape.length || shape.some((length, axis) => length !== outputShape[axis])) {
    throw rangeError(call, 'dy.shape', `the output's shape ${describe(outputShape)}`, shape);
  }
}
