/** Checkpoints: everything a later process needs to continue a training bit for bit. */
import { join } from 'node:path';
import { encodeSafetensors, type TensorFile, WeightsError } from '@softpool/models';
import { readWeights as openWeightsFile } from '@softpool/models/node';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assignValues, namedWeights, readValues, readWeights, type WeightValues } from '../model/named-weights.ts';
import { CHECKPOINT } from '../runs/run-folder.ts';
import { writeFileAtomic } from '../runs/write-file.ts';
import type { Sgd } from './sgd.ts';

/** The best epoch so far. */
export interface Best {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Top-1 accuracy on the validation data, 0–1. */
  readonly top1: number;
  /** Loss on the validation data. */
  readonly loss: number;
}

/** How far a training is, besides its weights and velocities. */
export interface Position {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed in total. */
  readonly step: number;
  /** Number of the epoch's next batch. */
  readonly batch: number;
  /** Samples seen in the epoch so far. */
  readonly seen: number;
  /** Correct samples in the epoch so far. */
  readonly correct: number;
  /** Sum of the samples' losses in the epoch so far. */
  readonly lossSum: number;
  /** Corrupt samples skipped in the epoch so far. */
  readonly skipped: number;
  readonly best: Best | null;
  /** Length of record.jsonl. */
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

/** A checkpoint that cannot be used. The message says why. */
export class CheckpointError extends Error {
  /** `'CheckpointError'`. */
  override readonly name = 'CheckpointError';
}

/** Writes or replaces the checkpoint. Throws `NotFiniteError` if a weight is NaN or infinite. */
export async function writeCheckpoint(folder: string, model: LayersModel, sgd: Sgd, position: Position): Promise<void> {
  const weights = await readWeights(model);
  const velocities = await readValues(sgd.velocities);
  for (const [name, { data }] of [...Object.entries(weights), ...Object.entries(velocities)]) {
    if (!areFinite(data)) throw new NotFiniteError(name);
  }
  const tensors = { ...prefixed('weights/', weights), ...prefixed('velocity/', velocities) };
  writeFileAtomic(join(folder, CHECKPOINT), encodeSafetensors(tensors, { 'softpool.training': JSON.stringify(position) }));
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
  let zero = 0; // 0 times NaN or infinity is NaN, and stays NaN
  for (let i = 0; i < data.length; i++) zero += 0 * (data[i] as number);
  return zero === 0;
}

/** Reads a checkpoint into a model and its optimizer. If anything does not fit, nothing changes. */
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
    if (unexpected !== undefined) throw new Error(`the model lacks its tensor ${unexpected}`);
    const values: [tf.Variable, WeightValues][] = [];
    for (const [name, variable] of variables) values.push([variable, await valuesOf(file, name, variable.shape)]);
    for (const [variable, value] of values) assignValues(variable, value);
    return position;
  } catch (error) {
    const why = (error as Error).message;
    throw new CheckpointError(`cannot resume: ${error instanceof WeightsError ? why : `${path}: ${why}`}`, { cause: error });
  }
}

async function valuesOf(file: TensorFile, name: string, shape: readonly number[]): Promise<WeightValues> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new Error(`${name} is missing`);
  if (String(tensor.shape) !== String(shape)) {
    throw new Error(`${name} has the shape [${tensor.shape.join(', ')}], but [${shape.join(', ')}] in the model`);
  }
  return { shape, data: await tensor.read() };
}

function parsedPosition({ metadata }: TensorFile): Position {
  const text = metadata['softpool.training'];
  if (text === undefined) throw new Error('the file holds weights only, without the state of a training');
  const position: unknown = JSON.parse(text);
  const isPosition = typeof position === 'object' && position !== null && Object.keys(START).every((name) => name in position);
  if (!isPosition) throw new Error('the file was written by another version of this program');
  return position as Position;
}

function prefixed(prefix: string, values: Readonly<Record<string, WeightValues>>): Record<string, WeightValues> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
