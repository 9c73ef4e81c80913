/** The assertion in examples: a value equals the one that a comment states. */
import { expect } from 'vitest';

/**
 * Compares a value with the stated one, typed arrays as arrays. With `decimals`, the value is
 * rounded first.
 */
export function expectStated(value: unknown, stated: unknown, decimals?: number): void {
  expect(plain(value, decimals)).toEqual(stated);
}

function plain(value: unknown, decimals: number | undefined): unknown {
  if (typeof value === 'number') return decimals === undefined ? value : Number(value.toFixed(decimals));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (entry) => plain(entry, decimals));
  if (Array.isArray(value)) return value.map((entry) => plain(entry, decimals));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry, decimals)]));
}
