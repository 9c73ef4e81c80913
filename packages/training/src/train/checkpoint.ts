/** Where a training stands: all that a later process needs to go on as if it had not been stopped. */
import { join } from 'node:path';
import { encodeSafetensors, type TensorFile, WeightsError } from '@softpool/models';
import { readWeights as openWeightsFile } from '@softpool/models/node';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { writeWhole } from '../write-whole.ts';
import { assignValues, namedWeights, readValues, readWeights, type WeightValues } from './named-weights.ts';
import type { Sgd } from './sgd.ts';

/** The file's name in the folder of a run. */
export const CHECKPOINT = 'checkpoint.safetensors';

/** The best epoch so far. */
export interface Best {
  /** From 1. */
  readonly epoch: number;
  /** Its top-1 on the validation data, from 0 to 1. */
  readonly top1: number;
  /** Its loss there. */
  readonly loss: number;
}

/** Where a training stands, besides its weights and velocities. */
export interface Position {
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done in all. */
  readonly step: number;
  /** Batches of the epoch that were read: the number of the next one. */
  readonly batch: number;
  /** Over the epoch so far: samples, how many were right, the sum of their losses. */
  readonly seen: number;
  readonly correct: number;
  readonly lossSum: number;
  /** Corrupt samples that were left out in the epoch so far. */
  readonly skipped: number;
  readonly best: Best | null;
  /** The length of record.jsonl. */
  readonly recordBytes: number;
}

export const START: Position = {
  epoch: 0,
  step: 0,
  batch: 0,
  seen: 0,
  correct: 0,
  lossSum: 0,
  skipped: 0,
  best: null,
  recordBytes: 0,
};

/** A checkpoint that cannot be used, with the reason. */
export class CheckpointError extends Error {
  /** `'CheckpointError'`. */
  override readonly name = 'CheckpointError';
}

/** Writes a checkpoint in place of the one before. Throws `NotFiniteError` if there is a weight that no training could go on from. */
export async function writeCheckpoint(folder: string, model: LayersModel, sgd: Sgd, position: Position): Promise<void> {
  const weights = await readWeights(model);
  const velocities = await readValues(sgd.velocities);
  for (const [name, { data }] of [...Object.entries(weights), ...Object.entries(velocities)]) {
    if (!areFinite(data)) throw new NotFiniteError(name);
  }
  const tensors = { ...prefixed('weights/', weights), ...prefixed('velocity/', velocities) };
  writeWhole(join(folder, CHECKPOINT), encodeSafetensors(tensors, { 'softpool.training': JSON.stringify(position) }));
}

/** A weight, or its velocity, that is NaN or infinite. */
export class NotFiniteError extends Error {
  /** `'NotFiniteError'`. */
  override readonly name = 'NotFiniteError';
  constructor(weight: string) {
    super(`the weight ${weight} or its velocity is no longer finite`);
  }
}

function areFinite(data: Float32Array): boolean {
  let zero = 0; // 0 times NaN or infinity is NaN, and stays
  for (let i = 0; i < data.length; i++) zero += 0 * (data[i] as number);
  return zero === 0;
}

/** Reads a checkpoint into a model and its optimizer. Nothing is changed where it does not fit. */
export async function readCheckpoint(folder: string, model: LayersModel, sgd: Sgd): Promise<Position> {
  const path = join(folder, CHECKPOINT);
  try {
    const file = await openWeightsFile(path);
    const position = parsedPosition(file);
    const variables = new Map<string, tf.Variable>([
      ...Array.from(namedWeights(model), ([name, weight]) => [`weights/${name}`, weight.read() as tf.Variable] as const),
      ...Array.from(sgd.velocities, ([name, velocity]) => [`velocity/${name}`, velocity] as const),
    ]);
    const unexpected = [...file.tensors.keys()].find((name) => !variables.has(name));
    if (unexpected !== undefined) throw new Error(`it has ${unexpected}, which the model has not`);
    const values: [tf.Variable, WeightValues][] = [];
    for (const [name, variable] of variables) values.push([variable, await valuesOf(file, name, variable.shape)]);
    for (const [variable, value] of values) assignValues(variable, value);
    return position;
  } catch (error) {
    const why = (error as Error).message;
    throw new CheckpointError(`cannot continue: ${error instanceof WeightsError ? why : `${path}: ${why}`}`, { cause: error });
  }
}

async function valuesOf(file: TensorFile, name: string, shape: readonly number[]): Promise<WeightValues> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new Error(`${name} is missing`);
  if (String(tensor.shape) !== String(shape)) {
    throw new Error(`${name} has the shape [${tensor.shape.join(', ')}], and in the model [${shape.join(', ')}]`);
  }
  return { shape, data: await tensor.read() };
}

function parsedPosition({ metadata }: TensorFile): Position {
  const text = metadata['softpool.training'];
  if (text === undefined) throw new Error('it holds weights alone, and not where a training stands');
  const position: unknown = JSON.parse(text);
  const isPosition = typeof position === 'object' && position !== null && Object.keys(START).every((name) => name in position);
  if (!isPosition) throw new Error('it was written by another version of this program');
  return position as Position;
}

function prefixed(prefix: string, values: Readonly<Record<string, WeightValues>>): Record<string, WeightValues> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
