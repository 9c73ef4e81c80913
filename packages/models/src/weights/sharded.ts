/**
 * Weights in several safetensors files, as the Hugging Face hub has large ones: the index
 * `model.safetensors.index.json` names the file of each tensor.
 */
import { describe } from 'softpool/internal';
import { isObject, parseJson } from './json.ts';
import { type StoredTensor, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * The content of an index: the file of each tensor. Throws a WeightsError if it is not one, or if
 * it names an index, which could name itself.
 */
export function shardsIn(text: string): ReadonlyMap<string, string> {
  let index: unknown;
  try {
    index = parseJson(text);
  } catch (error) {
    throw new WeightsError(`the file is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
  const map = isObject(index) ? index.weight_map : undefined;
  if (!isObject(map)) throw new WeightsError('the file is JSON without a weight_map: it is not the index of sharded safetensors');
  const shards = Object.entries(map).map(([tensor, file]): [string, string] => {
    const isName = typeof file === 'string' && file !== '' && file !== '..' && !/[/\\]/.test(file);
    if (!isName) throw new WeightsError(`the index has the tensor ${describe(tensor)} in ${describe(file)}, which is not a file beside it`);
    if (file.toLowerCase().endsWith('.json')) {
      throw new WeightsError(
        `the index has the tensor ${describe(tensor)} in ${describe(file)}, which is an index itself, not safetensors`,
      );
    }
    return [tensor, file];
  });
  return new Map(shards);
}

/** Opens the files of an index with `open`, and joins their tensors. */
export async function openShards(shards: ReadonlyMap<string, string>, open: (file: string) => Promise<TensorFile>): Promise<TensorFile> {
  const files = new Map<string, TensorFile>();
  const tensors = new Map<string, StoredTensor>();
  for (const [name, file] of shards) {
    const opened = files.get(file) ?? (await open(file));
    files.set(file, opened);
    const tensor = opened.tensors.get(name);
    if (tensor === undefined) throw new WeightsError(`the index has the tensor ${describe(name)} in ${describe(file)}, which lacks it`);
    tensors.set(name, tensor);
  }
  return { tensors, metadata: {} };
}
