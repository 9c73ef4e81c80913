/** Files of PyTorch's `torch.save`: a model's tensors by their names, without PyTorch and without running what a pickle asks for. */
import { bytesPerNumber, swapBytes, toFloat32 } from './dtypes.ts';
import { isCount, shown } from './json.ts';
import type { PthArchive } from './pth-archive.ts';
import { LEGACY_MAGIC, openLegacy } from './pth-legacy.ts';
import { openZip } from './pth-zip.ts';
import { contiguous, extentOf } from './strided.ts';
import { type ByteSource, readBytes, type StoredTensor, sizeOf, type TensorFile, WeightsError } from './tensor-file.ts';
import { isStorage, isTensor, type TorchTensor } from './torch-values.ts';

/**
 * Opens a file that PyTorch wrote with `torch.save`: a zip archive, as it does since version 1.6, or the format before. The dictionary of tensors may be
 * the whole file, or stand under `state_dict`, `model_state_dict` or `model`; what else is a text or a number then becomes metadata.
 *
 * The pickle in the file is read, but nothing that it names is run: names other than those that tensors, dictionaries and an optimizer's state need are
 * refused. Each tensor is read when it is asked for; in a zip archive its checksum is then compared.
 *
 * @param source - The file: a `Blob`, or anything whose bytes can be read in parts.
 * @returns The tensors by their names as they are in the file, and the metadata.
 * @throws WeightsError that says what is wrong with the file: truncated, damaged, a name that is refused, a tensor outside its storage, no dictionary of
 *   tensors (with the keys that there are).
 */
export async function readPth(source: ByteSource): Promise<TensorFile> {
  const archive = await openArchive(source);
  const { dictionary, where, beside } = dictionaryIn(archive.root);
  const tensors = Array.from(dictionary, ([name, value]): [string, StoredTensor] => {
    if (typeof name !== 'string') throw new WeightsError(`${where} has an entry whose name is no text`);
    if (!isTensor(value)) throw new WeightsError(`${where} has an entry ${shown(name)} that is no tensor`);
    return [name, storedTensor(name, value, archive)];
  });
  return { tensors: new Map(tensors), metadata: beside };
}

/** Whether a file that begins with these bytes is one of `torch.save`. */
export function beginsLikePth(head: Uint8Array): boolean {
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
  throw new WeightsError('no file of torch.save: it begins neither as a zip archive nor with the magic number of PyTorch before 1.6');
}

/** Where scripts of training put a model's tensors. */
const KEYS = ['state_dict', 'model_state_dict', 'model'];

interface FoundDictionary {
  readonly dictionary: ReadonlyMap<unknown, unknown>;
  /** What a message calls it. */
  readonly where: string;
  /** Texts, numbers and truths that stand beside it. */
  readonly beside: Record<string, string>;
}

function dictionaryIn(root: unknown): FoundDictionary {
  if (!(root instanceof Map)) {
    throw new WeightsError(
      `the file holds no dictionary${isTensor(root) ? ', but one tensor' : ''}; torch.save(model.state_dict(), path) writes one`,
    );
  }
  const key = KEYS.find((candidate) => root.get(candidate) instanceof Map);
  if (key !== undefined) return { dictionary: root.get(key), where: `the file's ${key}`, beside: simpleEntries(root) };
  if (Array.from(root.values()).some(isTensor)) return { dictionary: root, where: 'the file', beside: {} };
  const keys = Array.from(root.keys(), (name) => (typeof name === 'string' ? name : typeof name)).join(', ');
  throw new WeightsError(`the file has no tensors, nor a dictionary under ${KEYS.join(', ')}; its keys are ${shown(keys)}`);
}

function simpleEntries(root: ReadonlyMap<unknown, unknown>): Record<string, string> {
  const simple = Array.from(root).filter(
    ([name, value]) => typeof name === 'string' && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(simple.map(([name, value]) => [name, String(value)]));
}

function storedTensor(name: string, { storage, offset, shape, stride }: TorchTensor, archive: PthArchive): StoredTensor {
  const wrong = (what: string): WeightsError => new WeightsError(`the tensor ${shown(name)} ${what}`);
  if (!isStorage(storage)) throw wrong('has no storage');
  if (!isCount(offset) || !isCounts(shape) || !isCounts(stride) || shape.length !== stride.length || shape.length > MOST_AXES) {
    throw wrong('has a shape, steps or an offset that are no sizes');
  }
  const { key, dtype, length } = storage;
  const size = bytesPerNumber(dtype);
  const extent = extentOf(shape, stride);
  const bytes = archive.bytesOf(key);
  const described = `[${shape.join(', ')}] with the steps [${stride.join(', ')}] from ${offset} on`;
  if (offset + extent > length) throw wrong(`is ${described}, which its storage of ${length} values does not hold`);
  if (sizeOf(shape) > length) throw wrong(`is ${described}, which repeats the ${length} values of its storage; save it with .contiguous()`);
  if (bytes === undefined) throw wrong(`is on the storage ${shown(key)}, which is missing: the file is truncated or damaged`);
  if (bytes !== length * size) throw wrong(`is on a storage of ${length} values of type ${dtype}, but that has ${bytes} bytes`);
  return {
    dtype,
    shape,
    async read() {
      const all = await archive.readStorage(key);
      const range = extent === length ? all : all.slice(offset * size, (offset + extent) * size); // a copy, so that `all` can go
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
