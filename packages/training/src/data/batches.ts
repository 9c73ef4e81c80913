/** Batches of a data set, read ahead. Their contents never depend on timing. */
import { type Random, randomOf } from '@softpool/models';
import { checkSeed, shuffled } from '@softpool/models/internal';
import { checkInteger, checkKeys, product, rangeError } from 'softpool/internal';
import type { Complete } from '../optional.ts';
import { checkLabels } from './check-labels.ts';
import { type CorruptSample, CorruptSampleError, type DataSet, type Sample, type Transform } from './data-set.ts';
import { PURPOSE } from './purposes.ts';
import { readAhead } from './read-ahead.ts';

/** A batch of inputs with their labels. */
export interface Batch {
  /** Number within the epoch, from 0. A batch whose samples are all corrupt is left out. */
  readonly number: number;
  /** The inputs, one after another. */
  readonly x: Float32Array;
  /** [samples, …shape of an input]. */
  readonly shape: readonly number[];
  /** The label of each sample. */
  readonly labels: Uint16Array;
  /** The index of each sample in the data set. */
  readonly indices: Uint32Array;
}

/** The options of {@link batches}. */
export interface BatchesOptions {
  /** Samples per batch. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /**
   * `'shuffled'` (default): a new permutation each epoch; `'sequential'`: the data set's order; or
   * the indices to read, in this order, such as those of a shard.
   */
  readonly order?: 'shuffled' | 'sequential' | ArrayLike<number> | undefined;
  /** Seed of the permutation and the augmentation: a 32-bit integer. Default 0. */
  readonly seed?: number | undefined;
  /** Number of the epoch, which also seeds permutation and augmentation. Default 0. */
  readonly epoch?: number | undefined;
  /** Number of the first batch to read, to resume within an epoch. Default 0. */
  readonly firstBatch?: number | undefined;
  /** Maximum number of samples read at the same time. Default 8. */
  readonly concurrency?: number | undefined;
  /** Maximum number of samples in memory that are not yet in a batch. Default twice `batchSize`. */
  readonly readAhead?: number | undefined;
  /** Most corrupt samples to skip before reading fails. Default 1 % of the samples, at least 1. */
  readonly maxCorrupt?: number | undefined;
  /** Corrupt samples before `firstBatch`, which count towards that limit. Default 0. */
  readonly corruptBefore?: number | undefined;
  /** Called for each corrupt sample, in order. */
  readonly onCorrupt?: ((sample: CorruptSample) => void) | undefined;
}

/**
 * Reads a data set batch by batch, ahead of its consumer. Batch k holds the samples
 * `k * batchSize` to `(k + 1) * batchSize` of the order, and each sample is augmented with random
 * numbers of its own, so the result depends on the arguments alone and never on timing. A corrupt
 * sample makes its batch one smaller.
 *
 * If you leave the iteration early, it ends as soon as the reads in progress have finished.
 *
 * @param dataSet - The samples.
 * @param transform - Makes a network input of each sample.
 * @param options - Batch size, order and limits.
 * @returns The batches of one epoch.
 * @throws RangeError or TypeError for an invalid option or label. While reading: Error if more than
 *   `maxCorrupt` samples are corrupt, with their number and the first of them; other read errors
 *   unchanged.
 * @example
 * ```ts
 * const shapes = texturedShapes({ samples: 10, size: 8 });
 * const plain: Transform = {
 *   inputShape: [8, 8, 3],
 *   apply: async (sample) => Float32Array.from(sample.data),
 * };
 * const found: (readonly number[])[] = [];
 * for await (const batch of batches(shapes, plain, { batchSize: 4 })) found.push(batch.shape);
 * found; // [[4, 8, 8, 3], [4, 8, 8, 3], [2, 8, 8, 3]]
 * ```
 */
export function batches(dataSet: DataSet, transform: Transform, options: BatchesOptions): AsyncGenerator<Batch, void, undefined> {
  return iterate(dataSet, transform, planBatches(dataSet, options));
}

interface BatchPlan extends Complete<Omit<BatchesOptions, 'order' | 'firstBatch' | 'onCorrupt'>> {
  /** The indices to read, from the first batch on. */
  readonly order: Uint32Array;
  readonly firstBatch: number;
  /** The samples of all batches. */
  readonly samples: number;
  readonly onCorrupt: ((sample: CorruptSample) => void) | undefined;
}

const NAMES = ['batchSize', 'order', 'seed', 'epoch', 'firstBatch', 'concurrency', 'readAhead', 'maxCorrupt', 'corruptBefore', 'onCorrupt'];

function planBatches(dataSet: DataSet, options: BatchesOptions): BatchPlan {
  checkKeys('batches', options, NAMES);
  checkLabels('batches', dataSet);
  const { batchSize, order = 'shuffled', seed = 0, epoch = 0, firstBatch = 0, concurrency = 8, corruptBefore = 0, onCorrupt } = options;
  const check = (option: string, value: number, least: number): void => checkInteger('batches', `options.${option}`, value, least);
  check('batchSize', batchSize, 1);
  checkSeed('batches', seed);
  check('epoch', epoch, 0);
  check('firstBatch', firstBatch, 0);
  check('concurrency', concurrency, 1);
  const indices = indicesInOrder(order, dataSet.labels.length, () => randomOf(seed, PURPOSE.order, epoch));
  const { readAhead = 2 * Math.max(1, Math.min(batchSize, indices.length)), maxCorrupt = Math.max(1, Math.floor(indices.length / 100)) } =
    options;
  check('readAhead', readAhead, 1);
  check('maxCorrupt', maxCorrupt, 0);
  check('corruptBefore', corruptBefore, 0);
  const rest = indices.subarray(Math.min(indices.length, firstBatch * batchSize));
  const limits = { samples: indices.length, maxCorrupt, corruptBefore, onCorrupt };
  return { batchSize, order: rest, seed, epoch, firstBatch, concurrency, readAhead, ...limits };
}

function indicesInOrder(order: NonNullable<BatchesOptions['order']>, length: number, random: () => Random): Uint32Array {
  if (order === 'shuffled') return shuffled(length, random());
  if (order === 'sequential') return Uint32Array.from({ length }, (_, index) => index);
  if (typeof order !== 'object' || !Number.isInteger(order?.length)) {
    throw rangeError('batches', 'options.order', "'shuffled', 'sequential' or indices", order);
  }
  const wrong = Array.from(order).findIndex((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (wrong !== -1) throw rangeError('batches', `options.order[${wrong}]`, `an index from 0 to ${length - 1}`, order[wrong]);
  return Uint32Array.from(order);
}

async function* iterate(dataSet: DataSet, transform: Transform, plan: BatchPlan): AsyncGenerator<Batch, void, undefined> {
  const { batchSize, order, seed, epoch } = plan;
  const inputs = readAhead(order.length, { concurrency: plan.concurrency, ahead: plan.readAhead }, async (position) => {
    const index = order[position] as number;
    try {
      return await inputOf(await dataSet.read(index), transform, randomOf(seed, PURPOSE.augmentation, epoch, index));
    } catch (error) {
      if (error instanceof CorruptSampleError) return error;
      throw error;
    }
  });
  const corrupt = new CorruptSamples(dataSet, plan);
  let batch = new BatchBuilder(Math.min(batchSize, order.length), transform.inputShape);
  let position = 0;
  for await (const input of inputs) {
    const index = order[position++] as number;
    if (input instanceof CorruptSampleError) corrupt.add(index, input);
    else batch.add(input, dataSet.labels[index] as number, index);
    if (position % batchSize !== 0 && position < order.length) continue;
    if (batch.size > 0) yield batch.build(plan.firstBatch + Math.ceil(position / batchSize) - 1);
    batch = new BatchBuilder(Math.min(batchSize, order.length - position), transform.inputShape);
  }
}

async function inputOf(sample: Sample, transform: Transform, random: Random): Promise<Float32Array> {
  const input = await transform.apply(sample, random);
  const expected = product(transform.inputShape);
  if (input.length === expected) return input;
  const shape = `[${transform.inputShape.join(', ')}]`;
  throw new RangeError(`batches: transform.apply returned ${input.length} values, but inputShape ${shape} has ${expected}`);
}

/** Counts the corrupt samples of an iteration and enforces the limit. */
class CorruptSamples {
  readonly #dataSet: DataSet;
  readonly #plan: BatchPlan;
  #count: number;
  #first: string | undefined;

  constructor(dataSet: DataSet, plan: BatchPlan) {
    this.#dataSet = dataSet;
    this.#plan = plan;
    this.#count = plan.corruptBefore;
  }

  add(index: number, error: CorruptSampleError): void {
    const { onCorrupt, maxCorrupt, samples } = this.#plan;
    onCorrupt?.({ index, reason: error.message });
    this.#count++;
    this.#first ??= error.message;
    if (this.#count <= maxCorrupt) return;
    const found = `${this.#count} of ${samples} samples are corrupt so far`;
    throw new Error(`${this.#dataSet.name}: ${found}, more than the limit of ${maxCorrupt}; first: ${this.#first}`, { cause: error });
  }
}

class BatchBuilder {
  size = 0;
  readonly #shape: readonly number[];
  readonly #sampleSize: number;
  readonly #x: Float32Array;
  readonly #labels: Uint16Array;
  readonly #indices: Uint32Array;

  constructor(capacity: number, shape: readonly number[]) {
    this.#shape = shape;
    this.#sampleSize = product(shape);
    this.#x = inputsOf(capacity, shape);
    this.#labels = new Uint16Array(capacity);
    this.#indices = new Uint32Array(capacity);
  }

  add(input: Float32Array, label: number, index: number): void {
    this.#x.set(input, this.size * this.#sampleSize);
    this.#labels[this.size] = label;
    this.#indices[this.size] = index;
    this.size++;
  }

  build(number: number): Batch {
    return {
      number,
      x: this.#x.subarray(0, this.size * this.#sampleSize),
      shape: [this.size, ...this.#shape],
      labels: this.#labels.subarray(0, this.size),
      indices: this.#indices.subarray(0, this.size),
    };
  }
}

/** Memory for the inputs of a batch. */
function inputsOf(samples: number, shape: readonly number[]): Float32Array {
  const values = samples * product(shape);
  try {
    return new Float32Array(values);
  } catch (error) {
    const gigabytes = Math.ceil((4 * values) / 1e9);
    const what = `a batch of ${samples} inputs of [${shape.join(', ')}] takes ${gigabytes} GB`;
    throw new RangeError(`${what}, more than can be allocated; try a smaller batch size or input`, { cause: error });
  }
}
