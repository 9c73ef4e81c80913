/** Runs `softpool inspect`. */
import { type PoolingInfo, poolingsTable } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { type DetectedModel, detectModel } from '../../shared/models/detect-model.ts';
import { networkOfRun } from '../../shared/models/layers-model.ts';
import { readModelJson } from '../../shared/models/model-json.ts';
import { readOnnx } from '../../shared/models/onnx-file.ts';
import { table } from '../../shared/table.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { json, printable } from '../../shared/text.ts';

/** What commander makes of the arguments. */
export interface InspectFlags {
  readonly json?: boolean;
}

/** Runs the command; resolves to its exit code. */
export async function runInspect(path: string, flags: InspectFlags): Promise<number> {
  const model = await detectModel(path);
  const { poolings, files } = await inspected(model);
  if (flags.json) {
    process.stdout.write(`${json({ model: path, kind: model.kind, weightFiles: files, poolings })}\n`);
  } else if (poolings.length === 0) {
    process.stdout.write(`${printable(path)} has no pooling\n`);
  } else {
    const { head, rows } = poolingsTable(poolings);
    process.stdout.write(`${table(head, rows)}\n`);
  }
  return EXIT.ok;
}

interface Inspected {
  readonly poolings: readonly PoolingInfo[];
  /** The weight files that the model names. */
  readonly files: readonly string[];
}

async function inspected({ kind, path }: DetectedModel): Promise<Inspected> {
  if (kind === 'onnx') {
    const { inspectPooling } = await import('@softpool/onnx');
    const { bytes, files } = await readOnnx(path);
    return { poolings: await inFile(path, () => inspectPooling(bytes)), files };
  }
  await startTensorFlow('cpu');
  const { inspectPooling } = await import('@softpool/tfjs');
  if (kind === 'run') return { poolings: await inspectPooling(await networkOfRun(path)), files: [] };
  const { model, shards } = await readModelJson(path);
  return { poolings: await inFile(path, () => inspectPooling(model)), files: shards.map((shard) => shard.path) };
}
