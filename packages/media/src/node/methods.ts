/** All methods that change the size of an image. */
import { POOL_METHODS, type PoolMethod } from '../pool-image-options.ts';
import { RESAMPLERS, type Resampler } from '../resample/filters.ts';

/** A method of `poolImage` or of `resizeImage`. */
export type Method = PoolMethod | Resampler;

/** The names of all methods: those that pool, then the resamplers. */
export const METHODS: readonly Method[] = [...POOL_METHODS, ...RESAMPLERS];

/** True for a method of `poolImage`, false for one of `resizeImage`. */
export function isPoolMethod(method: Method): method is PoolMethod {
  return (POOL_METHODS as readonly Method[]).includes(method);
}
