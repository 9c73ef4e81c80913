/** What a command supplies so that its work can be done in shards. */
import type { Searched } from '../files/image-files.ts';
import type { ShardCommand } from './interface.ts';
import type { Settings } from './job-record.ts';
import type { LedgerOutput } from './ledger.ts';
import type { KeyedInput } from './sources.ts';
import type { ShardFlags } from './task.ts';

/** Flags that all commands with shards have. */
export interface JobFlags extends ShardFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
}

/** A command whose work can be done in shards. */
export interface ShardedCommand<Flags extends JobFlags> {
  readonly name: ShardCommand;
  /** Which files are inputs, in folders and archives. */
  readonly searched: Searched;
  /** Throws a UsageError if flags are invalid, or cannot be used with shards. */
  check(sources: readonly string[], flags: Flags, kind: 'files' | 'archives'): void;
  /** The flags that outputs depend on. */
  settings(flags: Flags): Settings;
  /** The folder of the outputs. */
  folder(flags: Flags): string;
  /**
   * Reduces files of a folder or list, which are all inputs of the job.
   *
   * @throws UsageError if flags are invalid for them, or two have the same output.
   */
  processFiles(inputs: readonly KeyedInput[], flags: Flags): Promise<Processor>;
  /**
   * Reduces members of archives, whose results keep their names.
   *
   * @throws UsageError if flags are invalid for archives.
   */
  processMembers(flags: Flags): Promise<Processor>;
  /** Ends the programs that a processor has started, at once: for a signal handler. */
  stop(): void;
}

/** An input of a processor. */
export interface ProcessorInput {
  /** A file, or the bytes of one. */
  readonly source: string | Uint8Array;
  /** Its path for messages; for names, its path in the output folder or its name in the archive. */
  readonly path: string;
  readonly relativePath: string;
  /** A path for a new file, if the result is written into one. */
  readonly temporary: (extension?: string) => string;
  /** Rejects if an output exists that must not be replaced. Called before the work, if possible. */
  readonly refuse: (path: string) => Promise<void>;
}

/** A result. */
export interface ProcessorOutput extends Pick<LedgerOutput, 'from' | 'to'> {
  /** Where it goes: a path, or a name in the archive. */
  readonly path: string;
  /** Its bytes, or the complete file that holds them. */
  readonly content: Uint8Array | string;
}

/** The results of an input, or why it is left out. */
export type Processed = { readonly outputs: readonly ProcessorOutput[] } | { readonly skipped: string };

/** Reduces inputs, several at once within limits. */
export interface Processor {
  /** Whether members of archives are given as files, not bytes. */
  readonly needsFiles: boolean;
  /** Inputs at once. */
  readonly jobs: number;
  /** The memory for all of them together, in a unit of the processor's. */
  readonly memory: number;
  /** The share of `memory` that an input needs, from 1 to `memory`. */
  memoryOf(source: string | Uint8Array): Promise<number>;
  /** Rejects with an error whose message can be shown. */
  process(input: ProcessorInput): Promise<Processed>;
}
