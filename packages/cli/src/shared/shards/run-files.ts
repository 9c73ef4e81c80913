/** Runs a shard of files. */
import { rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { problem } from '../arguments/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readingError, writingError } from '../files/errors.ts';
import { refuseExisting } from '../files/write-file.ts';
import { printable } from '../text.ts';
import type { Processor } from './command.ts';
import type { ShardCounts } from './interface.ts';
import {
  countLines,
  type Journal,
  type Ledger,
  type LedgerLine,
  type NamesIn,
  openJournal,
  readAllLines,
  removeFiles,
  secondsSince,
} from './ledger.ts';
import { limited } from './limits.ts';
import { everWritten, ownFiles } from './own-files.ts';
import { type AllInputs, readDoneFile, removeDoneFile, removeFailure, writeDoneFile, writeLedger } from './records.ts';
import { createReporter, type RunHooks, type ShardPlace } from './run-hooks.ts';
import { withShard } from './shard-lock.ts';
import type { KeyedInput } from './sources.ts';
import { openStaging, ownPaths } from './staging.ts';
import { ShardError, troubleOf } from './trouble.ts';

/** A shard of files. */
export interface FilesShard extends ShardPlace {
  /** Its inputs. */
  readonly inputs: readonly KeyedInput[];
  /** Those of the whole job. */
  readonly all: AllInputs;
  readonly retryFailed: boolean;
  /** Replace files that are not outputs of this shard. */
  readonly force: boolean;
}

/** Does what is missing of a shard. */
export async function runFiles(shard: FilesShard, processor: Processor, hooks: RunHooks): Promise<ShardCounts> {
  const start = performance.now();
  const { path, name, inputs, all } = shard;
  return await withShard(path, async (checkLock) => {
    const { ledger, journals, pending, done } = await stateOf(shard);
    const report = createReporter(shard, hooks, inputs.length, finishedBefore(inputs, pending, ledger));
    if (done !== undefined) {
      removeFailure(path);
      return done.counts;
    }
    removeDoneFile(path);
    if (journals.length > 0) {
      // What processes left that were killed: no other journal is newer than the ledger.
      await writeLedger(path, ledger);
      removeFiles(journals);
    }
    const journal = openJournal(path);
    try {
      if (pending.length > 0) {
        const work = openWork(shard, journal, ledger, processor);
        await eachInput(pending, work.jobs, hooks.signal, async (input) => report(await work.run(input))).finally(work.close);
      }
    } finally {
      journal.close();
    }
    checkLock();
    const written = await writeLedger(path, ledger);
    await writeDoneFile(path, { shard: name, ...written, inputs: all, seconds: (performance.now() - start) / 1000 });
    removeFiles([journal.path]);
    return countLines(ledger.values());
  });
}

/** Whether a shard has nothing to do. */
export async function isFilesShardDone(shard: FilesShard, namesIn: NamesIn): Promise<boolean> {
  if (readDoneFile(shard.path) === undefined) return false;
  try {
    return (await stateOf(shard, namesIn)).done !== undefined;
  } catch {
    return false; // running it says what is damaged
  }
}

/** What the records of a shard say: what is to do, and its done file, if nothing is. */
async function stateOf(shard: FilesShard, namesIn?: NamesIn) {
  const { path, inputs, all } = shard;
  const { ledger, journals } = readAllLines(path, namesIn);
  noteRemoved(inputs, ledger);
  const pending = await inputsToDo(shard, ledger);
  const done = readDoneFile(path);
  const isDone = pending.length === 0 && journals.length === 0 && done?.inputs?.sha256 === all.sha256;
  return { ledger, journals, pending, done: isDone ? done : undefined };
}

/** Notes in the ledger which inputs are gone. */
function noteRemoved(inputs: readonly KeyedInput[], ledger: Ledger): void {
  const keys = new Set(inputs.map(({ key }) => key));
  for (const line of ledger.values()) {
    if (keys.has(line.key) || line.status === 'removed') continue;
    const { outputs: _, ...rest } = line;
    ledger.set(line.key, { ...rest, status: 'removed', earlier: everWritten(line) });
  }
}

/** Inputs whose status is looked up at once. */
const AT_ONCE = 64;

/**
 * The inputs without a line, or that came back, those that were replaced by one of another size,
 * those to try again, and those whose outputs are not there.
 */
async function inputsToDo({ inputs, folder, retryFailed }: FilesShard, ledger: Ledger): Promise<KeyedInput[]> {
  const isToDo = async ({ key, path }: KeyedInput): Promise<boolean> => {
    const line = ledger.get(key);
    if (line === undefined || line.status === 'removed' || line.inputBytes !== (await inputSizeOf(path))) return true;
    if (line.status === 'failed') return retryFailed;
    return line.status === 'done' && !(await hasOutputs(folder, line));
  };
  const pending: KeyedInput[] = [];
  for (let i = 0; i < inputs.length; i += AT_ONCE) {
    const some = inputs.slice(i, i + AT_ONCE);
    const answers = await Promise.all(some.map(isToDo));
    pending.push(...some.filter((_, j) => answers[j]));
  }
  return pending;
}

/** Whether the outputs of a line are there, with the size that it says. */
export async function hasOutputs(folder: string, { outputs = [] }: LedgerLine): Promise<boolean> {
  const sizes = await Promise.all(outputs.map(({ name }) => sizeOf(join(folder, name))));
  return outputs.every(({ bytes }, i) => bytes === sizes[i]);
}

/**
 * Bytes of a file; `undefined` if it does not exist.
 *
 * @throws ShardError if it cannot be looked up.
 */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const named = readingError(path, error);
    throw troubleOf(named) ?? new ShardError(EXIT.unusable, named.message, { cause: error });
  }
}

/** Bytes of an input. If it cannot be looked up it counts as missing: reading it says why. */
export function inputSizeOf(path: string): Promise<number | undefined> {
  return sizeOf(path).catch(() => undefined);
}

function finishedBefore(inputs: readonly KeyedInput[], pending: readonly KeyedInput[], ledger: Ledger) {
  const isPending = new Set(pending.map(({ key }) => key));
  const lines = inputs.filter(({ key }) => !isPending.has(key)).map(({ key }) => ledger.get(key));
  return { finished: lines.length, failed: lines.filter((line) => line?.status === 'failed').length };
}

/**
 * Calls `run` for each input, `jobs` at a time. After an error or a signal no other is started, and
 * those that run are waited for: the shard must not be unlocked before.
 */
async function eachInput(
  inputs: readonly KeyedInput[],
  jobs: number,
  signal: AbortSignal | undefined,
  run: (input: KeyedInput) => Promise<void>,
): Promise<void> {
  const queue = inputs.values();
  let isStopped = false;
  const work = async (): Promise<void> => {
    try {
      for (const input of queue) {
        if (isStopped) return;
        signal?.throwIfAborted();
        await run(input);
      }
    } catch (error) {
      isStopped = true;
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(jobs, inputs.length) }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** What processes the inputs of a shard. */
interface Work {
  readonly jobs: number;
  run(input: KeyedInput): Promise<LedgerLine>;
  close(): Promise<void>;
}

function openWork(shard: FilesShard, journal: Journal, ledger: Ledger, processor: Processor): Work {
  const { folder, force } = shard;
  const process = limited(processor);
  const staging = openStaging(shard.path);
  const add = (line: LedgerLine): LedgerLine => {
    journal.append(line);
    ledger.set(line.key, line);
    return line;
  };
  const files = ownFiles(ledger);
  return {
    jobs: processor.jobs,
    close: staging.remove,
    async run(input) {
      const { key, path, relativePath } = input;
      const start = performance.now();
      const inputBytes = await inputSizeOf(path);
      const made: string[] = [];
      const record = (line: Omit<LedgerLine, 'key' | 'seconds'>): LedgerLine =>
        add(files.lineOf({ key, ...line, ...(inputBytes !== undefined && { inputBytes }), seconds: secondsSince(start) }));
      const refuse = async (output: string): Promise<void> => {
        if (!force && !(await files.has(key, nameIn(folder, output), output))) await refuseExisting(output);
      };
      try {
        const processed = await process({ source: path, path, relativePath, temporary: ownPaths(staging, made), refuse });
        if ('skipped' in processed) return record({ status: 'skipped', reason: processed.skipped });
        const staged = await Promise.all(
          processed.outputs.map(async (output) => ({ ...output, ...(await staging.complete(output.content)) })),
        );
        const outputs = staged.map(({ path, from, to, bytes, sha256 }) => ({ name: nameIn(folder, path), from, to, bytes, sha256 }));
        // Another program may have written one meanwhile.
        for (const { path } of staged) await refuse(path);
        await removeAll(staged.map(({ path }) => path));
        // The line comes first: a file without one is not ours, and is not replaced. A file that is
        // replaced goes before, since it could count as the new one.
        const line = record({ status: 'done', outputs });
        for (const { name } of outputs) {
          const other = files.claim(name, key);
          if (other !== undefined) add(other);
        }
        for (const { path, file } of staged) await staging.move(file, path, { force });
        return line;
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble !== undefined) throw trouble;
        return record({ status: 'failed', reason: problem(error) });
      } finally {
        removeFiles(made); // a clip that failed leaves some
      }
    },
  };
}

/** Removes files, unless one is a folder. */
async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (info) => info.isDirectory(),
      () => false,
    );
    if (isFolder) throw new Error(`cannot write ${printable(path)}: it is a folder`);
  }
  for (const path of paths) {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw writingError(path, error);
    });
  }
}

/** The name of an output: its path in the output folder, with `/` between folders. */
function nameIn(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}
