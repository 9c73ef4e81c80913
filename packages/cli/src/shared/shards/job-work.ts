/** The work on a job, for files and for archives alike. */
import type { Task } from './assignment.ts';
import type { JobFlags, Processor } from './command.ts';
import type { ShardCounts } from './interface.ts';
import type { NamesIn } from './ledger.ts';
import type { RunHooks, ShardPlace } from './run-hooks.ts';

/** The shards of a job, and the function that runs one. */
export interface JobWork {
  /** The names of all shards. */
  readonly shards: readonly string[];
  /** Those that this process is to do. */
  readonly mine: readonly string[];
  /** Whether nothing is missing of a shard. */
  isDone(shard: ShardPlace, namesIn: NamesIn): Promise<boolean>;
  /** Does what is missing of a shard. */
  run(shard: ShardPlace, hooks: RunHooks): Promise<ShardCounts>;
}

/** What the work on a job depends on. */
export interface JobContext {
  /** Whether a member of an archive is an input, by its name. */
  readonly isInput: (name: string) => boolean;
  readonly processor: Processor;
  readonly flags: JobFlags;
  /** What this process is to do; `undefined`: all. */
  readonly task: Task | undefined;
  /** The number of tasks; `undefined` if none was given. */
  readonly count: number | undefined;
}
