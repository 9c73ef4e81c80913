/** Reads files of PyTorch's `torch.save` without PyTorch and without executing their pickles. */
import { describe } from 'softpool/internal';
import { bytesPerNumber, swapBytes, toFloat32 } from './dtypes.ts';
import { isCount } from './json.ts';
import type { PthArchive } from './pth-archive.ts';
import { LEGACY_MAGIC, openLegacy } from './pth-legacy.ts';
import { openZip } from './pth-zip.ts';
import { contiguous, extentOf } from './strided.ts';
import { type ByteSource, readBytes, type StoredTensor, sizeOf, type TensorFile, WeightsError } from './tensor-file.ts';
import { isStorage, isTensor, type TorchTensor } from './torch-values.ts';

/**
 * Opens a file of `torch.save`: a zip archive, as written since PyTorch 1.6, or the format before.
 * The dictionary of tensors may be the whole file, or be under `state_dict`, `model_state_dict`,
 * `model`, `state_dict_ema` or `model_ema`, of which the first is taken; strings and numbers beside
 * it then become metadata.
 *
 * Nothing in the file's pickle is executed. Only names that tensors, dictionaries and optimizer
 * states need are allowed. Each tensor is read on demand; in a zip archive its checksum is checked.
 *
 * @param source - The file.
 * @returns The tensors by their names in the file, and the metadata.
 * @throws WeightsError that says what is wrong with the file: truncated, damaged, a refused name, a
 *   tensor outside its storage, or no dictionary of tensors (with the keys found).
 */
export async function readPth(source: ByteSource): Promise<TensorFile> {
  const archive = await openArchive(source);
  const { dictionary, where, beside } = dictionaryIn(archive.root);
  const tensors = Array.from(dictionary, ([name, value]): [string, StoredTensor] => {
    if (typeof name !== 'string') throw new WeightsError(`${where} has an entry whose name is not a string`);
    if (!isTensor(value)) throw new WeightsError(`${where} has an entry ${describe(name)} that is not a tensor`);
    return [name, storedTensor(name, value, archive)];
  });
  return { tensors: new Map(tensors), metadata: beside };
}

/** Whether these first bytes are those of a `torch.save` file. */
export function startsLikePth(head: Uint8Array): boolean {
  return isZip(head) || isLegacy(head);
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

function isLegacy(head: Uint8Array): boolean {
  return LEGACY_MAGIC.every((byte, index) => head[index] === byte);
}

async function openArchive(source: ByteSource): Promise<PthArchive> {
  const head = await readBytes(source, 0, Math.min(source.size, LEGACY_MAGIC.length));
  if (isZip(head)) return await openZip(source);
  if (isLegacy(head)) return await openLegacy(source);
  throw new WeightsError('not a torch.save file: it starts neither as a zip archive nor with the magic number of PyTorch before 1.6');
}

/** Where training scripts put a model's tensors. */
const KEYS = ['state_dict', 'model_state_dict', 'model', 'state_dict_ema', 'model_ema'];

interface FoundDictionary {
  readonly dictionary: ReadonlyMap<unknown, unknown>;
  /** Its name in messages. */
  readonly where: string;
  /** Strings, numbers and booleans beside it. */
  readonly beside: Record<string, string>;
}

function dictionaryIn(root: unknown): FoundDictionary {
  if (!(root instanceof Map)) {
    throw new WeightsError(
      `the file holds ${isTensor(root) ? 'a single tensor' : 'something'} instead of a dictionary; torch.save(model.state_dict(), path) writes one`,
    );
  }
  const key = KEYS.find((candidate) => root.get(candidate) instanceof Map);
  if (key !== undefined) return { dictionary: root.get(key), where: `the file's ${key}`, beside: simpleEntries(root) };
  if (Array.from(root.values()).some(isTensor)) return { dictionary: root, where: 'the file', beside: {} };
  const keys = describe(Array.from(root.keys()));
  throw new WeightsError(`the file has neither tensors nor a dictionary under ${KEYS.join(', ')}; its keys are ${keys}`);
}

function simpleEntries(root: ReadonlyMap<unknown, unknown>): Record<string, string> {
  const simple = Array.from(root).filter(
    ([name, value]) => typeof name === 'string' && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(simple.map(([name, value]) => [name, String(value)]));
}

function storedTensor(name: string, { storage, offset, shape, stride }: TorchTensor, archive: PthArchive): StoredTensor {
  const wrong = (what: string): WeightsError => new WeightsError(`the tensor ${describe(name)} ${what}`);
  if (!isStorage(storage)) throw wrong('has no storage');
  if (!isCount(offset) || !isCounts(shape) || !isCounts(stride) || shape.length !== stride.length || shape.length > MOST_AXES) {
    throw wrong('has an invalid shape, stride or offset');
  }
  const { key, dtype, length } = storage;
  const size = bytesPerNumber(dtype);
  const extent = extentOf(shape, stride);
  const bytes = archive.bytesOf(key);
  const described = `[${shape.join(', ')}] with stride [${stride.join(', ')}] and offset ${offset}`;
  if (offset + extent > length) throw wrong(`is ${described}, which exceeds its storage of ${length} values`);
  if (sizeOf(shape) > length) throw wrong(`is ${described}, which repeats the ${length} values of its storage; save it with .contiguous()`);
  if (bytes === undefined) throw wrong(`is on the storage ${describe(key)}, which is missing: the file is truncated or damaged`);
  if (bytes !== length * size) throw wrong(`is on a storage of ${length} values of type ${dtype}, which has ${bytes} bytes instead`);
  return {
    dtype,
    shape,
    async read() {
      const all = await archive.readStorage(key);
      // A copy, so that `all` can be freed.
      const range = extent === length ? all : all.slice(offset * size, (offset + extent) * size);
      if (archive.isBigEndian) swapBytes(range, dtype);
      return contiguous(toFloat32(range, dtype), shape, stride);
    },
  };
}

/** PyTorch's own limit. */
const MOST_AXES = 64;

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
