/** Runs a shard that is an archive: writes another archive with the same samples. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { EXIT, UsageError } from '../exit-codes.ts';
import { existsAlready } from '../files/write-file.ts';
import { printable } from '../text.ts';
import { type Member, readSamples } from './archive.ts';
import type { Processor } from './command.ts';
import type { ShardCounts } from './interface.ts';
import { type Ledger, removeFiles } from './ledger.ts';
import { limited } from './limits.ts';
import { recordPaths } from './record-paths.ts';
import { type DoneFile, readDoneFile, removeDoneFile, removeFailure, writeDoneFile, writeFailure, writeLedger } from './records.ts';
import { inputSizeOf, sizeOf } from './run-files.ts';
import { createReporter, type RunHooks, type ShardPlace } from './run-hooks.ts';
import { createSampleProcessor } from './samples.ts';
import { withShard } from './shard-lock.ts';
import { openStaging, type Staging } from './staging.ts';
import { ShardError, troubleOf } from './trouble.ts';

/** A shard that is an archive. */
export interface ArchiveShard extends ShardPlace {
  /** The archive that is read. */
  readonly source: string;
  /** Whether a member of this name is an input. */
  readonly isInput: (name: string) => boolean;
  readonly retryFailed: boolean;
  /** Replace an archive that is not the output of this shard. */
  readonly force: boolean;
}

/** Does a shard, unless it is done. */
export async function runArchive(shard: ArchiveShard, processor: Processor, hooks: RunHooks): Promise<ShardCounts> {
  const start = performance.now();
  const { path, name, force } = shard;
  const target = recordPaths(path).archive;
  return await withShard(path, async (checkLock) => {
    const done = readDoneFile(path);
    if (done !== undefined && (await isArchiveDone(shard))) {
      removeFailure(path);
      return done.counts;
    }
    if (done !== undefined && (await sizeOf(target)) !== done.archive?.outputBytes) removeDoneFile(path);
    const isOurs = force || existsSync(recordPaths(path).ledger);
    if (!isOurs && (await existsAlready(target))) throw new UsageError(`${printable(target)} already exists; use --force to replace it`);
    const staging = openStaging(path);
    try {
      const temporary = staging.path('.tar');
      const { ledger, ...archive } = await rewrite(shard, temporary, staging, processor, hooks);
      checkLock();
      removeDoneFile(path);
      // Before the archive, which is only ours by it.
      const written = await writeLedger(path, ledger);
      await staging.move(temporary, target, { force: isOurs });
      await writeDoneFile(path, { shard: name, ...written, archive, seconds: (performance.now() - start) / 1000 });
      return written.counts;
    } catch (error) {
      if (error instanceof ShardError && error.exitCode === EXIT.unusable) {
        // That of an archive that was replaced is not true any more.
        if ((await inputSizeOf(shard.source)) !== undefined) removeDoneFile(path);
        await writeFailure(path, name, error.message);
      }
      throw error;
    } finally {
      await staging.remove();
    }
  });
}

/** Whether a shard has nothing to do. */
export async function isArchiveDone(shard: ArchiveShard): Promise<boolean> {
  const done = readDoneFile(shard.path);
  return done !== undefined && !(shard.retryFailed && done.counts.failed > 0) && (await isWhole(shard, done));
}

/** Whether the archive that was written is there, and the one that was read is still the same. */
async function isWhole({ path, source }: ArchiveShard, { archive }: DoneFile): Promise<boolean> {
  const [input, output] = await Promise.all([inputSizeOf(source), sizeOf(recordPaths(path).archive)]);
  return output === archive?.outputBytes && (input === undefined || input === archive?.inputBytes);
}

/** Members of more bytes are kept in files while their sample is processed. */
const IN_MEMORY = 2 ** 24;

/** Samples that wait for an earlier one, for each that is processed. */
const WAITING = 2;

/** Writes the new archive, and finds its ledger. */
async function rewrite(shard: ArchiveShard, temporary: string, staging: Staging, processor: Processor, hooks: RunHooks) {
  const inputBytes = (await inputSizeOf(shard.source)) ?? 0;
  const archive = openArchive(temporary);
  const ledger: Ledger = new Map();
  const report = createReporter(shard, hooks);
  const processSample = createSampleProcessor(shard, limited(processor), staging);
  const waiting: ReturnType<typeof processSample>[] = [];
  const writeNext = async (): Promise<void> => {
    const sample = await waiting.shift();
    if (sample === undefined) return;
    for (const member of sample.members) await archive.add(member);
    removeFiles(sample.files);
    const { line } = sample;
    if (line === undefined) return;
    ledger.set(line.key, line);
    report(line);
  };
  const fileFor = ({ name, size = 0, type }: Member['header']): string | undefined => {
    if (type !== 'file' && type !== 'contiguous-file') return undefined;
    const isNeeded = processor.needsFiles && shard.isInput(name);
    return isNeeded || size > IN_MEMORY ? staging.path(/\.\w+$/.exec(name)?.[0]) : undefined;
  };
  try {
    for await (const sample of readSamples(shard.source, fileFor)) {
      hooks.signal?.throwIfAborted();
      const processed = processSample(sample);
      processed.catch(() => {}); // thrown when it is its turn
      waiting.push(processed);
      if (waiting.length > WAITING * processor.jobs) await writeNext();
    }
    while (waiting.length > 0) await writeNext();
    return { ledger, inputBytes, ...(await archive.end()) };
  } catch (error) {
    await Promise.allSettled(waiting);
    throw await archive.fail(error);
  }
}

/** An archive that is written. */
interface OpenArchive {
  add(member: Member): Promise<void>;
  /** Completes it, down to the disk. */
  end(): Promise<{ readonly outputBytes: number; readonly sha256: string }>;
  /** Gives it up. Returns the error of the file, if that is why `error` came, or `error`. */
  fail(error: unknown): Promise<unknown>;
}

function openArchive(path: string): OpenArchive {
  const members = pack();
  const digest = createHash('sha256');
  let outputBytes = 0;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of members as AsyncIterable<Buffer>) {
      digest.update(chunk);
      outputBytes += chunk.length;
      yield chunk;
    }
  };
  const writing = pipeline(chunks(), createWriteStream(path, { flags: 'wx', flush: true }));
  writing.catch(() => {}); // members fail too, and fail() says why
  return {
    add: (member) => addMember(members, member),
    async end() {
      members.finalize();
      await writing;
      return { outputBytes, sha256: digest.digest('hex') };
    },
    async fail(error) {
      members.destroy();
      const own = await writing.catch((failure: unknown) => failure);
      return troubleOf(error) ?? troubleOf(own) ?? error;
    },
  };
}

/** The largest values that tar-stream writes. It garbles others, and negative ones. */
const LARGEST = { uid: 0o777777, gid: 0o777777, mtime: 2 ** 31 - 1 };

/** The header of a member as it was. Values that tar-stream cannot write become pax records. */
function writtenHeader({ pax, mode = 0, uid = 0, gid = 0, mtime = new Date(0), ...header }: Member['header']) {
  const values = { uid, gid, mtime: Math.floor(mtime.getTime() / 1000) };
  const records = Object.entries(values).filter(([name, value]) => value < 0 || value > LARGEST[name as keyof typeof values]);
  for (const [name] of records) values[name as keyof typeof values] = 0;
  const kept = Object.entries(pax ?? {}).filter(([name]) => !['size', 'path', 'linkpath'].includes(name));
  // tar-stream reads negative values one too large.
  const added = records.map(([name, value]) => [name, String(value < 0 ? value - 1 : value)]);
  const written = Object.fromEntries([...added, ...kept]);
  return {
    ...header,
    // With the bit of regular files, which is not written: a mode of 0 would become 644.
    ...{ mode: mode | 0o100000, uid: values.uid, gid: values.gid, mtime: new Date(1000 * values.mtime) },
    pax: Object.keys(written).length > 0 ? written : null,
  };
}

/** Adds a member as it was, with its new name and size. */
async function addMember(members: Pack, { header, content }: Member): Promise<void> {
  const given = writtenHeader(header);
  if (typeof content === 'string') {
    const size = (await sizeOf(content)) ?? 0;
    await pipeline(createReadStream(content), members.entry({ ...given, size }) as unknown as NodeJS.WritableStream);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    members.entry({ ...given, size: content.length }, Buffer.from(content.buffer, content.byteOffset, content.length), (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
