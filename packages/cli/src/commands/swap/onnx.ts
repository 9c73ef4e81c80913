/** Replaces the pooling of an ONNX model. */
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { readOnnx } from '../../shared/models/onnx-file.ts';
import { refuseOwnFiles } from '../../shared/models/own-files.ts';
import { printable } from '../../shared/text.ts';
import { type SwapFlags, swapOptions } from './flags.ts';
import type { SwappedModel } from './swapped.ts';

/** Replaces the pooling of the model in a file. */
export async function swapInOnnx(path: string, flags: SwapFlags): Promise<SwappedModel> {
  const { output, to, gradient, inline } = flags;
  if (to !== 'soft') throw new UsageError(`--to ${to} is for TensorFlow.js models; in ONNX models pooling can only become soft`);
  if (gradient !== undefined) throw new UsageError('--gradient is for TensorFlow.js models; ONNX models have no gradient');
  const { swapPooling } = await import('@softpool/onnx');
  const { bytes, files } = await readOnnx(path);
  if (files.length > 0) await checkFolder(path, output, files);
  await refuseOwnFiles(
    path,
    [{ path: output }],
    files.map((file) => join(dirname(path), file)),
  );
  const { model, report } = await inFile(path, () => swapPooling(bytes, { ...swapOptions(flags), inline }));
  return {
    report,
    output,
    details: [],
    refuseExisting: () => refuseExisting(output),
    write: (force) => writeAtomic(output, model, { force }),
  };
}

/**
 * The new model names the same weight files, which are not copied: they can be larger than the free
 * space.
 */
async function checkFolder(path: string, output: string, [file = '']: readonly string[]): Promise<void> {
  const [here, there] = await Promise.all([path, output].map((each) => realpath(dirname(each)).catch(() => undefined)));
  if (here === there) return;
  throw new Error(`${printable(path)}: its weights in ${printable(file)} are not copied; write the new model into the same folder`);
}
