import { expect, test } from 'vitest';
import type { DataSet } from './data-set.ts';
import { keepInMemory } from './in-memory.ts';

test('samples are read once, up to the memory limit', async () => {
  const read: number[] = [];
  const dataSet: DataSet = {
    name: 'tens',
    classes: ['a'],
    labels: new Uint16Array(4),
    describe: String,
    read: async (index) => {
      read.push(index);
      return { data: new Uint8Array(10).fill(index), shape: [10] };
    },
  };
  const kept = keepInMemory(dataSet, { bytes: 25 });
  for (const index of [3, 1, 3, 0, 1, 0, 0]) expect((await kept.read(index)).data[0]).toBe(index);
  expect(read).toEqual([3, 1, 0, 0, 0]);
  expect(kept.labels).toBe(dataSet.labels);
  expect(() => keepInMemory(dataSet, { bytes: Number.NaN })).toThrow(
    new RangeError('keepInMemory: options.bytes must be a number ≥ 0, received NaN'),
  );
});

test('a data set may be an object of a class', async () => {
  class Tens implements DataSet {
    readonly name = 'tens';
    readonly classes = ['a'];
    get labels(): Uint16Array {
      return new Uint16Array(3);
    }
    describe(index: number): string {
      return `${this.name} ${index}`;
    }
    async read(index: number): Promise<{ data: Uint8Array; shape: number[] }> {
      return { data: Uint8Array.of(index), shape: [1] };
    }
  }
  const kept = keepInMemory(new Tens());
  expect([kept.name, kept.labels.length, kept.describe(2), (await kept.read(1)).data[0]]).toEqual(['tens', 3, 'tens 2', 1]);
});
