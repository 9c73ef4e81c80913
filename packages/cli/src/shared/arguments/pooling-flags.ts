/** Checks of flags that softpool image and softpool video have in common. */
import { POOL_METHODS } from '@softpool/media/internal/choices';
import { UsageError } from '../exit-codes.ts';

/** The flags that give a size, of which there can be one. */
export function givenSizes({
  factor,
  kernel,
  size,
  width,
  height,
}: {
  readonly [Name in 'factor' | 'kernel' | 'size' | 'width' | 'height']?: unknown;
}): string[] {
  return [
    ...(factor === undefined ? [] : ['--factor']),
    ...(kernel === undefined ? [] : ['--kernel']),
    ...(size === undefined ? [] : ['--size']),
    ...(width === undefined && height === undefined ? [] : ['--width or --height']),
  ];
}

/** The flags of a method. */
export interface MethodFlags {
  readonly method: string;
  readonly beta?: number;
  readonly poolWeights?: string;
  readonly linear?: boolean;
  readonly compare?: boolean;
}

/** Throws a UsageError for flags that the method does not read; with --compare, others do. */
export function checkMethodFlags({ method, beta, poolWeights, linear, compare }: MethodFlags): void {
  if (compare) return;
  const softOnly = beta !== undefined ? '--beta' : poolWeights !== undefined ? '--pool-weights' : undefined;
  if (softOnly !== undefined && method !== 'soft') throw new UsageError(`${softOnly} is for --method soft, not ${method}; leave it out`);
  if (linear && !POOL_METHODS.some((pool) => pool === method)) {
    throw new UsageError(`--linear is for --method ${POOL_METHODS.join(', ')}, not ${method}; leave it out`);
  }
}
