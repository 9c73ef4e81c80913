/** Files of weights of either format. */
import { beginsLikePth, readPth } from './pth.ts';
import { readSafetensors } from './safetensors.ts';
import { type ByteSource, readBytes, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * Opens a file of weights, whose first bytes say what it is: safetensors, or a file of PyTorch's `torch.save`.
 *
 * @param source - The file: a `Blob`, as a page has it from an `<input type="file">`, or anything whose bytes can be read in parts.
 * @returns Its tensors, each read when it is asked for, and its metadata.
 * @throws WeightsError that says what is wrong with the file.
 * @example
 * ```ts
 * const file = encodeSafetensors({ 'fc.bias': { shape: [1], data: Float32Array.of(0.25) } });
 * const { tensors } = await openWeights(new Blob([file]));
 * await tensors.get('fc.bias')?.read(); // [0.25]
 * ```
 */
export async function openWeights(source: ByteSource): Promise<TensorFile> {
  const head = await readBytes(source, 0, Math.min(source.size, 16));
  if (beginsLikePth(head)) return await readPth(source);
  if (head[8] === OPENING_BRACE) return await readSafetensors(source);
  const what = source.size === 0 ? 'the file is empty' : 'the file is neither safetensors nor one of torch.save';
  throw new WeightsError(`${what}; weights are read from .safetensors files, and from .pth, .pt, .pth.tar and .bin files of PyTorch`);
}

/** Of the JSON object behind the 8 bytes of its length. */
const OPENING_BRACE = 0x7b;
