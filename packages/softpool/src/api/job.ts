/** A call → a checked job: the same checks, in the same words, for every backend. */
import { type CheckedWindows, windowsKey } from '../geometry/check-windows.ts';
import { geometryOf, type PoolGeometry } from '../geometry/pool-geometry.ts';
import { product } from '../geometry/product.ts';
import { withZeros } from '../geometry/zeros.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { SoftPoolCalls } from './calls.ts';
import { type Call, callsOf } from './calls-of.ts';
import { describe, rangeError, typeError } from './errors.ts';
import { checkOperator, type Operator } from './options.ts';
import { checkTensor, type DType, emptyLike, type FloatArray, type Tensor, type TensorLike, tensorLike } from './tensor.ts';

/**
 * A call without its numbers. Calls with the same problem share one object, so that a backend can
 * keep its preparations for it.
 */
export interface Problem {
  /** The same for the same problem, and for no other. */
  readonly key: string;
  readonly dtype: DType;
  readonly geometry: PoolGeometry;
  readonly operator: Operator;
}

/** A checked call, ready for a backend. */
export type Job<D extends FloatArray = FloatArray> = ForwardJob<D> | GradientJob<D>;

/** Computes y from x. */
interface ForwardJob<D extends FloatArray = FloatArray> extends AnyJob<D> {
  readonly kind: 'forward';
}

/** Computes dx from x and dy. */
export interface GradientJob<D extends FloatArray = FloatArray> extends AnyJob<D> {
  readonly kind: 'gradient';
  readonly dy: Tensor<D>;
}

interface AnyJob<D extends FloatArray> {
  readonly x: Tensor<D>;
  readonly problem: Problem;
  /** The caller's tensor for the result, if there is one. */
  readonly into?: Tensor<D> | undefined;
}

/** Runs jobs whose results have the array type of x. */
export type RunJob = <D extends FloatArray>(job: Job<D>) => Tensor<D>;

/** The fourteen calls on tensors in JavaScript's memory. */
export function tensorCalls(run: RunJob): SoftPoolCalls {
  // Without a type parameter of its own each, the calls cannot say that the result has x's array
  // type, which `run` does.
  return callsOf<TensorLike, Tensor>((call) => run(jobOf(call)), ['into']) as SoftPoolCalls;
}

/** Checks a call on tensors in JavaScript's memory. */
export function jobOf(call: Call<TensorLike>): Job {
  const { name, kind } = call;
  const { tensor: x, dtype } = checkTensor(name, 'x', call.x);
  const problem = problemOf(call, dtype, x.shape);
  const { inputShape, outputShape } = problem.geometry;
  const { into } = call.options as { into?: Tensor };
  if (kind === 'forward') {
    if (into !== undefined) checkInto(name, problem, into, outputShape, [x]);
    return { kind, x, problem, into };
  }
  const { tensor: dy, dtype: given } = checkTensor(name, 'dy', call.dy);
  checkLike(name, 'dy', problem, given, dy.shape, outputShape);
  if (into !== undefined) checkInto(name, problem, into, inputShape, [x, dy]);
  return { kind, x, dy, problem, into };
}

/** The shape of a job's result: the caller's own copy. */
export function resultShape({ kind, problem: { geometry } }: Job): number[] {
  return [...(kind === 'forward' ? geometry.outputShape : geometry.inputShape)];
}

/** The tensor for a job's result: the caller's, or a new one. */
export function resultOf<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const shape = resultShape(job);
  return job.into ?? tensorLike(job.x, emptyLike(job.x.data, product(shape)), shape);
}

/**
 * The problems of recent calls, more than a network has different pooling layers. Every call is
 * checked; on small tensors, listing its windows again would take many times as long as to pool.
 */
const problems = new BoundedCache<string, Problem>(32);

/**
 * Windows, along all axes together, above which a problem is not kept: each takes a few numbers.
 */
const MOST_WINDOWS = 2 ** 16;

/** Checks a call on an x of this type and shape. */
export function problemOf(call: Call<unknown>, dtype: DType, shape: readonly number[]): Problem {
  const windows = call.windows(shape);
  const operator = checkOperator(call.name, call.options);
  const known = problems.get(problemKey(dtype, windows, operator));
  if (known !== undefined) return known;
  const problem = newProblem(call.name, dtype, windows, operator);
  if (problem.geometry.axes.reduce((sum, axis) => sum + axis.outputSize, 0) <= MOST_WINDOWS) problems.set(problem.key, problem);
  return problem;
}

/** The problem of checked windows. Throws if a window holds no input element. */
export function newProblem(call: string, dtype: DType, windows: CheckedWindows, operator: Operator): Problem {
  return { key: problemKey(dtype, windows, operator), dtype, geometry: geometryOf(call, windows), operator };
}

/** The problem on the input with the zeros around it that count; made once. */
export function innerProblem(problem: Problem): Problem {
  const known = inner.get(problem) ?? { ...problem, key: `${problem.key} inner`, geometry: withZeros(problem.geometry) };
  inner.set(problem, known);
  return known;
}

const inner = new WeakMap<Problem, Problem>();

function problemKey(dtype: DType, windows: CheckedWindows, { weights, gradient, beta }: Operator): string {
  const operator = `${weights === 'shared' ? 's' : 'p'}${gradient === 'exact' ? 'e' : 'w'}${beta}`;
  return `${dtype} ${operator} ${windowsKey(windows)}`;
}

/** Throws unless a tensor of this type has the problem's type, and this shape the wanted one. */
export function checkLike(
  call: string,
  option: string,
  { dtype }: Problem,
  given: DType,
  shape: readonly number[],
  wanted: readonly number[],
): void {
  if (given !== dtype) throw typeError(call, option, `'${dtype}' as x is`, given);
  if (shape.length !== wanted.length || shape.some((length, axis) => length !== wanted[axis])) {
    throw rangeError(call, `${option}.shape`, `${option === 'dy' ? "the output's" : "the result's"} shape ${describe(wanted)}`, shape);
  }
}

/** Throws unless a result fits into `into`, apart from the inputs' memory. */
function checkInto(call: string, problem: Problem, into: Tensor, shape: readonly number[], inputs: readonly Tensor[]): void {
  const { tensor, dtype } = checkTensor(call, 'options.into', into);
  checkLike(call, 'options.into', problem, dtype, tensor.shape, shape);
  const { buffer, byteOffset, byteLength } = tensor.data;
  const overlaps = ({ data }: Tensor): boolean =>
    data.buffer === buffer && data.byteOffset < byteOffset + byteLength && byteOffset < data.byteOffset + data.byteLength;
  if (inputs.some(overlaps)) throw rangeError(call, 'options.into', 'memory that no input uses', into);
}
