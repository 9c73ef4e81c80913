/** WebDataset archives: tar files whose members are grouped into samples by their names. */
import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { EXIT } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';
import { oneLine, printable } from '../text.ts';
import { ShardError, troubleOf } from './trouble.ts';

/** A member of an archive. */
export interface Member {
  readonly header: Header;
  /** Its bytes, or a file that holds them. */
  readonly content: Uint8Array | string;
}

/** Members that follow each other and belong together. */
export interface Sample {
  /** Their common name; `undefined` for what is not a file, such as a folder. */
  readonly key: string | undefined;
  readonly members: readonly Member[];
}

/** Where members are kept while their sample is read: in memory, or in a new file. */
export type FileFor = (header: Header) => string | undefined;

/**
 * The key of a sample: the name of a member up to the first dot of its last part, as WebDataset has
 * it.
 */
export function sampleKey(name: string): string {
  const start = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', start);
  return dot <= start ? name : name.slice(0, dot);
}

/**
 * Reads an archive sample by sample.
 *
 * @throws ShardError if it cannot be read, is not a tar file, or is cut off.
 */
export async function* readSamples(path: string, fileFor: FileFor): AsyncGenerator<Sample, void, void> {
  try {
    await checkEnd(path);
    let key: string | undefined;
    let members: Member[] = [];
    for await (const member of readMembers(path, fileFor)) {
      const isFile = member.header.type === 'file' || member.header.type === 'contiguous-file';
      const memberKey = isFile ? sampleKey(member.header.name) : undefined;
      if (members.length > 0 && (memberKey === undefined || memberKey !== key)) {
        yield { key, members };
        members = [];
      }
      key = memberKey;
      members.push(member);
    }
    if (members.length > 0) yield { key, members };
  } catch (error) {
    if (error instanceof ArchiveError) throw new ShardError(EXIT.unusable, `${printable(path)}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What is wrong with an archive. */
class ArchiveError extends Error {}

async function* readMembers(path: string, fileFor: FileFor): AsyncGenerator<Member, void, void> {
  const members = extract();
  const source = createReadStream(path, { highWaterMark: 2 ** 20 });
  const reading = pipeline(source, members);
  reading.catch(() => {}); // the loop throws the same error
  try {
    for await (const entry of members) {
      const { header } = entry;
      if (header.name.includes('\ufffd')) throw new ArchiveError(`the name ${printable(header.name)} of a member is not valid UTF-8`);
      if ((header.type as Header['type'] | null) === null || header.type === 'fifo')
        throw new ArchiveError(`${printable(header.name)} is of a kind that cannot be copied, such as a sparse file or a pipe`);
      const file = fileFor(header);
      if (file !== undefined) await writeFile(file, entry as AsyncIterable<Uint8Array>);
      yield { header, content: file ?? (await buffer(entry as AsyncIterable<Uint8Array>)) };
    }
  } catch (error) {
    if (error instanceof ArchiveError || troubleOf(error) !== undefined || (error as NodeJS.ErrnoException).syscall !== undefined)
      throw error;
    throw new ArchiveError(`it is damaged, or not a tar archive: ${oneLine(error)}`, { cause: error });
  } finally {
    source.destroy();
    members.destroy();
  }
}

/** Blocks of zeros that end an archive. */
const END = 1024;

/**
 * Throws unless the file ends as archives do. One that is cut off between two members looks
 * complete otherwise.
 */
async function checkEnd(path: string): Promise<void> {
  const file = await open(path).catch((error: unknown) => {
    throw troubleOf(error) ?? new ArchiveError(systemError(error), { cause: error });
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new ArchiveError('it is not a file');
    if (info.size < END) throw new ArchiveError(info.size === 0 ? 'the file is empty' : 'it is too short for a tar archive');
    const { buffer: end } = await file.read(Buffer.alloc(END), 0, END, info.size - END);
    if (end.some((byte) => byte !== 0)) {
      throw new ArchiveError('it is cut off, or not a tar archive: the blocks of zeros at its end are missing');
    }
  } finally {
    await file.close();
  }
}
