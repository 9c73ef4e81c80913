import { describe, expect, test } from 'vitest';
import { type Batch, type BatchesOptions, batches } from './batches.ts';
import { CorruptSampleError, type DataSet, type Transform } from './data-set.ts';
import { texturedShapes } from './textured-shapes.ts';

/** A sample's only value is its index; it takes a time that has nothing to do with its place. */
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

/** The sample's value and a random number of its own. */
const transform: Transform = {
  shape: [1, 1, 2],
  apply: async ({ data }, random) => Float32Array.of(data[0]!, random.uniform()),
};

async function all(dataSet: DataSet, options: BatchesOptions, by = transform): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches(dataSet, by, options)) found.push(batch);
  return found;
}

const indicesOf = (found: readonly Batch[]): number[][] => found.map(({ indices }) => [...indices]);

test('batches hold the samples in order with their labels, the last what is left', async () => {
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

test('a last batch that is not full can be dropped', async () => {
  const options = { batchSize: 3, order: 'sequential', lastPartial: 'drop' } as const;
  expect(indicesOf(await all(numbers(7), options))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(indicesOf(await all(numbers(6), options))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(await all(numbers(2), options)).toEqual([]);
});

test('an order of indices, as of a shard, is kept', async () => {
  expect(indicesOf(await all(numbers(9), { batchSize: 2, order: [8, 2, 5] }))).toEqual([[8, 2], [5]]);
});

describe('what comes is determined by the seed', () => {
  const options = { batchSize: 4, seed: 5, epoch: 2 };

  test('whatever the concurrency, the reading ahead and the timing', async () => {
    const expected = await all(numbers(30), { ...options, concurrency: 1, readAhead: 1 });
    for (const [concurrency, readAhead] of [
      [2, 3],
      [8, 8],
      [30, 30],
    ]) {
      expect(await all(numbers(30), { ...options, concurrency: concurrency!, readAhead: readAhead! })).toEqual(expected);
    }
  });

  test('each epoch has each sample once, in an order and with random numbers of its own', async () => {
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

  test('who goes on at a batch gets what would have come, and nothing before is read', async () => {
    const log = newLog();
    const whole = await all(numbers(30, [1]), { ...options, corruptLimit: 1 });
    expect(await all(numbers(30, [1], log), { ...options, corruptLimit: 1, firstBatch: 5 })).toEqual(whole.slice(5));
    expect(log.read).toHaveLength(10);
    expect(await all(numbers(30), { ...options, firstBatch: 8 })).toEqual([]);
  });
});

test('no more is read at a time, nor ahead, than is allowed', async () => {
  const log = newLog();
  const iterator = batches(numbers(100, [], log), transform, { batchSize: 2, order: 'sequential', concurrency: 3, readAhead: 6 });
  await iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(log.read.length).toBe(8); // two were consumed, six wait
  expect(log.most).toBe(3);
  await iterator.return();
});

test('leaving an iteration ends it when what was being read has been read; nothing more is begun', async () => {
  const log = newLog();
  for await (const _ of batches(numbers(100, [], log), transform, { batchSize: 2, concurrency: 4 })) break;
  expect(log.open).toBe(0);
  const { length } = log.read;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log.read).toHaveLength(length);
  expect(length).toBeLessThan(20);
});

describe('a corrupt sample', () => {
  test('is reported, and leaves its batch smaller by one', async () => {
    const reported: [number, string][] = [];
    const onCorrupt = (index: number, error: CorruptSampleError): void => void reported.push([index, error.message]);
    const found = await all(numbers(7, [4, 0]), { batchSize: 3, order: 'sequential', corruptLimit: 2, onCorrupt });
    expect(indicesOf(found)).toEqual([[1, 2], [3, 5], [6]]);
    expect(found[0]!.shape).toEqual([2, 1, 1, 2]);
    expect(found[0]!.x).toHaveLength(4);
    expect(reported).toEqual([
      [0, 'number 0 is torn'],
      [4, 'number 4 is torn'],
    ]);
  });

  test('alone in its batch leaves none, and the others keep their numbers', async () => {
    const found = await all(numbers(6, [2, 3]), { batchSize: 2, order: 'sequential', corruptLimit: 2 });
    expect(found.map(({ number, indices }) => [number, ...indices])).toEqual([
      [0, 0, 1],
      [2, 4, 5],
    ]);
  });

  test('too many are an error that says how many, the limit and the first; by default one in a hundred may be', async () => {
    const error = new Error('numbers: 2 of 150 samples are corrupt so far, more than the limit of 1; the first: number 3 is torn');
    await expect(all(numbers(150, [3, 5]), { batchSize: 50, order: 'sequential' })).rejects.toThrow(error);
    expect((await all(numbers(200, [3, 5]), { batchSize: 200 }))[0]!.labels).toHaveLength(198);
    await expect(all(numbers(10, [3]), { batchSize: 5, corruptLimit: 0 })).rejects.toThrow(
      'numbers: 1 of 10 samples are corrupt so far, more than the limit of 0; the first: number 3 is torn',
    );
  });

  test('may also be found by the transform', async () => {
    const torn: Transform = {
      shape: [1],
      apply: async ({ data }) => {
        if (data[0] === 2) throw new CorruptSampleError('2 is too short');
        return Float32Array.from(data);
      },
    };
    expect(indicesOf(await all(numbers(4), { batchSize: 4, order: 'sequential' }, torn))).toEqual([[0, 1, 3]]);
  });
});

test('another error of reading ends the iteration in its turn, when nothing is read any more', async () => {
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

test('a transform whose values do not fit its shape is an error', async () => {
  const wrong: Transform = { shape: [2, 2, 3], apply: async () => new Float32Array(4) };
  await expect(all(texturedShapes({ samples: 2 }), { batchSize: 2 }, wrong)).rejects.toThrow(
    new RangeError('batches: transform.apply must give 12 values, as transform.shape says, received 4'),
  );
});

test.each<[Partial<BatchesOptions>, string]>([
  [{ batchSize: 0 }, 'batches: options.batchSize must be an integer of at least 1, received 0'],
  [{ batchSize: 1.5 }, 'batches: options.batchSize must be an integer of at least 1, received 1.5'],
  [{ seed: 0.5 }, 'batches: options.seed must be an integer of at least -2147483648, received 0.5'],
  [{ epoch: -1 }, 'batches: options.epoch must be an integer of at least 0, received -1'],
  [{ concurrency: 0 }, 'batches: options.concurrency must be an integer of at least 1, received 0'],
  [{ readAhead: 0 }, 'batches: options.readAhead must be an integer of at least 1, received 0'],
  [{ corruptLimit: -1 }, 'batches: options.corruptLimit must be an integer of at least 0, received -1'],
  [{ order: [0, 10] }, 'batches: options.order must hold indices from 0 to 9, received 10'],
  [{ order: 'random' as 'shuffled' }, `batches: options.order must be 'shuffled', 'sequential' or indices, received random`],
  [{ lastPartial: 'no' as 'keep' }, `batches: options.lastPartial must be 'keep' or 'drop', received no`],
])('%o is refused at the call', (options, message) => {
  expect(() => batches(numbers(10), transform, { batchSize: 2, ...options })).toThrow(new RangeError(message));
});
