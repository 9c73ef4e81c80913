/**
 * Replaces the pooling of all models in the folder of a Hugging Face model: each variant alike, or
 * none. Other files are copied.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectPooling, swapPooling } from '@softpool/onnx';
import { isNamed, type PoolingInfo } from '@softpool/surgery';
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { isWithin, realPathOf } from '../../shared/files/real-path.ts';
import { type FileToWrite, refuseFullFolder, writeFolder } from '../../shared/files/write-folder.ts';
import { listModelFolder } from '../../shared/models/model-folder.ts';
import { readOnnx } from '../../shared/models/onnx-file.ts';
import { refuseOwnFiles } from '../../shared/models/own-files.ts';
import { printable } from '../../shared/text.ts';
import { type SwapFlags, swapOptions } from './flags.ts';
import { checkOnnxFlags } from './onnx.ts';
import { type FileReport, replacedIn, type SwappedModel } from './swapped.ts';
import { refuseUnlikeVariants } from './variants.ts';

/** Replaces the pooling of the models in a folder. One model at a time is in memory. */
export async function swapInFolder(folder: string, flags: SwapFlags): Promise<SwappedModel> {
  checkOnnxFlags(flags);
  const { output, inline } = flags;
  await refuseInside(folder, output);
  const { models, others } = await listModelFolder(folder);
  const options = { ...swapOptions(flags), where: selectedBy(flags), inline };
  const reports: Required<FileReport>[] = [];
  const poolings: PoolingInfo[] = [];
  for (const file of models) {
    const path = join(folder, file);
    const { bytes } = await readOnnx(path);
    poolings.push(...(await inFile(path, () => inspectPooling(bytes))));
    reports.push({ file, changes: swapPooling(bytes, options).report });
  }
  checkNamed(folder, flags, poolings);
  refuseUnlikeVariants(folder, reports);
  const unchanged = reports.filter(({ changes }) => replacedIn(changes) === 0).map(({ file }) => file);
  const changed = models.filter((file) => !unchanged.includes(file));
  // Models are last, after their external weights.
  const files: FileToWrite[] = [
    ...[...others, ...unchanged].map((path) => ({ path, source: join(folder, path) })),
    ...changed.map((path) => ({ path, make: async () => swapPooling((await readOnnx(join(folder, path))).bytes, options).model })),
  ];
  await refuseOwnFiles(
    folder,
    files.map((file) => ({ path: join(output, file.path), source: 'source' in file ? file.source : undefined })),
    [...models, ...others].map((path) => join(folder, path)),
  );
  return {
    reports,
    output,
    details: [`${changed.length} ${changed.length === 1 ? 'model' : 'models'}`, `${files.length - changed.length} files copied`],
    refuseExisting: () => refuseFullFolder(output),
    write: (force) => writeFolder(output, files, { force }),
  };
}

/** Rejects if the output is the folder or lies in it: it would become a part of the model. */
async function refuseInside(folder: string, output: string): Promise<void> {
  if (!isWithin(await realPathOf(output), await realpath(folder))) return;
  throw new UsageError(`--output ${printable(output)} is the folder of the model, or lies in it; choose another`);
}

type Where = NonNullable<ReturnType<typeof swapOptions>['where']>;

/** What `--where` selects. In a folder each model may lack some of its names. */
function selectedBy(flags: SwapFlags): Where | undefined {
  const { where } = swapOptions(flags);
  return Array.isArray(where) ? (pooling: PoolingInfo) => where.some((wanted) => isNamed(pooling, wanted)) : undefined;
}

/** Throws if `--where` names a pooling that no model has. */
function checkNamed(folder: string, flags: SwapFlags, poolings: readonly PoolingInfo[]): void {
  const { where } = swapOptions(flags);
  const unknown = Array.isArray(where) ? where.find((wanted) => !poolings.some((pooling) => isNamed(pooling, wanted))) : undefined;
  if (unknown === undefined) return;
  const known = [...new Set(poolings.map(({ path }) => path))].join(', ');
  throw new UsageError(
    `${printable(folder)}: --where must be the name, path or index of a pooling, received '${printable(String(unknown))}'; its models have ${printable(known) || 'none'}`,
  );
}
