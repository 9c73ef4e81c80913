/** A public call → a checked job: the same checks, and the same words, for every backend. */
import { adaptiveGeometry, globalGeometry, type PoolGeometry, windowGeometry } from './geometry.ts';
import {
  type AdaptivePoolOptions,
  checkOperator,
  describe,
  type GlobalPoolOptions,
  type GradientOptions,
  type Operator,
  type PoolOptions,
} from './options.ts';
import { checkTensor, type DType, type FloatArray, type Tensor } from './tensor.ts';

/** What a backend computes: y from x, or, when there is a `dy`, dx from x and dy. */
export interface Job<D extends FloatArray = FloatArray> {
  readonly x: Tensor<D>;
  readonly dy: Tensor<D> | undefined;
  readonly dtype: DType;
  readonly geometry: PoolGeometry;
  readonly operator: Operator;
}

type Dims = 1 | 2 | 3;

/** `softPool1d/2d/3d` and, with a `dy`, their gradients. */
export function poolJob<D extends FloatArray>(
  call: string,
  dims: Dims,
  x: Tensor<D>,
  options: PoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return checkedJob(call, x, options, dy, () => windowGeometry(call, 'x', x.shape, dims, options));
}

/** `adaptiveSoftPool1d/2d/3d` and their gradients. */
export function adaptiveJob<D extends FloatArray>(
  call: string,
  dims: Dims,
  x: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return checkedJob(call, x, options, dy, () => adaptiveGeometry(call, 'x', x.shape, dims, options));
}

/** `globalSoftPool` and its gradient. */
export function globalJob<D extends FloatArray>(
  call: string,
  x: Tensor<D>,
  options: GlobalPoolOptions & GradientOptions,
  dy?: Tensor<D>,
): Job<D> {
  return checkedJob(call, x, options, dy, () => globalGeometry(call, 'x', x.shape, options));
}

function checkedJob<D extends FloatArray>(
  call: string,
  x: Tensor<D>,
  options: GradientOptions,
  dy: Tensor<D> | undefined,
  computeGeometry: () => PoolGeometry,
): Job<D> {
  const dtype = checkTensor(call, 'x', x);
  const geometry = computeGeometry();
  const operator = checkOperator(call, options);
  if (call.endsWith('Grad')) checkGradientInput(call, dtype, geometry.outputShape, dy as Tensor<D>);
  return { x, dy, dtype, geometry, operator };
}

function checkGradientInput(call: string, dtype: DType, outputShape: readonly number[], dy: Tensor): void {
  const given = checkTensor(call, 'dy', dy);
  if (given !== dtype) throw new TypeError(`${call}: dy must be ${dtype} as x is, received ${given}`);
  if (dy.shape.length !== outputShape.length || dy.shape.some((length, axis) => length !== outputShape[axis])) {
    throw new RangeError(`${call}: dy must have the output's shape [${outputShape.join(', ')}], received ${describe(dy.shape)}`);
  }
}
