/** The kinds of pooling that experiments compare. */
import { checkInteger } from 'softpool/internal';
import type { PoolingVariant } from './types.ts';

/** All kinds by name. Unless stated, the gradient is the paper's. */
const VARIANTS = {
  max: { words: 'max', options: { pool: 'max' } },
  average: { words: 'average', options: { pool: 'average' } },
  'average-all': { words: 'average everywhere', options: { pool: 'average', positions: 'all' } },
  soft: { words: 'soft', options: { pool: 'soft', gradient: 'weights' } },
  'soft-exact': { words: 'soft, exact gradient', options: { pool: 'soft', gradient: 'exact' } },
  'soft-all': { words: 'soft everywhere', options: { pool: 'soft', positions: 'all', gradient: 'weights' } },
  'soft-all-exact': { words: 'soft everywhere, exact gradient', options: { pool: 'soft', positions: 'all', gradient: 'exact' } },
} as const satisfies Readonly<Record<string, Omit<PoolingVariant, 'name'>>>;

/** The name of a kind of pooling. */
export type VariantName = keyof typeof VARIANTS;

/** The kinds of pooling with these names. */
export function variantsOf(names: readonly VariantName[]): PoolingVariant[] {
  return names.map((name) => ({ name, ...VARIANTS[name] }));
}

/** The seeds 1 to `count`. */
export function seedsOf(call: string, count: number): number[] {
  checkInteger(call, 'options.seeds', count, 1);
  return Array.from({ length: count }, (_, index) => index + 1);
}
