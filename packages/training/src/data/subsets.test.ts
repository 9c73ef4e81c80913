import { describe, expect, test } from 'vitest';
import type { DataSet } from './data-set.ts';
import { texturedShapes } from './generators/textured-shapes.ts';
import { limitDataSet, mixDataSets, splitDataSet } from './subsets.ts';

/** Samples are numbered from `first`. */
function numbered(labels: readonly number[], classes: readonly string[], first = 0): DataSet {
  return {
    name: `from ${first}`,
    classes,
    labels: Uint16Array.from(labels),
    describe: (index) => `number ${first + index}`,
    read: async (index) => ({ data: Uint8Array.of(first + index), shape: [1, 1, 1] }),
  };
}

async function numbersOf(dataSet: DataSet): Promise<number[]> {
  return await Promise.all(Array.from(dataSet.labels.keys(), async (index) => (await dataSet.read(index)).data[0]!));
}

describe('a split', () => {
  const labels = [...Array(20).fill(0), ...Array(10).fill(1), 2, 2];
  const whole = numbered(labels, ['a', 'b', 'c']);

  test('takes the share of each class, at least one sample, and has every sample once', async () => {
    const { training, validation } = splitDataSet(whole, { validationShare: 0.2, seed: 3 });
    const counts = (set: DataSet): number[] => set.classes.map((_, label) => set.labels.filter((other) => other === label).length);
    expect(counts(validation)).toEqual([4, 2, 1]);
    expect(counts(training)).toEqual([16, 8, 1]);
    const [trained, validated] = [await numbersOf(training), await numbersOf(validation)];
    expect([...trained, ...validated].sort((a, b) => a - b)).toEqual(labels.map((_, index) => index));
    expect(trained.map((number) => labels[number])).toEqual([...training.labels]);
    expect(validation.describe(0)).toBe(`number ${validated[0]}`);
    expect(validation.classes).toEqual(['a', 'b', 'c']);
  });

  test('leaves each class at least one sample for training', () => {
    // 90 % of 2 samples would be both.
    const { training, validation } = splitDataSet(numbered([0, 0, 1, 1], ['a', 'b']), { validationShare: 0.9 });
    expect([...training.labels]).toEqual([0, 1]);
    expect([...validation.labels]).toEqual([0, 1]);
  });

  test('keeps whether flips are allowed, as mixtures do', () => {
    const oneSided = { ...whole, isMirrorable: false };
    expect(splitDataSet(whole, { validationShare: 0.2 }).training.isMirrorable).not.toBe(false);
    expect(splitDataSet(oneSided, { validationShare: 0.2 }).training.isMirrorable).toBe(false);
    expect(mixDataSets([whole, whole]).isMirrorable).toBe(true);
    expect(mixDataSets([whole, oneSided]).isMirrorable).toBe(false);
  });

  test('depends on the seed alone', async () => {
    const chosen = async (seed: number): Promise<number[]> => numbersOf(splitDataSet(whole, { validationShare: 0.5, seed }).validation);
    expect(await chosen(1)).toEqual(await chosen(1));
    expect(await chosen(1)).not.toEqual(await chosen(2));
  });

  test.each([0, 1, -0.1, Number.NaN])('with a share of %s is rejected', (validationShare) => {
    expect(() => splitDataSet(whole, { validationShare })).toThrow(
      new RangeError(`splitDataSet: options.validationShare must be a number above 0 and below 1, received ${validationShare}`),
    );
  });

  test('of a class with one sample is rejected with the name of the class', () => {
    expect(() => splitDataSet(numbered([0, 0, 1], ['cat', 'dog']))).toThrow('from 0: class dog has one sample and cannot be split');
  });
});

describe('mixed data sets', () => {
  test('have all samples, with labels by class name', async () => {
    const mixed = mixDataSets([numbered([0, 1], ['cat', 'dog']), numbered([0, 1, 1], ['dog', 'cat'], 10)]);
    expect(await numbersOf(mixed)).toEqual([0, 1, 10, 11, 12]);
    expect([...mixed.labels]).toEqual([0, 1, 1, 0, 0]);
    expect(mixed.describe(3)).toBe('number 11');
    expect(mixed.name).toBe('from 0 + from 10');
  });

  test('need the same classes', () => {
    const [cats, more] = [numbered([0, 1], ['cat', 'dog']), numbered([0, 1, 2], ['cat', 'dog', 'cow'], 10)];
    expect(() => mixDataSets([cats, more])).toThrow(
      new RangeError('from 0 lacks class cow of from 10; mixed data sets need the same classes'),
    );
    expect(() => mixDataSets([more, cats])).toThrow(
      new RangeError('from 0 lacks class cow of from 10; mixed data sets need the same classes'),
    );
    expect(() => mixDataSets([])).toThrow(RangeError);
  });
});

test('a limit keeps the same share of each class, the same samples for the same seed', () => {
  const shapes = texturedShapes({ samples: 180, size: 8 });
  const limited = limitDataSet(shapes, { limit: 36, seed: 1 });
  const counts = shapes.classes.map((_, label) => limited.labels.filter((one) => one === label).length);
  expect(counts).toEqual(Array(9).fill(4));
  const samples = (dataSet: DataSet): string[] => Array.from(dataSet.labels, (_, index) => dataSet.describe(index));
  expect(samples(limitDataSet(shapes, { limit: 36, seed: 1 }))).toEqual(samples(limited));
  expect(samples(limitDataSet(shapes, { limit: 36, seed: 2 }))).not.toEqual(samples(limited));
  expect(limitDataSet(shapes, { limit: 180 })).toBe(shapes);
  expect(() => limitDataSet(shapes, { limit: 0 })).toThrow('limitDataSet: options.limit must be a positive integer, received 0');
});

describe('a limit', () => {
  const countsOf = ({ classes, labels }: DataSet): number[] => classes.map((_, label) => labels.filter((other) => other === label).length);

  test.each([1, 3, 5, 10, 11, 17])('of %i keeps so many samples, and of each class one before two of any', (limit) => {
    // 12 of the class a, 4 of b, and one each of c and d; none of e.
    const data = numbered([...Array(12).fill(0), ...Array(4).fill(1), 2, 3], ['a', 'b', 'c', 'd', 'e']);
    const counts = countsOf(limitDataSet(data, { limit, seed: 5 }));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(limit);
    if (limit <= 4) expect(Math.max(...counts)).toBe(1);
    else expect(Math.min(...counts.slice(0, 4))).toBe(1);
    // Two thirds and two ninths of all, but for the samples that the small classes have more.
    if (limit === 10) expect(counts).toEqual([6, 2, 1, 1, 0]);
  });

  test('below the number of classes takes classes by the seed, not the first ones', () => {
    const data = numbered(
      Array.from({ length: 100 }, (_, index) => index % 50),
      Array.from({ length: 50 }, (_, label) => `class ${label}`),
    );
    const labels = [...limitDataSet(data, { limit: 5, seed: 1 }).labels];
    expect(new Set(labels).size).toBe(5);
    expect(Math.max(...labels)).toBeGreaterThan(4);
    expect([...limitDataSet(data, { limit: 5, seed: 2 }).labels]).not.toEqual(labels);
  });

  test('keeps a part of what a larger one keeps', async () => {
    const data = numbered([...Array(20).fill(0), ...Array(10).fill(1)], ['a', 'b']);
    const [few, more] = await Promise.all([4, 11].map((limit) => numbersOf(limitDataSet(data, { limit, seed: 1 }))));
    expect(more).toEqual(expect.arrayContaining(few as number[]));
    expect([few?.length, more?.length]).toEqual([4, 11]);
  });
});

test('a label without a class is refused, not moved or dropped', () => {
  const wrong = numbered([0, 1, 50, 1, 0], ['a', 'b']);
  const message = 'from 0 has 2 classes; the label of sample 2 is 50';
  expect(() => splitDataSet(wrong)).toThrow(new RangeError(`splitDataSet: ${message}`));
  expect(() => limitDataSet(wrong, { limit: 2 })).toThrow(new RangeError(`limitDataSet: ${message}`));
  expect(() => mixDataSets([wrong, wrong])).toThrow(new RangeError(`mixDataSets: ${message}`));
});

test('misspelt options are refused', () => {
  const data = numbered([0, 1, 1, 0], ['a', 'b']);
  expect(() => splitDataSet(data, { validationshare: 0.5 } as object)).toThrow('splitDataSet: options.validationshare is not an option');
  expect(() => limitDataSet(data, { limit: 2, seeds: 1 } as never)).toThrow('limitDataSet: options.seeds is not an option');
});
