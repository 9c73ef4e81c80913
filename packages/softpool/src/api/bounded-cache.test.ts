import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

test('a full cache forgets the entry not used for longest, and returns its value', () => {
  const cache = new BoundedCache<string, number>(2);
  expect(cache.set('a', 1)).toBeUndefined();
  expect(cache.set('b', 2)).toBeUndefined();
  expect(cache.get('a')).toBe(1);
  expect(cache.set('c', 3)).toBe(2);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  expect(cache.clear()).toEqual([1, 3]);
  expect(cache.get('a')).toBeUndefined();
});

test('replacing an entry evicts none, and counts as a use', () => {
  const cache = new BoundedCache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  expect(cache.set('a', 3)).toBeUndefined();
  expect(cache.set('c', 4)).toBe(2);
  expect([cache.get('a'), cache.get('c')]).toEqual([3, 4]);
});

test('a cycle over one key more than it holds finds none of them; one that is used in between stays', () => {
  const cache = new BoundedCache<number, number>(3);
  const found: number[] = [];
  for (let use = 0; use < 12; use++) {
    const key = use % 4;
    if (cache.get(key) === undefined) cache.set(key, key);
    else found.push(key);
  }
  expect(found).toEqual([]);
  for (let key = 10; key < 20; key++) {
    expect(cache.get(3)).toBe(3);
    cache.set(key, key);
  }
});
