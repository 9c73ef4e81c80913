/**
 * Layers models of TensorFlow.js in memory: saved ones, and the networks of runs with their
 * weights.
 */
import { readFile } from 'node:fs/promises';
import type { Normalization } from '@softpool/models';
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { inFile, problem } from '../arguments/errors.ts';
import { readingError } from '../files/errors.ts';
import { DEFAULTS, flagsOf } from '../networks/flags.ts';
import { loadInto } from '../networks/network.ts';
import { weightsIn } from '../networks/run-weights.ts';
import { usedFlags } from '../networks/used-flags.ts';
import { isInstalled } from '../packages.ts';
import { printable } from '../text.ts';
import type { DetectedModel } from './detect-model.ts';
import type { SavedModel } from './model-json.ts';

/** The packages that read a model besides TensorFlow.js. */
export function packagesFor(kind: DetectedModel['kind']): readonly string[] {
  return kind === 'run' ? ['@softpool/training', '@softpool/models'] : [];
}

/** The network of a run of `softpool train`, with its best weights. */
export async function networkOfRun(folder: string): Promise<LayersModel> {
  const [{ readConfig }, { createBackbone }, { readWeights }] = await Promise.all([
    import('@softpool/training/node'),
    import('@softpool/models'),
    import('@softpool/models/node'),
  ]);
  const { settings } = readConfig(folder);
  const flags = { ...DEFAULTS, ...flagsOf(settings) };
  const { model, inputSize } = flags;
  const { classes } = settings;
  if (model === undefined || !Array.isArray(inputSize) || !Array.isArray(classes)) {
    throw new Error(`${printable(folder)} is not a run of softpool train: its settings name no network`);
  }
  const path = await weightsIn(folder);
  // The settings do not have the channels of the data, but the first kernel has: [out, in, …].
  const { tensors } = await readWeights(path);
  const kernel = Array.from(tensors.values()).find(({ shape }) => shape.length > 2);
  const { poolWeights: weights, ...pooling } = usedFlags(flags, ['pool', 'positions', 'beta', 'poolWeights', 'gradient']);
  const network = createBackbone(model, {
    ...{ ...pooling, weights },
    inputShape: [...inputSize, kernel?.shape[1] ?? 3],
    classes: classes.length,
    initialization: 'zeros',
  });
  await loadInto(network, path);
  return network;
}

/** The normalization of a run's inputs; `undefined` for a run of an older version. */
export async function normalizationOfRun(folder: string): Promise<Normalization | undefined> {
  const { readConfig } = await import('@softpool/training/node');
  const { mean, std } = flagsOf(readConfig(folder).settings);
  return mean && std ? { mean, std } : undefined;
}

/** Loads a saved layers model. */
export async function loadSavedLayersModel(path: string, saved: SavedModel): Promise<LayersModel> {
  if (isInstalled('@softpool/models')) await import('@softpool/models'); // registers its layers
  const [tfl, { inspectPooling }] = await Promise.all([import('@tensorflow/tfjs-layers'), import('@softpool/tfjs')]);
  // An error in words where TensorFlow.js would try for ever.
  await inFile(path, () => inspectPooling(saved.model));
  const handler = await artifactsOf(saved);
  return await tfl.loadLayersModel(handler).catch(cannotLoad(path));
}

/** Says that it is TensorFlow.js that fails: its errors are about its own code. */
export function cannotLoad(path: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`${printable(path)}: TensorFlow.js cannot load it: ${problem(error)}`, { cause: error });
  };
}

/** A saved model as TensorFlow.js loads it, with its weights. */
export async function artifactsOf({ model, shards }: SavedModel): Promise<io.IOHandler> {
  const { io } = await import('@tensorflow/tfjs-core');
  const { weightsManifest = [] } = model as Partial<io.ModelJSON>;
  const contents = await Promise.all(
    shards.map(({ source }) =>
      readFile(source).catch((error: unknown) => {
        throw readingError(source, error);
      }),
    ),
  );
  return io.fromMemory({
    ...(model as Pick<io.ModelJSON, 'modelTopology'>),
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(Buffer.concat(contents)).buffer,
  });
}
