/** Replaces the pooling of an ONNX model. */
import { inFile } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { editableOnnx } from '../../shared/models/editable-onnx.ts';
import { type SwapFlags, swapOptions } from './flags.ts';
import type { SwappedModel } from './swapped.ts';

/** Replaces the pooling of the model in a file. */
export async function swapInOnnx(path: string, flags: SwapFlags): Promise<SwappedModel> {
  const { output, inline } = flags;
  checkOnnxFlags(flags);
  const { swapPooling } = await import('@softpool/onnx');
  const bytes = await editableOnnx(path, output);
  const { model, report } = await inFile(path, () => swapPooling(bytes, { ...swapOptions(flags), inline }));
  return {
    reports: [{ changes: report }],
    output,
    details: [],
    refuseExisting: () => refuseExisting(output),
    write: (force) => writeAtomic(output, model, { force }),
  };
}

/** Throws a UsageError if a flag is not for ONNX models. */
export function checkOnnxFlags({ to, gradient }: SwapFlags): void {
  if (to !== 'soft') throw new UsageError(`--to ${to} is for TensorFlow.js models; in ONNX models pooling can only become soft`);
  if (gradient !== undefined) throw new UsageError('--gradient is for TensorFlow.js models; ONNX models have no gradient');
}
