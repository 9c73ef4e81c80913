/** Models of TensorFlow.js: the network of a run of `softpool train`, with its weights, or a saved layers model. */
import { readFile } from 'node:fs/promises';
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { problem } from '../../shared/arguments/errors.ts';
import { statPath } from '../../shared/files/read-file.ts';
import { flagsOf, type RunFlags } from '../../shared/networks/flags.ts';
import { loadInto } from '../../shared/networks/network.ts';
import { weightsIn } from '../../shared/networks/run-weights.ts';
import { printable } from '../../shared/text.ts';
import { readModel } from '../tfjs/model-files.ts';

/** Loads the model of a folder or of a model.json. Rejects with an error whose message is fit to be shown. */
export async function loadModel(path: string): Promise<LayersModel> {
  return (await statPath(path)).isDirectory() ? await networkOfRun(path) : await savedModel(path);
}

/** Starts TensorFlow.js, not before it is needed: it takes longer than all the rest. */
async function start() {
  const [models, files, training, tf, tfl] = await Promise.all([
    import('@softpool/models'), // its layers are known then
    import('@softpool/models/node'),
    import('@softpool/training/node'),
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-layers'),
  ]);
  await training.openBackend('cpu'); // nothing is computed
  return { ...models, ...files, ...training, tf, tfl };
}

/** A run does not keep the channels of its data: the first kernel has them, [out, in, …]. */
async function networkOfRun(folder: string): Promise<LayersModel> {
  const { createBackbone, readConfig, readWeights } = await start();
  const { settings } = readConfig(folder);
  const { model, inputSize, pool, positions, beta, poolWeights, gradient }: Partial<RunFlags> = flagsOf(settings);
  const { classes } = settings;
  if (model === undefined || !Array.isArray(inputSize) || !Array.isArray(classes)) {
    throw new Error(`${printable(folder)} is no run of softpool train: its settings do not say which network it is of`);
  }
  const path = await weightsIn(folder);
  const { tensors } = await readWeights(path);
  const kernel = Array.from(tensors.values()).find(({ shape }) => shape.length > 2);
  const network = createBackbone(model, {
    ...{ pool, positions, beta, gradient },
    weights: poolWeights,
    inputShape: [...inputSize, kernel?.shape[1] ?? 3],
    classes: classes.length,
    initialization: 'zeros',
  });
  await loadInto(network, path);
  return network;
}

async function savedModel(path: string): Promise<LayersModel> {
  const { model, shards } = await readModel(path);
  const { format, modelTopology, weightsManifest = [] } = model as Partial<io.ModelJSON> & Pick<io.ModelJSON, 'modelTopology'>;
  if (format === 'graph-model' || 'node' in modelTopology) {
    throw new Error(`${printable(path)} is a graph model; what can be written as ONNX is a layers model, as model.save() writes it`);
  }
  const { tf, tfl } = await start();
  const weightData = new Uint8Array(Buffer.concat(await Promise.all(shards.map(({ source }) => readFile(source))))).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  try {
    return await tfl.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  } catch (error) {
    throw new Error(`${printable(path)}: ${problem(error)}`, { cause: error });
  }
}
