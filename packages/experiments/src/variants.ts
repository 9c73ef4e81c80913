/** The kinds of pooling that experiments compare. */
import type { PoolingVariant } from './training-task.ts';

/** All of them, by their names. The gradient is the paper's where it is not said. */
const VARIANTS = {
  max: { words: 'max', options: { pool: 'max' } },
  avg: { words: 'average', options: { pool: 'avg' } },
  soft: { words: 'soft', options: { pool: 'soft', gradient: 'weights' } },
  'soft-exact': { words: 'soft, exact gradient', options: { pool: 'soft', gradient: 'exact' } },
  'soft-all': { words: 'soft everywhere', options: { pool: 'soft', positions: 'all', gradient: 'weights' } },
  'soft-all-exact': { words: 'soft everywhere, exact gradient', options: { pool: 'soft', positions: 'all', gradient: 'exact' } },
} as const satisfies Readonly<Record<string, Omit<PoolingVariant, 'name'>>>;

/** The name of a kind of pooling. */
export type VariantName = keyof typeof VARIANTS;

/** The kinds of these names. */
export function variantsOf(names: readonly VariantName[]): PoolingVariant[] {
  return names.map((name) => ({ name, ...VARIANTS[name] }));
}

/** 1, 2, …: so many seeds. */
export function seedsOf(call: string, count: number): number[] {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`${call}: options.seeds must be a positive integer, received ${count}`);
  return Array.from({ length: count }, (_, index) => index + 1);
}
