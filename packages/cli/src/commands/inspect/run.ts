/** Runs `softpool inspect`. */
import { join } from 'node:path';
import type { PoolingFold } from '@softpool/onnx';
import { type PoolingInfo, poolingsTable, type TextTable } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { type DetectedModel, detectModel } from '../../shared/models/detect-model.ts';
import { networkOfRun, packagesFor } from '../../shared/models/layers-model.ts';
import { listModelFolder } from '../../shared/models/model-folder.ts';
import { readModelJson } from '../../shared/models/model-json.ts';
import { readOnnx } from '../../shared/models/onnx-file.ts';
import { printJson } from '../../shared/print-json.ts';
import { table } from '../../shared/table.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { printable } from '../../shared/text.ts';

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
    if (flags.json) printJson({ model: path, kind, models });
    else process.stdout.write(`${textOfFolder(path, models)}\n`);
    return EXIT.ok;
  }
  const { poolings, foldable, weightFiles } = await inspected(model);
  if (flags.json) printJson({ model: path, kind, weightFiles, poolings, foldable });
  else process.stdout.write(`${textOf(path, poolingsTable(poolings), foldable.map(foldableRow), FOLDABLE)}\n`);
  return EXIT.ok;
}

/** The poolings as a table, and what can be folded as another. */
function textOf(path: string, { head, rows }: TextTable, foldable: readonly Row[], foldableHead: Row): string {
  const parts = [
    ...(rows.length > 0 ? [table(head, rows)] : []),
    ...(foldable.length > 0 ? [`soft pooling written as operators, which softpool fold replaces:\n${table(foldableHead, foldable)}`] : []),
  ];
  return parts.length > 0 ? parts.join('\n') : `${printable(path)} has no pooling`;
}

type Row = TextTable['rows'][number];

const FOLDABLE = ['name', 'written as', 'pooling'];

function foldableRow({ path, form, to }: Foldable): Row {
  return [path, form, to];
}

type Foldable = Pick<PoolingFold, 'path' | 'form' | 'to' | 'outputShape'>;

interface Inspected {
  readonly poolings: readonly PoolingInfo[];
  /** Soft pooling written as operators, in ONNX models. */
  readonly foldable: readonly Foldable[];
  /** The weight files that the model names. */
  readonly weightFiles: readonly string[];
}

async function inspected({ kind, path }: DetectedModel): Promise<Inspected> {
  if (kind === 'onnx') return await inspectedOnnx(path);
  await startTensorFlow('cpu', packagesFor(kind));
  const { inspectPooling } = await import('@softpool/tfjs');
  if (kind === 'run') return { poolings: await inspectPooling(await networkOfRun(path)), foldable: [], weightFiles: [] };
  const { model, shards } = await readModelJson(path);
  return { poolings: await inFile(path, () => inspectPooling(model)), foldable: [], weightFiles: shards.map((shard) => shard.path) };
}

async function inspectedOnnx(path: string): Promise<Inspected> {
  const { foldSoftPool, inspectPooling } = await import('@softpool/onnx');
  const { bytes, files } = await readOnnx(path);
  return await inFile(path, () => {
    const folded = foldSoftPool(bytes).report.filter(({ action }) => action === 'folded');
    const foldable = folded.map(({ path, form, to, outputShape }) => ({ path, form, to, outputShape }));
    return { poolings: inspectPooling(bytes), foldable, weightFiles: files };
  });
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

function textOfFolder(path: string, models: readonly InspectedFile[]): string {
  const head = ['file', ...poolingsTable([]).head];
  const rows = models.flatMap(({ file, poolings }) => poolingsTable(poolings).rows.map((row) => [file, ...row]));
  const foldable = models.flatMap((model) => model.foldable.map((each) => [model.file, ...foldableRow(each)]));
  return textOf(path, { head, rows }, foldable, ['file', ...FOLDABLE]);
}
