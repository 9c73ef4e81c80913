/** Opens weight files of both formats. */
import { typeError } from 'softpool/internal';
import { readPth, startsLikePth } from './pth.ts';
import { readSafetensors } from './safetensors.ts';
import { type ByteSource, readBytes, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * Opens a file of weights: safetensors, or a file of PyTorch's `torch.save`. The format is detected
 * from the content.
 *
 * @param source - The file: a `Blob`, as from an `<input type="file">`, or any {@link ByteSource}.
 * @returns Its tensors, each read on demand, and its metadata.
 * @throws WeightsError that says what is wrong with the file; TypeError if `source` is not one.
 * @example
 * ```ts
 * const file = encodeSafetensors({ 'fc.bias': { shape: [1], data: Float32Array.of(0.25) } });
 * const { tensors } = await openWeights(new Blob([file]));
 * await tensors.get('fc.bias')?.read(); // [0.25]
 * ```
 */
export async function openWeights(source: ByteSource): Promise<TensorFile> {
  if (typeof source?.size !== 'number' || typeof source.slice !== 'function') {
    const hint = ': wrap bytes in new Blob([bytes]); readWeights of @softpool/models/node takes a path';
    throw typeError('openWeights', 'source', 'a Blob or a ByteSource', source, hint);
  }
  const head = await readBytes(source, 0, Math.min(source.size, 16));
  if (startsLikePth(head)) return await readPth(source);
  if (head[8] === OPENING_BRACE) return await readSafetensors(source);
  if (head[0] === OPENING_BRACE) {
    throw new WeightsError(
      'the file is JSON, such as the index of sharded safetensors; open its shards, or the index by readWeights in Node',
    );
  }
  const what = source.size === 0 ? 'the file is empty' : 'the file is neither safetensors nor from torch.save';
  throw new WeightsError(`${what}; supported are .safetensors files, and PyTorch's .pth, .pt, .pth.tar and .bin files`);
}

/** Starts the JSON header after the 8 bytes of its length, and an index of shards. */
const OPENING_BRACE = 0x7b;
