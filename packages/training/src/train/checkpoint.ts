/** Checkpoints: everything a later process needs to continue a training bit for bit. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encodeSafetensors, type TensorFile, WeightsError } from '@softpool/models';
import { readWeights as openWeightsFile } from '@softpool/models/node';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assignValues, namedWeights, readValues, readWeights, type WeightValues } from '../model/named-weights.ts';
import { weightsFingerprint } from '../runs/fingerprints.ts';
import { CHECKPOINT } from '../runs/run-folder.ts';
import { writeFileAtomic } from '../runs/write-file.ts';
import type { Optimizer } from './optimizer.ts';
import { checkedPosition, type Extent, type Position } from './position.ts';

/** A checkpoint that cannot be used. The message says why. */
export class CheckpointError extends Error {
  /** `'CheckpointError'`. */
  override readonly name = 'CheckpointError';
}

/** The file's entry with the position and a digest of everything in the file. */
const METADATA = 'softpool.training';

/** Writes or replaces the checkpoint. Throws `NotFiniteError` if a weight is NaN or infinite. */
export async function writeCheckpoint(folder: string, model: LayersModel, optimizer: Optimizer, position: Position): Promise<void> {
  const weights = await readWeights(model);
  const state = await readValues(optimizer.state);
  const wrong = notFiniteIn({ ...weights, ...state });
  if (wrong !== undefined) throw new NotFiniteError(wrong);
  const tensors = { ...Object.fromEntries(Object.entries(weights).map(([name, value]) => [`weights/${name}`, value])), ...state };
  const metadata = { [METADATA]: JSON.stringify({ position, sha256: digestOf(position, tensors) }) };
  writeFileAtomic(join(folder, CHECKPOINT), encodeSafetensors(tensors, metadata));
}

/** A weight, or a value of the optimizer, that is NaN or infinite. */
export class NotFiniteError extends Error {
  /** `'NotFiniteError'`. */
  override readonly name = 'NotFiniteError';
  constructor(weight: string) {
    super(`${weight} is no longer finite`);
  }
}

/** The name of a weight that is NaN or infinite, if there is one. */
export function notFiniteIn(weights: Readonly<Record<string, WeightValues>>): string | undefined {
  return Object.keys(weights).find((name) => !areFinite((weights[name] as WeightValues).data));
}

function areFinite(data: Float32Array): boolean {
  let zero = 0; // 0 times NaN or infinity is NaN, and stays NaN
  for (let i = 0; i < data.length; i++) zero += 0 * (data[i] as number);
  return zero === 0;
}

function digestOf(position: Position, tensors: Readonly<Record<string, WeightValues>>): string {
  const { sha256 } = weightsFingerprint(tensors);
  return createHash('sha256').update(JSON.stringify(position)).update(sha256).digest('hex');
}

/**
 * Reads a checkpoint into a model and its optimizer. If anything does not fit or is damaged,
 * nothing changes.
 */
export async function readCheckpoint(folder: string, model: LayersModel, optimizer: Optimizer, extent: Extent): Promise<Position> {
  const path = join(folder, CHECKPOINT);
  try {
    const file = await openWeightsFile(path);
    const saved = parsedMetadata(file);
    const position = checkedPosition(saved.position, extent);
    const variables = new Map<string, tf.Variable>([
      ...Array.from(namedWeights(model), ([name, weight]) => [`weights/${name}`, weight.read() as tf.Variable] as const),
      ...optimizer.state,
    ]);
    const unexpected = [...file.tensors.keys()].find((name) => !variables.has(name));
    if (unexpected !== undefined) throw new Error(`the model lacks its tensor ${unexpected}`);
    const values: Record<string, WeightValues> = {};
    for (const [name, { shape }] of variables) values[name] = await valuesOf(file, name, shape);
    if (saved.sha256 !== digestOf(position, values)) throw new Error('the file is damaged: its content does not match its SHA-256');
    for (const [name, variable] of variables) assignValues(variable, values[name] as WeightValues);
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

function parsedMetadata({ metadata }: TensorFile): { readonly position: unknown; readonly sha256: unknown } {
  const text = metadata[METADATA];
  if (text === undefined) throw new Error('the file holds weights only, without the state of a training');
  const value = JSON.parse(text) as { readonly position?: unknown; readonly sha256?: unknown } | null;
  return { position: value?.position, sha256: value?.sha256 };
}
