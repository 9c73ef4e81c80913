/**
 * `softpool/reference`: the definition itself behind the public calls, computed in float64 and rounded once to the input's type. Slow,
 * plain, exact: the oracle for tests of other implementations.
 *
 * @module
 */
import { adaptiveJob, globalJob, poolJob } from './calls.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from './options.ts';
import { runDefinition } from './run-definition.ts';
import type { FloatArray, Tensor } from './tensor.ts';

/** The definition of `softPool1d`: see there. */
export function softPool1d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runDefinition(poolJob('softPool1d', 1, x, options));
}

/** The definition of `softPool1dGrad`: see there. */
export function softPool1dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runDefinition(poolJob('softPool1dGrad', 1, x, options, dy));
}

/** The definition of `softPool2d`: see there. */
export function softPool2d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runDefinition(poolJob('softPool2d', 2, x, options));
}

/** The definition of `softPool2dGrad`: see there. */
export function softPool2dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runDefinition(poolJob('softPool2dGrad', 2, x, options, dy));
}

/** The definition of `softPool3d`: see there. */
export function softPool3d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Tensor<D> {
  return runDefinition(poolJob('softPool3d', 3, x, options));
}

/** The definition of `softPool3dGrad`: see there. */
export function softPool3dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Tensor<D> {
  return runDefinition(poolJob('softPool3dGrad', 3, x, options, dy));
}

/** The definition of `globalSoftPool`: see there. */
export function globalSoftPool<D extends FloatArray>(x: Tensor<D>, options: GlobalPoolOptions = {}): Tensor<D> {
  return runDefinition(globalJob('globalSoftPool', x, options));
}

/** The definition of `globalSoftPoolGrad`: see there. */
export function globalSoftPoolGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: GlobalPoolOptions & GradientOptions = {},
): Tensor<D> {
  return runDefinition(globalJob('globalSoftPoolGrad', x, options, dy));
}

/** The definition of `adaptiveSoftPool1d`: see there. */
export function adaptiveSoftPool1d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool1d', 1, x, options));
}

/** The definition of `adaptiveSoftPool1dGrad`: see there. */
export function adaptiveSoftPool1dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool1dGrad', 1, x, options, dy));
}

/** The definition of `adaptiveSoftPool2d`: see there. */
export function adaptiveSoftPool2d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool2d', 2, x, options));
}

/** The definition of `adaptiveSoftPool2dGrad`: see there. */
export function adaptiveSoftPool2dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool2dGrad', 2, x, options, dy));
}

/** The definition of `adaptiveSoftPool3d`: see there. */
export function adaptiveSoftPool3d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool3d', 3, x, options));
}

/** The definition of `adaptiveSoftPool3dGrad`: see there. */
export function adaptiveSoftPool3dGrad<D extends FloatArray>(
  x: Tensor<D>,
  dy: Tensor<D>,
  options: AdaptivePoolOptions & GradientOptions,
): Tensor<D> {
  return runDefinition(adaptiveJob('adaptiveSoftPool3dGrad', 3, x, options, dy));
}
