import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

test('a full cache forgets its oldest entry, and returns its value', () => {
  const cache = new BoundedCache<string, number>(2);
  expect(cache.set('a', 1)).toBeUndefined();
  expect(cache.set('b', 2)).toBeUndefined();
  expect(cache.set('c', 3)).toBe(1);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 2, 3]);
  expect(cache.clear()).toEqual([2, 3]);
  expect(cache.get('b')).toBeUndefined();
});
