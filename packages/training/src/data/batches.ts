/** Batches of a data set: read ahead, and the same whatever the timing. */
import { type Random, randomOf } from '@softpool/models';
import { shuffled } from '@softpool/models/internal';
import { CorruptSampleError, type DataSet, type Sample, type Transform } from './data-set.ts';
import { PURPOSE } from './purposes.ts';
import { readAhead } from './read-ahead.ts';

/** A batch of inputs with their labels. */
export interface Batch {
  /** Which batch of the epoch it is, from 0; that of a batch all of whose samples were corrupt is missing. */
  readonly number: number;
  /** The inputs, one after another. */
  readonly x: Float32Array;
  /** [samples, …the shape of an input]. */
  readonly shape: readonly number[];
  /** The label of each sample. */
  readonly labels: Uint16Array;
  /** The index of each sample in the data set. */
  readonly indices: Uint32Array;
}

/** The options of {@link batches}. */
export interface BatchesOptions {
  /** Samples in a batch. */
  readonly batchSize: number;
  /** `'shuffled'`: another permutation each epoch; `'sequential'`: as in the data set; or these indices in this order, as of a shard. Default `'shuffled'`. */
  readonly order?: 'shuffled' | 'sequential' | ArrayLike<number>;
  /** Determines the permutation and the augmentation, together with `epoch`. An integer of 32 bits. Default 0. */
  readonly seed?: number;
  /** Which epoch it is. Default 0. */
  readonly epoch?: number;
  /** The number of the first batch, for who goes on within an epoch; those before it are not read. Default 0. */
  readonly firstBatch?: number;
  /** What becomes of a last batch that is not full. Default `'keep'`. */
  readonly lastPartial?: 'keep' | 'drop';
  /** The most samples that are read at a time. It never changes what comes. Default 8. */
  readonly concurrency?: number;
  /** The most samples that are being read or wait to be put into a batch: what bounds the memory. It never changes what comes. Default twice `batchSize`. */
  readonly readAhead?: number;
  /** The most samples that may be corrupt before it is an error. Default 1 % of the samples, at least 1. */
  readonly corruptLimit?: number;
  /** Called for each corrupt sample, in their order. Default: nothing is called; within the limit they are then skipped without a word. */
  readonly onCorrupt?: (index: number, error: CorruptSampleError) => void;
}

/**
 * Reads a data set batch by batch, ahead of who consumes them. What comes is determined by the data set, the transform and the options, never by the
 * timing: batch k holds the samples `k * batchSize` to `(k + 1) * batchSize` of the order, each augmented by random numbers of its own. A corrupt sample
 * leaves its batch smaller by one.
 *
 * An iteration that is left early ends once the samples that are just being read have been read.
 *
 * @param dataSet - What is read.
 * @param transform - What makes an input of a sample.
 * @param options - The size of a batch, the order, the bounds.
 * @returns The batches of one epoch.
 * @throws RangeError if an option makes no sense. While reading: Error if more samples are corrupt than `corruptLimit`, with their number and the first of
 *   them; any other error of reading as it is.
 * @example
 * ```ts
 * const shapes = texturedShapes({ samples: 10, size: 8 });
 * const plain: Transform = { shape: [8, 8, 3], apply: async (sample) => Float32Array.from(sample.data) };
 * const shapesOfBatches: (readonly number[])[] = [];
 * for await (const batch of batches(shapes, plain, { batchSize: 4, seed: 1 })) shapesOfBatches.push(batch.shape);
 * shapesOfBatches; // [[4, 8, 8, 3], [4, 8, 8, 3], [2, 8, 8, 3]]
 * ```
 */
export function batches(dataSet: DataSet, transform: Transform, options: BatchesOptions): AsyncGenerator<Batch, void, undefined> {
  return iterate(dataSet, transform, planBatches(dataSet, options));
}

interface Plan extends Required<Omit<BatchesOptions, 'order' | 'lastPartial' | 'firstBatch' | 'onCorrupt'>> {
  /** The indices that are read, from the first batch on. */
  readonly order: Uint32Array;
  readonly firstBatch: number;
  readonly onCorrupt: ((index: number, error: CorruptSampleError) => void) | undefined;
}

function planBatches(dataSet: DataSet, options: BatchesOptions): Plan {
  const { batchSize, order = 'shuffled', seed = 0, epoch = 0, firstBatch = 0, lastPartial = 'keep', concurrency = 8, onCorrupt } = options;
  checkInteger('batchSize', batchSize, 1);
  checkInteger('seed', seed, -(2 ** 31));
  checkInteger('epoch', epoch, 0);
  checkInteger('firstBatch', firstBatch, 0);
  checkInteger('concurrency', concurrency, 1);
  if (!['keep', 'drop'].includes(lastPartial)) {
    throw new RangeError(`batches: options.lastPartial must be 'keep' or 'drop', received ${lastPartial}`);
  }
  const indices = indicesInOrder(order, dataSet.labels.length, () => randomOf(seed, PURPOSE.order, epoch));
  const { readAhead = 2 * batchSize, corruptLimit = Math.max(1, Math.floor(indices.length / 100)) } = options;
  checkInteger('readAhead', readAhead, 1);
  checkInteger('corruptLimit', corruptLimit, 0);
  const end = lastPartial === 'keep' ? indices.length : indices.length - (indices.length % batchSize);
  return {
    batchSize,
    order: indices.subarray(Math.min(end, firstBatch * batchSize), end),
    seed,
    epoch,
    firstBatch,
    concurrency,
    readAhead,
    corruptLimit,
    onCorrupt,
  };
}

function checkInteger(option: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`batches: options.${option} must be an integer of at least ${minimum}, received ${value}`);
  }
}

function indicesInOrder(order: NonNullable<BatchesOptions['order']>, length: number, random: () => Random): Uint32Array {
  if (order === 'shuffled') return shuffled(length, random());
  if (order === 'sequential') return Uint32Array.from({ length }, (_, index) => index);
  if (typeof order === 'string') {
    throw new RangeError(`batches: options.order must be 'shuffled', 'sequential' or indices, received ${order}`);
  }
  const wrong = Array.from(order).find((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (wrong !== undefined) throw new RangeError(`batches: options.order must hold indices from 0 to ${length - 1}, received ${wrong}`);
  return Uint32Array.from(order);
}

async function* iterate(dataSet: DataSet, transform: Transform, plan: Plan): AsyncGenerator<Batch, void, undefined> {
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
  let batch = new BatchInMaking(batchSize, transform.shape);
  let position = 0;
  for await (const input of inputs) {
    const index = order[position++] as number;
    if (input instanceof CorruptSampleError) corrupt.add(index, input);
    else batch.add(input, dataSet.labels[index] as number, index);
    if (position % batchSize !== 0 && position < order.length) continue;
    if (batch.size > 0) yield batch.finished(plan.firstBatch + Math.ceil(position / batchSize) - 1);
    batch = new BatchInMaking(Math.min(batchSize, order.length - position), transform.shape);
  }
}

async function inputOf(sample: Sample, transform: Transform, random: Random): Promise<Float32Array> {
  const input = await transform.apply(sample, random);
  const expected = sizeOf(transform.shape);
  if (input.length === expected) return input;
  throw new RangeError(`batches: transform.apply must give ${expected} values, as transform.shape says, received ${input.length}`);
}

/** The corrupt samples of an iteration, which its limit bounds. */
class CorruptSamples {
  readonly #dataSet: DataSet;
  readonly #plan: Plan;
  #count = 0;
  #first = '';

  constructor(dataSet: DataSet, plan: Plan) {
    this.#dataSet = dataSet;
    this.#plan = plan;
  }

  add(index: number, error: CorruptSampleError): void {
    const { onCorrupt, corruptLimit, order } = this.#plan;
    onCorrupt?.(index, error);
    if (this.#count++ === 0) this.#first = error.message;
    if (this.#count <= corruptLimit) return;
    throw new Error(
      `${this.#dataSet.name}: ${this.#count} of ${order.length} samples are corrupt so far, more than the limit of ${corruptLimit}; the first: ${this.#first}`,
      { cause: error },
    );
  }
}

class BatchInMaking {
  size = 0;
  readonly #shape: readonly number[];
  readonly #sampleSize: number;
  readonly #x: Float32Array;
  readonly #labels: Uint16Array;
  readonly #indices: Uint32Array;

  constructor(capacity: number, shape: readonly number[]) {
    this.#shape = shape;
    this.#sampleSize = sizeOf(shape);
    this.#x = new Float32Array(capacity * this.#sampleSize);
    this.#labels = new Uint16Array(capacity);
    this.#indices = new Uint32Array(capacity);
  }

  add(input: Float32Array, label: number, index: number): void {
    this.#x.set(input, this.size * this.#sampleSize);
    this.#labels[this.size] = label;
    this.#indices[this.size] = index;
    this.size++;
  }

  finished(number: number): Batch {
    return {
      number,
      x: this.#x.subarray(0, this.size * this.#sampleSize),
      shape: [this.size, ...this.#shape],
      labels: this.#labels.subarray(0, this.size),
      indices: this.#indices.subarray(0, this.size),
    };
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
