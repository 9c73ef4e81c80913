import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardName, shardOfKey, taskOfArchive } from './assignment.ts';

// Python: int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], 'big') % count + 1
test.each([
  ['a.jpg', 20, 16],
  ['2024/05/cat.png', 1000, 929],
  ['übung/日本.webp', 7, 4],
  ['photo 1.jpeg', 1_000_000, 554_682],
])('the shard of %s of %i is the one that Python computes', (key, count, shard) => {
  expect(shardOfKey(key, count)).toBe(shard);
});

test('a name has one shard, in whichever Unicode form a file system gives it', () => {
  expect(shardOfKey('u\u0308bung/日本.webp', 7)).toBe(4);
});

test('numbered archives are shared out evenly', () => {
  const tasks = Array.from({ length: 20 }, (_, i) => taskOfArchive(`in-${String(i).padStart(6, '0')}`, 4));
  expect(tasks.slice(0, 6)).toEqual([1, 2, 3, 4, 1, 2]);
  expect([1, 2, 3, 4].map((task) => tasks.filter((each) => each === task).length)).toEqual([5, 5, 5, 5]);
});

test('the number of an archive is the last in its name, of any length', () => {
  expect(taskOfArchive('2024/train-7', 10)).toBe(8);
  expect(taskOfArchive('v2-part-00000000000000000000000000000000000000000013-clean', 10)).toBe(4);
  expect(taskOfArchive('5/photos', 3)).toBe(shardOfKey('5/photos', 3));
});

test('every key has a shard from 1 to N', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1e9 }), (key, count) => {
      for (const shard of [shardOfKey(key, count), taskOfArchive(key, count)]) {
        expect(shard).toBeGreaterThanOrEqual(1);
        expect(shard).toBeLessThanOrEqual(count);
      }
    }),
  );
});

test('the name of a shard has at least five digits', () => {
  expect([shardName(1), shardName(99_999), shardName(123_456)]).toEqual(['00001', '99999', '123456']);
});
