/**
 * Ledgers: the result of each input of a shard, as JSON lines.
 *
 * While a shard runs, each process appends to a hidden journal of its own, so that two never write
 * to one file. `kill -9` can leave half a line at its end, which is ignored. At its end the process
 * writes the ledger from all journals, and removes them.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';
import type { Sides } from '../sides.ts';
import { printable } from '../text.ts';
import type { ShardCounts } from './interface.ts';
import { recordPaths } from './record-paths.ts';
import { ShardError } from './trouble.ts';

/** A file that was made from an input. */
export interface LedgerOutput {
  /** Its path in the output folder, or its name in the archive, with `/` between folders. */
  readonly name: string;
  /** The sides of the input and of the output, in pixels. */
  readonly from: Sides;
  readonly to: Sides;
  readonly bytes: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** A file of an earlier run. */
export type EarlierOutput = Pick<LedgerOutput, 'name' | 'sha256'>;

/** A line of a ledger. */
export interface LedgerLine {
  /** The path of the input below what named it, or the key of a sample of an archive. */
  readonly key: string;
  /** `removed`: the input is gone, and does not count. */
  readonly status: keyof ShardCounts | 'removed';
  /** Why it failed, or was skipped. */
  readonly reason?: string;
  readonly inputBytes?: number;
  readonly outputs?: readonly LedgerOutput[];
  /** Files of earlier runs that are not its outputs any more. The shard may replace them. */
  readonly earlier?: readonly EarlierOutput[];
  readonly seconds: number;
}

/** Seconds since `start`, a `performance.now()`, rounded to milliseconds. */
export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}

/** The lines by key; of several with one key, the last counts. */
export type Ledger = Map<string, LedgerLine>;

/** Numbers of lines by their status. */
export function countLines(lines: Iterable<LedgerLine>): ShardCounts {
  const counts = { done: 0, failed: 0, skipped: 0, copied: 0 };
  for (const { status } of lines) if (status !== 'removed') counts[status]++;
  return counts;
}

/** The text of a ledger, in the order of the keys. */
export function ledgerText(ledger: Ledger): string {
  const lines = [...ledger.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/**
 * Adds the lines of a file, if it exists.
 *
 * @throws ShardError if it is damaged: outputs are only known to be ours by its lines.
 */
function readLedger(path: string, ledger: Ledger = new Map()): Ledger {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ledger;
    throw new ShardError(EXIT.tryAgain, `${printable(path)}: ${systemError(error)}`, { cause: error });
  }
  const lines = text.split('\n');
  lines.pop(); // empty, or half a line of a process that was killed
  for (const [i, text] of lines.entries()) {
    const line = parseLine(text);
    if (line === undefined)
      throw new ShardError(EXIT.unusable, `${printable(path)} is damaged in line ${i + 1}; restore it, or remove it with its outputs`);
    ledger.set(line.key, line);
  }
  return ledger;
}

function parseLine(text: string): LedgerLine | undefined {
  try {
    const line = JSON.parse(text) as LedgerLine | null;
    return typeof line?.key === 'string' && typeof line.status === 'string' ? line : undefined;
  } catch {
    return undefined;
  }
}

/** The names of the files in a folder, or at least of all hidden ones. */
export type NamesIn = (folder: string) => readonly string[];

/** Lists each folder once, for many shards: a folder can have a million outputs. */
export function hiddenNamesOnce(): NamesIn {
  const known = new Map<string, readonly string[]>();
  return (folder) => {
    const names = known.get(folder) ?? readdirSync(folder).filter((name) => name.startsWith('.'));
    known.set(folder, names);
    return names;
  };
}

/** The hidden files beside a shard's records whose names start alike, such as its journals. */
export function hiddenFiles(shardPath: string, kind: 'journal' | 'staging', namesIn: NamesIn = readdirSync): string[] {
  const start = `.${basename(shardPath)}.${kind}-`;
  const folder = dirname(shardPath);
  return namesIn(folder)
    .filter((name) => name.startsWith(start))
    .map((name) => join(folder, name));
}

/** A new path for such a file. */
export function hiddenFile(shardPath: string, kind: 'journal' | 'staging'): string {
  return join(dirname(shardPath), `.${basename(shardPath)}.${kind}-${randomUUID()}`);
}

/** A file that lines are appended to. */
export interface Journal {
  readonly path: string;
  append(line: LedgerLine): void;
  close(): void;
}

/** A new journal of a shard. The file is created with its first line. */
export function openJournal(shardPath: string): Journal {
  const path = hiddenFile(shardPath, 'journal');
  let file: number | undefined;
  return {
    path,
    append(line) {
      file ??= openSync(path, 'ax');
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      const { size } = fstatSync(file);
      try {
        for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      } catch (error) {
        ftruncateSync(file, size); // inputs that are processed at the same time still add lines
        throw error;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** The lines of a shard: those of its ledger, and newer ones of journals. */
export function readAllLines(shardPath: string, namesIn?: NamesIn): { readonly ledger: Ledger; readonly journals: readonly string[] } {
  // A process that ends meanwhile removes its journal.
  const time = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // The newest counts.
  const journals = hiddenFiles(shardPath, 'journal', namesIn).sort((a, b) => time(a) - time(b));
  const newer: Ledger = new Map();
  for (const journal of journals) readLedger(journal, newer);
  // Read last: it has the lines of journals that were removed meanwhile.
  const ledger = readLedger(recordPaths(shardPath).ledger);
  return { ledger: new Map([...ledger, ...newer]), journals };
}

/** Removes files, such as journals whose lines are in the ledger. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}
