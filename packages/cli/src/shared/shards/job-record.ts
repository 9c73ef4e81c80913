/**
 * `job.json` in the output folder: what all shards of a job must have in common. The first process
 * writes it, and the others compare theirs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kebabCase } from '../arguments/errors.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';
import { existsAlready, writeAtomic } from '../files/write-file.ts';
import { printable } from '../text.ts';
import { VERSION } from '../version.ts';
import type { ShardCommand } from './interface.ts';
import { outputFolderError, ShardError, troubleOf } from './trouble.ts';

/** Options that outputs depend on, by name, as they are given on a command line. */
export type Settings = Readonly<Record<string, string | number | boolean | undefined>>;

/** The contents of job.json. */
export interface JobRecord {
  readonly format: 'softpool-job';
  readonly command: ShardCommand;
  readonly settings: Settings;
  /** The number of tasks; `null` if none was given, which only archives allow. */
  readonly shards: number | null;
  /** The names of all archives, without `.tar`; `null` for a job on files. */
  readonly archives: readonly string[] | null;
  /** The number of the first task of the whole Slurm array. */
  readonly firstSlurmTask?: number;
  /** The version of `@softpool/cli` that wrote this. */
  readonly version: string;
}

/** What a process would write. */
export type NewJob = Omit<JobRecord, 'format' | 'version'>;

const NAME = 'job.json';

/**
 * The job of a folder; `undefined` if there is none.
 *
 * @throws UsageError if job.json is another file.
 */
export function readJob(folder: string): JobRecord | undefined {
  const path = join(folder, NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw troubleOf(error) ?? new UsageError(`${printable(path)}: ${systemError(error)}`, { cause: error });
  }
  try {
    const job = JSON.parse(text) as Partial<JobRecord> | null;
    if (job?.format === 'softpool-job' && typeof job.settings === 'object') return job as JobRecord;
  } catch (error) {
    // Where the file system has no hard links, an empty file precedes the complete one.
    if (text === '') throw new ShardError(EXIT.tryAgain, `${printable(path)} is being written`, { cause: error });
  }
  throw new UsageError(`${printable(path)} is not a job of softpool; choose another folder`);
}

/**
 * Records a job, unless the folder has it already.
 *
 * @returns A warning if another version of the command started the job.
 * @throws UsageError that names what differs from the job in the folder; ShardError if the folder
 * cannot be written.
 */
export async function recordJob(folder: string, job: NewJob): Promise<string | undefined> {
  if (readJob(folder) === undefined) {
    const path = join(folder, NAME);
    const record: JobRecord = { format: 'softpool-job', ...job, version: VERSION };
    try {
      await writeAtomic(path, Buffer.from(`${JSON.stringify(record, null, 1)}\n`), { force: false });
      return undefined;
    } catch (error) {
      if (troubleOf(error) !== undefined || !(await existsAlready(path))) throw outputFolderError(error as Error);
      // Another process was faster.
    }
  }
  return checkJob(folder, job);
}

/** Does the same for a dry run, which records nothing. */
export function checkJob(folder: string, job: NewJob): string | undefined {
  const existing = readJob(folder);
  if (existing === undefined) return undefined;
  const different = differences(existing, job);
  if (different.length > 0) {
    throw new UsageError(`${printable(folder)} has a job with other options: ${different.join('; ')}; use the same, or another folder`);
  }
  if (existing.version === VERSION) return undefined;
  return `${printable(folder)} was started by version ${printable(String(existing.version))}, and this is ${VERSION}; results may differ`;
}

/** What differs between a job and another, in the names of flags. */
function differences(before: JobRecord, now: NewJob): string[] {
  if (before.command !== now.command)
    return [`the command was softpool ${printable(String(before.command))} and is now softpool ${now.command}`];
  const names = [...new Set([...Object.keys(before.settings), ...Object.keys(now.settings)])];
  const words = names
    .filter((name) => before.settings[name] !== now.settings[name])
    .map((name) => changed(`--${kebabCase(name)}`, before.settings[name], now.settings[name]));
  if (before.shards !== now.shards) words.push(changed('--shards', before.shards, now.shards));
  const [gone, added] = [missing(before.archives, now.archives), missing(now.archives, before.archives)];
  if ((before.archives === null) !== (now.archives === null)) {
    words.push(
      `the inputs were ${before.archives === null ? 'files' : 'archives'} and are now ${now.archives === null ? 'files' : 'archives'}`,
    );
  } else {
    if (gone !== undefined) words.push(`the archive ${printable(gone)}.tar is missing`);
    if (added !== undefined) words.push(`the archive ${printable(added)}.tar is new`);
  }
  return words;
}

function changed(flag: string, before: unknown, now: unknown): string {
  const word = (value: unknown): string => (value === undefined || value === null ? 'not given' : printable(String(value)));
  return `${flag} was ${word(before)} and is now ${word(now)}`;
}

/** The first name that the other list lacks. */
function missing(names: readonly string[] | null, others: readonly string[] | null): string | undefined {
  const known = new Set(others);
  return names?.find((name) => !known.has(name));
}
