import { describe, expect, test, vi } from 'vitest';
import { type Batch, type BatchesOptions, batches } from './batches.ts';
import { type CorruptSample, CorruptSampleError, type DataSet, type Transform } from './data-set.ts';
import { texturedShapes } from './generators/textured-shapes.ts';

/** Samples whose only value is their index, with read times unrelated to their order. */
function numbers(count: number, corrupt: readonly number[] = [], log: { open: number; most: number; read: number[] } = newLog()): DataSet {
  return {
    name: 'numbers',
    classes: ['even', 'odd'],
    labels: Uint16Array.from({ length: count }, (_, index) => index % 2),
    describe: (index) => `number ${index}`,
    read: async (index) => {
      log.read.push(index);
      log.most = Math.max(log.most, ++log.open);
      await new Promise((resolve) => setTimeout(resolve, (index * 7) % 5));
      log.open--;
      if (corrupt.includes(index)) throw new CorruptSampleError(`number ${index} is torn`);
      return { data: Uint8Array.of(index), shape: [1, 1, 1] };
    },
  };
}

function newLog(): { open: number; most: number; read: number[] } {
  return { open: 0, most: 0, read: [] };
}

/** The sample's value and a random number. */
const transform: Transform = {
  inputShape: [1, 1, 2],
  apply: async ({ data }, random) => Float32Array.of(data[0]!, random.uniform()),
};

async function all(dataSet: DataSet, options: BatchesOptions, by = transform): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches(dataSet, by, options)) found.push(batch);
  return found;
}

const indicesOf = (found: readonly Batch[]): number[][] => found.map(({ indices }) => [...indices]);

test('batches hold the samples in order with their labels, and the last one holds the rest', async () => {
  const found = await all(numbers(7), { batchSize: 3, order: 'sequential' });
  expect(indicesOf(found)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(found.map(({ labels }) => [...labels])).toEqual([[0, 1, 0], [1, 0, 1], [0]]);
  expect(found.map(({ shape }) => shape)).toEqual([
    [3, 1, 1, 2],
    [3, 1, 1, 2],
    [1, 1, 1, 2],
  ]);
  expect(found.map(({ number }) => number)).toEqual([0, 1, 2]);
  expect(found.map(({ x }) => [...x].filter((_, i) => i % 2 === 0))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
});

test('a list of indices is read in its order', async () => {
  expect(indicesOf(await all(numbers(9), { batchSize: 2, order: [8, 2, 5] }))).toEqual([[8, 2], [5]]);
});

describe('the seed determines the batches', () => {
  const options = { batchSize: 4, seed: 5, epoch: 2 };

  test('whatever the concurrency, read-ahead and timing', async () => {
    const expected = await all(numbers(30), { ...options, concurrency: 1, readAhead: 1 });
    for (const [concurrency, readAhead] of [
      [2, 3],
      [8, 8],
      [30, 30],
    ]) {
      expect(await all(numbers(30), { ...options, concurrency: concurrency!, readAhead: readAhead! })).toEqual(expected);
    }
  });

  test('each epoch has each sample once, with its own order and random numbers', async () => {
    const epochs = [];
    for (const epoch of [0, 1]) epochs.push(await all(numbers(30), { ...options, epoch }));
    for (const epoch of epochs)
      expect(
        indicesOf(epoch)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(indicesOf(epochs[0]!)).not.toEqual(indicesOf(epochs[1]!));
    const randomOf = (epoch: Batch[], index: number): number => {
      const batch = epoch.find(({ indices }) => indices.includes(index))!;
      return batch.x[2 * batch.indices.indexOf(index) + 1]!;
    };
    expect(randomOf(epochs[0]!, 3)).not.toBe(randomOf(epochs[1]!, 3));
    expect(randomOf(epochs[0]!, 3)).not.toBe(randomOf(epochs[0]!, 4));
    expect(indicesOf(await all(numbers(30), { ...options, seed: 6 }))).not.toEqual(indicesOf(await all(numbers(30), options)));
  });

  test('starting at a later batch gives the same batches without reading earlier samples', async () => {
    const log = newLog();
    const whole = await all(numbers(30, [1]), { ...options, maxCorrupt: 1 });
    expect(await all(numbers(30, [1], log), { ...options, maxCorrupt: 1, firstBatch: 5 })).toEqual(whole.slice(5));
    expect(log.read).toHaveLength(10);
    expect(await all(numbers(30), { ...options, firstBatch: 8 })).toEqual([]);
  });
});

test('concurrency and read-ahead stay within their limits', async () => {
  const log = newLog();
  const iterator = batches(numbers(100, [], log), transform, { batchSize: 2, order: 'sequential', concurrency: 3, readAhead: 6 });
  await iterator.next();
  // Two consumed, six waiting.
  await vi.waitFor(() => expect(log.read.length).toBeGreaterThanOrEqual(8), { timeout: 600_000 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log.read.length).toBe(8);
  expect(log.most).toBe(3);
  await iterator.return();
});

test('leaving an iteration waits for the reads in progress and starts no more', async () => {
  const log = newLog();
  for await (const _ of batches(numbers(100, [], log), transform, { batchSize: 2, concurrency: 4 })) break;
  expect(log.open).toBe(0);
  const { length } = log.read;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log.read).toHaveLength(length);
  expect(length).toBeLessThan(20);
});

describe('a corrupt sample', () => {
  test('is reported, and its batch is one smaller', async () => {
    const reported: CorruptSample[] = [];
    const onCorrupt = (sample: CorruptSample): void => void reported.push(sample);
    const found = await all(numbers(7, [4, 0]), { batchSize: 3, order: 'sequential', maxCorrupt: 2, onCorrupt });
    expect(indicesOf(found)).toEqual([[1, 2], [3, 5], [6]]);
    expect(found[0]!.shape).toEqual([2, 1, 1, 2]);
    expect(found[0]!.x).toHaveLength(4);
    expect(reported).toEqual([
      { index: 0, reason: 'number 0 is torn' },
      { index: 4, reason: 'number 4 is torn' },
    ]);
  });

  test('alone in its batch removes the batch, and the others keep their numbers', async () => {
    const found = await all(numbers(6, [2, 3]), { batchSize: 2, order: 'sequential', maxCorrupt: 2 });
    expect(found.map(({ number, indices }) => [number, ...indices])).toEqual([
      [0, 0, 1],
      [2, 4, 5],
    ]);
  });

  test('beyond the limit is an error with the count, the limit and the first; the default limit is 1 %', async () => {
    const error = new Error('numbers: 2 of 150 samples are corrupt so far, more than the limit of 1; first: number 3 is torn');
    await expect(all(numbers(150, [3, 5]), { batchSize: 50, order: 'sequential' })).rejects.toThrow(error);
    expect((await all(numbers(200, [3, 5]), { batchSize: 200 }))[0]!.labels).toHaveLength(198);
    await expect(all(numbers(10, [3]), { batchSize: 5, maxCorrupt: 0 })).rejects.toThrow(
      'numbers: 1 of 10 samples are corrupt so far, more than the limit of 0; first: number 3 is torn',
    );
  });

  test('can be found by the transform', async () => {
    const torn: Transform = {
      inputShape: [1],
      apply: async ({ data }) => {
        if (data[0] === 2) throw new CorruptSampleError('2 is too short');
        return Float32Array.from(data);
      },
    };
    expect(indicesOf(await all(numbers(4), { batchSize: 4, order: 'sequential' }, torn))).toEqual([[0, 1, 3]]);
  });
});

test('any other read error ends the iteration in its turn, after the reads in progress', async () => {
  const log = newLog();
  const good = numbers(20, [], log);
  const dataSet: DataSet = { ...good, read: (index) => (index === 5 ? Promise.reject(new Error('no disk')) : good.read(index)) };
  const found: Batch[] = [];
  const iterate = async (): Promise<void> => {
    for await (const batch of batches(dataSet, transform, { batchSize: 2, order: 'sequential' })) found.push(batch);
  };
  await expect(iterate()).rejects.toThrow('no disk');
  expect(indicesOf(found)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(log.open).toBe(0);
});

test('a transform with a wrong number of values is an error', async () => {
  const wrong: Transform = { inputShape: [2, 2, 3], apply: async () => new Float32Array(4) };
  await expect(all(texturedShapes({ samples: 2 }), { batchSize: 2 }, wrong)).rejects.toThrow(
    new RangeError('batches: transform.apply returned 4 values, but inputShape [2, 2, 3] has 12'),
  );
});

test.each<[Partial<BatchesOptions>, string]>([
  [{ batchSize: 0 }, 'batches: options.batchSize must be a positive integer, received 0'],
  [{ batchSize: 1.5 }, 'batches: options.batchSize must be a positive integer, received 1.5'],
  [{ seed: 0.5 }, 'batches: options.seed must be a 32-bit integer, received 0.5'],
  [{ epoch: -1 }, 'batches: options.epoch must be an integer ≥ 0, received -1'],
  [{ concurrency: 0 }, 'batches: options.concurrency must be a positive integer, received 0'],
  [{ readAhead: 0 }, 'batches: options.readAhead must be a positive integer, received 0'],
  [{ maxCorrupt: -1 }, 'batches: options.maxCorrupt must be an integer ≥ 0, received -1'],
  [{ order: [0, 10] }, 'batches: options.order[1] must be an index from 0 to 9, received 10'],
  [{ order: 'random' as 'shuffled' }, `batches: options.order must be 'shuffled', 'sequential' or indices, received 'random'`],
])('%o is rejected at the call', (options, message) => {
  expect(() => batches(numbers(10), transform, { batchSize: 2, ...options })).toThrow(new RangeError(message));
});

test('a batch takes no more memory than its samples, whatever batchSize is', async () => {
  const read: Batch[] = [];
  for await (const batch of batches(numbers(3), transform, { batchSize: 2 ** 50 })) read.push(batch);
  expect(read.map(({ shape, x }) => [shape, x.buffer.byteLength])).toEqual([[[3, 1, 1, 2], 3 * 2 * 4]]);
});

test('a batch that cannot be allocated is an error with its size', async () => {
  const large: Transform = { inputShape: [2 ** 20, 2 ** 20, 3], apply: async () => new Float32Array() };
  // 3 samples × 3 × 2⁴⁰ values × 4 bytes
  await expect(batches(numbers(3), large, { batchSize: 8 }).next()).rejects.toThrow(
    'a batch of 3 inputs of [1048576, 1048576, 3] takes 39583 GB, more than can be allocated; try a smaller batch size or input',
  );
});

test('misspelt options and labels without a class are refused', () => {
  expect(() => batches(numbers(3), transform, { batchSize: 2, Order: 'sequential' } as never)).toThrow(
    'batches: options.Order is not an option',
  );
  expect(() => batches(numbers(3), transform, { batchSize: 2, order: 5 } as never)).toThrow('batches: options.order must be');
  const wrong = { ...numbers(3), labels: Float32Array.of(0, 1, 0.5) as never };
  expect(() => batches(wrong, transform, { batchSize: 2 })).toThrow('batches: numbers has 2 classes; the label of sample 2 is 0.5');
});
