/**
 * The format of `torch.save` since PyTorch 1.6: an uncompressed zip archive with a folder of any
 * name that holds `data.pkl`, the pickle; `data/0`, `data/1`…, the storages; since 2.1 `byteorder`.
 */
import { type FileEntry, Reader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { describe } from 'softpool/internal';
import { unpickle } from './pickle.ts';
import type { PthArchive } from './pth-archive.ts';
import { type ByteSource, readBytes, WeightsError } from './tensor-file.ts';
import { torchHost } from './torch-values.ts';
import { withoutNeedlessZip64 } from './zip-end.ts';

/** Opens an archive. Rejects with `WeightsError` if it is not a zip archive of `torch.save`. */
export async function openZip(source: ByteSource): Promise<PthArchive> {
  const entries = await entriesOf(source);
  const folder = folderOf(entries);
  const pickle = await contentOf(entries, `${folder}data.pkl`);
  const order = entries.has(`${folder}byteorder`)
    ? new TextDecoder().decode(await contentOf(entries, `${folder}byteorder`)).trim()
    : 'little';
  if (order !== 'little' && order !== 'big')
    throw new WeightsError(`the archive's byteorder must be little or big, received ${describe(order)}`);
  return {
    root: unpickle(pickle, 0, torchHost()).value,
    isBigEndian: order === 'big',
    bytesOf: (key) => entries.get(`${folder}data/${key}`)?.uncompressedSize,
    readStorage: (key) => contentOf(entries, `${folder}data/${key}`),
  };
}

type Entries = ReadonlyMap<string, FileEntry>;

async function entriesOf(source: ByteSource): Promise<Entries> {
  const entries = new Map<string, FileEntry>();
  const reader = new ZipReader(new SourceReader(await withoutNeedlessZip64(source)), { useWebWorkers: false, checkSignature: true });
  const all = await reader.getEntries().catch((error: Error) => {
    throw new WeightsError(`the zip archive is truncated or damaged: ${error.message}`, { cause: error });
  });
  for (const entry of all) {
    if (entry.directory) continue;
    if (entry.compressedSize > source.size)
      throw new WeightsError(`the zip archive is truncated: bytes of ${describe(entry.filename)} are missing`);
    if (entries.has(entry.filename)) throw new WeightsError(`the zip archive has ${describe(entry.filename)} twice`);
    entries.set(entry.filename, entry);
  }
  return entries;
}

/** The folder's name with a trailing slash. */
function folderOf(entries: Entries): string {
  const folders = Array.from(entries.keys(), (name) => /^([^/]+\/)data\.pkl$/.exec(name)?.[1]).filter((folder) => folder !== undefined);
  const [folder] = folders;
  if (folder === undefined || folders.length > 1) {
    const names = describe(Array.from(entries.keys()));
    throw new WeightsError(
      `the zip archive is not from torch.save: it has ${folders.length} files data.pkl in a folder; its files are ${names}`,
    );
  }
  if (!entries.has(`${folder}constants.pkl`)) return folder;
  throw new WeightsError(
    'the archive is a TorchScript program; save its tensors in PyTorch: torch.save(torch.jit.load(path).state_dict(), new_path)',
  );
}

async function contentOf(entries: Entries, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const entry = entries.get(name);
  if (entry === undefined) throw new WeightsError(`the archive lacks ${describe(name)}`);
  // torch.save does not compress, and a compressed entry could claim any size.
  if (entry.compressionMethod !== STORED || entry.encrypted || entry.compressedSize !== entry.uncompressedSize) {
    throw new WeightsError(`the archive's ${describe(name)} is compressed or encrypted, unlike torch.save's; save it again with PyTorch`);
  }
  try {
    return await entry.getData(new Uint8ArrayWriter());
  } catch (error) {
    throw new WeightsError(`cannot read the archive's ${describe(name)}, which may be damaged: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const STORED = 0;

/** A {@link ByteSource} as a reader for zip.js. */
class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }

  override readUint8Array(start: number, length: number): Promise<Uint8Array> {
    return readBytes(this.#source, start, Math.max(0, Math.min(length, this.size - start)));
  }
}
