/** The assertion of examples: a value is what a comment says it is. */
import { expect } from 'vitest';

/** Compares a value, its typed arrays as arrays, with what is stated: as it is, or rounded to so many decimals. */
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
