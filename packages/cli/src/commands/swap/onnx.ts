/** Replaces the pooling of an ONNX model. */
import type { SwapPoolingOptions } from '@softpool/onnx';
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { editableOnnx } from '../../shared/models/editable-onnx.ts';
import { type SwapFlags, swapOptions } from './flags.ts';
import type { SwappedModel } from './swapped.ts';

/** Replaces the pooling of the model in a file. */
export async function swapInOnnx(path: string, flags: SwapFlags): Promise<SwappedModel> {
  const { output } = flags;
  const options = onnxOptions(flags);
  const { swapPooling } = await import('@softpool/onnx');
  const bytes = await editableOnnx(path, output);
  const { model, report } = await inFile(path, () => swapPooling(bytes, options));
  return {
    reports: [{ changes: report }],
    output,
    details: [],
    refuseExisting: () => refuseExisting(output),
    write: (force) => writeAtomic(output, model, { force }),
  };
}

/** The options for ONNX models. Throws a UsageError if a flag is not for them. */
export function onnxOptions(flags: SwapFlags): SwapPoolingOptions {
  const { to, gradient, inline, for: target } = flags;
  if (to !== 'soft') throw new UsageError(`--to ${to} is for TensorFlow.js models; in ONNX models pooling can only become soft`);
  if (gradient !== undefined) throw new UsageError('--gradient is for TensorFlow.js models; ONNX models have no gradient');
  return { ...swapOptions(flags), inline, for: target };
}
