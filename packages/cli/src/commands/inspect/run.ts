/** Runs `softpool inspect`. */
import { join } from 'node:path';
import { type PoolingInfo, poolingsTable } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { type DetectedModel, detectModel } from '../../shared/models/detect-model.ts';
import { networkOfRun } from '../../shared/models/layers-model.ts';
import { listModelFolder } from '../../shared/models/model-folder.ts';
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
  const { kind } = model;
  if (kind === 'huggingFace') {
    const models = await inspectedInFolder(path);
    if (flags.json) process.stdout.write(`${json({ model: path, kind, models })}\n`);
    else if (models.every(({ poolings }) => poolings.length === 0)) process.stdout.write(`${printable(path)} has no pooling\n`);
    else process.stdout.write(`${tableOfFolder(models)}\n`);
    return EXIT.ok;
  }
  const { poolings, weightFiles } = await inspected(model);
  if (flags.json) {
    process.stdout.write(`${json({ model: path, kind, weightFiles, poolings })}\n`);
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
  readonly weightFiles: readonly string[];
}

async function inspected({ kind, path }: DetectedModel): Promise<Inspected> {
  if (kind === 'onnx') return await inspectedOnnx(path);
  await startTensorFlow('cpu');
  const { inspectPooling } = await import('@softpool/tfjs');
  if (kind === 'run') return { poolings: await inspectPooling(await networkOfRun(path)), weightFiles: [] };
  const { model, shards } = await readModelJson(path);
  return { poolings: await inFile(path, () => inspectPooling(model)), weightFiles: shards.map((shard) => shard.path) };
}

async function inspectedOnnx(path: string): Promise<Inspected> {
  const { inspectPooling } = await import('@softpool/onnx');
  const { bytes, files } = await readOnnx(path);
  return { poolings: await inFile(path, () => inspectPooling(bytes)), weightFiles: files };
}

/** One model of a folder. */
interface InspectedFile extends Inspected {
  readonly file: string;
}

async function inspectedInFolder(folder: string): Promise<InspectedFile[]> {
  const inspectedModels: InspectedFile[] = [];
  for (const file of (await listModelFolder(folder)).models) inspectedModels.push({ file, ...(await inspectedOnnx(join(folder, file))) });
  return inspectedModels;
}

function tableOfFolder(models: readonly InspectedFile[]): string {
  const { head } = poolingsTable([]);
  return table(
    ['file', ...head],
    models.flatMap(({ file, poolings }) => poolingsTable(poolings).rows.map((row) => [file, ...row])),
  );
}
