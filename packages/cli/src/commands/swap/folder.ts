/**
 * Replaces the pooling of all models in the folder of a Hugging Face model: each variant alike, or
 * none. Other files are copied.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectPooling, type SwappedPooling, swapPooling } from '@softpool/onnx';
import { isNamed, type PoolingInfo } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { isWithin, realPathOf } from '../../shared/files/real-path.ts';
import { type FileToWrite, refuseFullFolder, writeFolder } from '../../shared/files/write-folder.ts';
import { listModelFolder } from '../../shared/models/model-folder.ts';
import { readOnnx } from '../../shared/models/onnx-file.ts';
import { refuseOwnFiles } from '../../shared/models/refuse-outputs.ts';
import { printable } from '../../shared/text.ts';
import type { SwapFlags } from './flags.ts';
import { onnxOptions } from './onnx.ts';
import { type FileReport, replacedIn, type SwappedModel } from './swapped.ts';
import { refuseUnlikeVariants } from './variants.ts';

/** Replaces the pooling of the models in a folder. One model at a time is in memory. */
export async function swapInFolder(folder: string, flags: SwapFlags): Promise<SwappedModel> {
  const { where, ...options } = onnxOptions(flags);
  const names = Array.isArray(where) ? where : undefined;
  const { output } = flags;
  await refuseInside(folder, output);
  const { models, others } = await listModelFolder(folder);
  // A function, since a model of the folder may lack some of the names.
  const selected = names && ((pooling: PoolingInfo) => names.some((wanted) => isNamed(pooling, wanted)));
  const swapped = (bytes: Uint8Array): SwappedPooling => swapPooling(bytes, { ...options, where: selected });
  const reports: Required<FileReport>[] = [];
  const poolings: PoolingInfo[] = [];
  for (const file of models) {
    const path = join(folder, file);
    const { bytes } = await readOnnx(path);
    poolings.push(...(await inFile(path, () => inspectPooling(bytes))));
    reports.push({ file, changes: (await inFile(path, () => swapped(bytes))).report });
  }
  checkNames(folder, names ?? [], poolings);
  refuseUnlikeVariants(folder, reports);
  const unchanged = reports.filter(({ changes }) => replacedIn(changes) === 0).map(({ file }) => file);
  const changed = models.filter((file) => !unchanged.includes(file));
  // Models are last, after their external weights.
  const files: FileToWrite[] = [
    ...[...others, ...unchanged].map((path) => ({ path, source: join(folder, path) })),
    ...changed.map((path) => ({ path, make: async () => swapped((await readOnnx(join(folder, path))).bytes).model })),
  ];
  await refuseOwnFiles(
    folder,
    files.map((file) => ({ path: join(output, file.path), source: 'source' in file ? file.source : undefined })),
    [...models, ...others].map((path) => join(folder, path)),
  );
  return {
    reports,
    output,
    details: [`${counted(changed.length, 'model')} changed`, `${counted(files.length - changed.length, 'file')} copied`],
    refuseExisting: () => refuseFullFolder(output),
    write: (force) => writeFolder(output, files, { force }),
  };
}

/** Rejects if the output is the folder or lies in it: it would become a part of the model. */
async function refuseInside(folder: string, output: string): Promise<void> {
  if (!isWithin(await realPathOf(output), await realpath(folder))) return;
  throw new UsageError(`--output ${printable(output)} is the folder of the model, or lies in it; choose another`);
}

/** Throws if `--where` names a pooling that no model has. */
function checkNames(folder: string, names: readonly (string | number)[], poolings: readonly PoolingInfo[]): void {
  const unknown = names.find((wanted) => !poolings.some((pooling) => isNamed(pooling, wanted)));
  if (unknown === undefined) return;
  const known = [...new Set(poolings.map(({ path }) => path))].join(', ') || 'none';
  const received = printable(String(unknown));
  throw new UsageError(
    `${printable(folder)}: --where must be the name, path or index of a pooling, received '${received}'; its models have ${printable(known)}`,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
