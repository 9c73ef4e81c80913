/** Where a model is to run. */

/**
 * Where a model is to run: on CPUs (`'cpu'`), on GPUs (`'gpu'`), or on any device and in any
 * runtime (`'any'`).
 */
export type Target = 'cpu' | 'gpu' | 'any';

/** All targets, for checks. */
export const TARGETS: readonly Target[] = ['cpu', 'gpu', 'any'];

/** The target of a model if none is given. */
export const DEFAULT_TARGET: Target = 'any';
