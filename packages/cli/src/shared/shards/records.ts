/**
 * What a shard records beside its outputs: `00003.ledger.jsonl`, `00003.done.json`, which is
 * written last, and `00003.failed.json` if the shard could not be used.
 */
import { hash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { EXIT } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';
import { writeAtomic } from '../files/write-file.ts';
import { printable } from '../text.ts';
import type { ShardCounts } from './interface.ts';
import { countLines, type Ledger, ledgerText } from './ledger.ts';
import { recordPaths } from './record-paths.ts';
import { ShardError } from './trouble.ts';

/** All inputs of a job on files, as a shard saw them. */
export interface AllInputs {
  readonly count: number;
  /** SHA-256 of all keys, in Unicode's form NFC, sorted, each with a newline. */
  readonly sha256: string;
}

/** The contents of a done file. */
export interface DoneFile {
  readonly format: 'softpool-shard';
  readonly shard: string;
  readonly counts: ShardCounts;
  readonly ledger: { readonly bytes: number; readonly sha256: string };
  /** Of files: all inputs of the job. Shards that saw other inputs do not fit together. */
  readonly inputs?: AllInputs;
  /** Of an archive: the archive that was read, and the one that was written. */
  readonly archive?: { readonly inputBytes: number; readonly outputBytes: number; readonly sha256: string };
  /** Seconds that the last run took, and when it ended, in ISO 8601. */
  readonly seconds: number;
  readonly finished: string;
}

/** The contents of a file about a shard that could not be used. */
interface FailedFile {
  readonly format: 'softpool-failed-shard';
  readonly shard: string;
  readonly reason: string;
}

/** The done file of a shard; `undefined` if there is none, or another file of this name. */
export function readDoneFile(shardPath: string): DoneFile | undefined {
  const file = readJson(recordPaths(shardPath).done) as DoneFile | undefined;
  return file?.format === 'softpool-shard' ? file : undefined;
}

/** Why a shard could not be used; `undefined` if it was not tried, or could be used. */
export function readFailure(shardPath: string): string | undefined {
  const file = readJson(recordPaths(shardPath).failed) as FailedFile | undefined;
  return file?.format === 'softpool-failed-shard' ? file.reason : undefined;
}

/** Removes the done file: the shard is about to change. */
export function removeDoneFile(shardPath: string): void {
  rmSync(recordPaths(shardPath).done, { force: true });
}

/** Writes the ledger. Without a done file beside it, the shard is not done. */
export async function writeLedger(shardPath: string, ledger: Ledger): Promise<Pick<DoneFile, 'ledger' | 'counts'>> {
  const text = ledgerText(ledger);
  const bytes = Buffer.from(text);
  await writeAtomic(recordPaths(shardPath).ledger, bytes, { force: true });
  return { counts: countLines(ledger.values()), ledger: { bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') } };
}

/** Writes the done file, last. */
export async function writeDoneFile(shardPath: string, done: Omit<DoneFile, 'format' | 'finished'>): Promise<void> {
  const file: DoneFile = { format: 'softpool-shard', ...done, finished: new Date().toISOString() };
  await writeAtomic(recordPaths(shardPath).done, Buffer.from(`${JSON.stringify(file, null, 2)}\n`), { force: true });
  removeFailure(shardPath);
}

/** Removes what said why the shard could not be used. */
export function removeFailure(shardPath: string): void {
  rmSync(recordPaths(shardPath).failed, { force: true });
}

/** Records why a shard cannot be used. */
export async function writeFailure(shardPath: string, shard: string, reason: string): Promise<void> {
  const file: FailedFile = { format: 'softpool-failed-shard', shard, reason };
  await writeAtomic(recordPaths(shardPath).failed, Buffer.from(`${JSON.stringify(file, null, 2)}\n`), { force: true });
}

function readJson(path: string): { readonly format?: string } | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as { readonly format?: string } | null;
    return value ?? undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ShardError(EXIT.tryAgain, `${printable(path)}: ${systemError(error)}`, { cause: error });
  }
}
