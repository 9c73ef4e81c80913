/**
 * The format of `torch.save` before PyTorch 1.6, and since then on request: five pickles (a magic
 * number, the version, the machine, the value, the keys of the storages), then the storages in the
 * order of their keys, each preceded by its number of values.
 */
import { describe } from 'softpool/internal';
import { bytesPerNumber } from './dtypes.ts';
import { type PickleHost, unpickle } from './pickle.ts';
import type { PthArchive } from './pth-archive.ts';
import { type ByteSource, readBytes, WeightsError } from './tensor-file.ts';
import { type TorchStorage, torchHost } from './torch-values.ts';

/** The pickle of the magic number 0x1950a86a20f9469cfc6c, which starts each file. */
export const LEGACY_MAGIC = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

/** Opens a file. Rejects with `WeightsError` if it is not from `torch.save`, or truncated. */
export async function openLegacy(source: ByteSource): Promise<PthArchive> {
  const head = await readBytes(source, 0, Math.min(source.size, LONGEST_PICKLES));
  const version = unpickle(head, LEGACY_MAGIC.length, NO_NAMES);
  if (version.value !== 1001) throw new WeightsError('unknown version of the format before PyTorch 1.6, expected 1001');
  const machine = unpickle(head, version.end, NO_NAMES);
  const host = torchHost();
  const root = unpickle(head, machine.end, host);
  const keys = unpickle(head, root.end, NO_NAMES);
  const places = placesOf(keys.value, host.storages, keys.end, source.size);
  return {
    root: root.value,
    isBigEndian: machine.value instanceof Map && machine.value.get('little_endian') === false,
    bytesOf: (key) => places.get(key)?.bytes,
    async readStorage(key) {
      const place = places.get(key);
      if (place === undefined) throw new WeightsError(`the file lacks the storage ${describe(key)}`);
      return await readStorage(source, key, place);
    },
  };
}

/** Far more than the pickles need, because tensor values are not in them. */
const LONGEST_PICKLES = 2 ** 24;

const NO_NAMES: PickleHost = { global: refuse, call: refuse, persistent: refuse };

function refuse(): never {
  throw new WeightsError('the file is damaged: it has a reference where PyTorch writes only numbers and strings');
}

interface StoragePlace {
  /** Position of its length, which its values follow. */
  readonly start: number;
  readonly length: number;
  readonly bytes: number;
}

function placesOf(keys: unknown, storages: ReadonlyMap<string, TorchStorage>, start: number, size: number): Map<string, StoragePlace> {
  if (!Array.isArray(keys)) throw new WeightsError('the file is damaged: the list of storages is missing');
  const places = new Map<string, StoragePlace>();
  let end = start;
  for (const key of keys as unknown[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key)) {
      throw new WeightsError(`the file is damaged: it lists ${describe(key)}, which is not a storage or was listed before`);
    }
    const bytes = storage.length * bytesPerNumber(storage.dtype);
    places.set(storage.key, { start: end, length: storage.length, bytes });
    end += LENGTH_BYTES + bytes;
  }
  if (end === size) return places;
  const what = end > size ? 'is truncated' : 'is too long';
  throw new WeightsError(`the file ${what}: its storages end at byte ${end}, but it has ${size} bytes`);
}

const LENGTH_BYTES = 8;

async function readStorage(source: ByteSource, key: string, { start, length, bytes }: StoragePlace): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readBytes(source, start, LENGTH_BYTES + bytes);
  const written = new DataView(content.buffer).getBigInt64(0, true);
  if (Number(written) === length) return content.subarray(LENGTH_BYTES);
  throw new WeightsError(`the file is damaged: its storage ${describe(key)} has ${written} values, expected ${length}`);
}
