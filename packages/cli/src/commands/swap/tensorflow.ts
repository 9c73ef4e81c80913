/** Replaces the pooling of a TensorFlow.js model. */
import { join } from 'node:path';
import type { PoolingChange } from '@softpool/surgery';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { type FileToWrite, refuseFullFolder, writeFolder } from '../../shared/files/write-folder.ts';
import type { DetectedModel } from '../../shared/models/detect-model.ts';
import { networkOfRun, packagesFor } from '../../shared/models/layers-model.ts';
import { readModelJson } from '../../shared/models/model-json.ts';
import { refuseOwnFiles } from '../../shared/models/refuse-outputs.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { plural } from '../../shared/text.ts';
import { type SwapFlags, swapOptions } from './flags.ts';
import type { SwappedModel } from './swapped.ts';

const WEIGHTS = 'weights.bin';

/** Replaces the pooling of a saved model, or of the network of a run. */
export async function swapInTensorFlow({ kind, path }: DetectedModel, flags: SwapFlags): Promise<SwappedModel> {
  if (flags.inline) throw new UsageError('--inline is for ONNX models');
  if (flags.for !== undefined) throw new UsageError('--for is for ONNX models');
  await startTensorFlow('cpu', packagesFor(kind)); // only for the shapes of layers
  const { swapPooling, swapPoolingInTopology } = await import('@softpool/tfjs');
  const options = { ...swapOptions(flags), to: flags.to, gradient: flags.gradient };
  if (kind === 'run') {
    const network = await networkOfRun(path);
    const { model, report } = await inFile(path, () => swapPooling(network, options));
    return swappedModel(flags.output, 'model.json', report, await filesOf(model));
  }
  const { name, model, shards } = await readModelJson(path);
  const { modelJson, report } = await inFile(path, () => swapPoolingInTopology(model, options));
  // The model.json is last, so that it never names weight files that do not exist yet.
  const files = [...shards, { path: name, text: JSON.stringify(modelJson) }];
  const outputs = files.map((file) => ({ ...file, path: join(flags.output, file.path) }));
  await refuseOwnFiles(
    path,
    outputs,
    shards.map(({ source }) => source),
  );
  return swappedModel(flags.output, name, report, files);
}

function swappedModel(folder: string, name: string, changes: readonly PoolingChange[], files: readonly FileToWrite[]): SwappedModel {
  const count = files.length - 1;
  return {
    reports: [{ changes }],
    output: join(folder, name),
    details: [plural(count, 'weight file')],
    refuseExisting: () => refuseFullFolder(folder),
    write: (force) => writeFolder(folder, files, { force }),
  };
}

/** The files of a model in memory, as `model.save()` writes them in a browser. */
async function filesOf(model: LayersModel): Promise<FileToWrite[]> {
  const { io } = await import('@tensorflow/tfjs-core');
  let files: FileToWrite[] = [];
  const handler = io.withSaveHandler(async (artifacts) => {
    const { format, generatedBy, convertedBy, modelTopology, weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
    const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }];
    files = [
      { path: WEIGHTS, bytes: new Uint8Array(io.concatenateArrayBuffers([weightData].flat())) },
      { path: 'model.json', text: JSON.stringify({ format, generatedBy, convertedBy, modelTopology, weightsManifest }) },
    ];
    return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
  });
  await model.save(handler);
  return files;
}
