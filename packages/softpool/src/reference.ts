/**
 * `softpool/reference`: the definition itself behind the public calls, computed in float64 and rounded once to the input's type. Slow,
 * plain, exact: the oracle for tests of other implementations.
 *
 * @module
 */
import { adaptiveJob, globalJob, type Job, poolJob, resultShape } from './calls.ts';
import { backward, forward, SMALLEST_NORMAL } from './definition.ts';
import { fromNumbers, toNumbers } from './float16.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from './options.ts';
import { type FloatArray, type Tensor, tensorLike } from './tensor.ts';

/** The definition of `softPool1d`: see there. */
export function softPool1d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runReference(poolJob('softPool1d', 1, x, options));
}

/** The definition of `softPool1dGrad`: see there. */
export function softPool1dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runReference(poolJob('softPool1dGrad', 1, x, options, dy));
}

/** The definition of `softPool2d`: see there. */
export function softPool2d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runReference(poolJob('softPool2d', 2, x, options));
}

/** The definition of `softPool2dGrad`: see there. */
export function softPool2dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runReference(poolJob('softPool2dGrad', 2, x, options, dy));
}

/** The definition of `softPool3d`: see there. */
export function softPool3d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runReference(poolJob('softPool3d', 3, x, options));
}

/** The definition of `softPool3dGrad`: see there. */
export function softPool3dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runReference(poolJob('softPool3dGrad', 3, x, options, dy));
}

/** The definition of `globalSoftPool`: see there. */
export function globalSoftPool<D extends FloatArray>(x: Tensor<D>, options: GlobalPoolOptions = {}): Tensor<D> {
  return runReference(globalJob('globalSoftPool', x, options));
}

/** The definition of `globalSoftPoolGrad`: see there. */
export function globalSoftPoolGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: GlobalPoolOptions & GradientOptions = {},
): Tensor<D> {
  return runReference(globalJob('globalSoftPoolGrad', x, options, dy));
}

/** The definition of `adaptiveSoftPool1d`: see there. */
export function adaptiveSoftPool1d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool1d', 1, x, options));
}

/** The definition of `adaptiveSoftPool1dGrad`: see there. */
export function adaptiveSoftPool1dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool1dGrad', 1, x, options, dy));
}

/** The definition of `adaptiveSoftPool2d`: see there. */
export function adaptiveSoftPool2d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool2d', 2, x, options));
}

/** The definition of `adaptiveSoftPool2dGrad`: see there. */
export function adaptiveSoftPool2dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool2dGrad', 2, x, options, dy));
}

/** The definition of `adaptiveSoftPool3d`: see there. */
export function adaptiveSoftPool3d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool3d', 3, x, options));
}

/** The definition of `adaptiveSoftPool3dGrad`: see there. */
export function adaptiveSoftPool3dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runReference(adaptiveJob('adaptiveSoftPool3dGrad', 3, x, options, dy));
}

/**
 * Runs a checked job by the definition.
 *
 * @internal
 */
export function runReference<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { x, dy, problem } = job;
  const { dtype, geometry, operator } = problem;
  const values =
    dy === undefined
      ? forward(toNumbers(x.data), geometry, operator)
      : backward(toNumbers(x.data), toNumbers(dy.data), geometry, operator, SMALLEST_NORMAL[dtype]);
  return tensorLike(x, fromNumbers(x.data, values, dtype), resultShape(job));
}
