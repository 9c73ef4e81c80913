/**
 * The interface for programs that hand out shards, such as a queue. All values are JSON, so that a
 * job can be sent to another process. `src/run-shard.ts` implements it for the commands.
 *
 * A shard is the unit of work, of retry and of truth. Its inputs follow from their names alone, its
 * outputs are the same each time it runs, and its done file in the output folder, written last,
 * says that it is done. So a shard can be run any number of times, by any number of processes, and
 * what a queue remembers is never needed.
 */

/** The commands that work on shards. */
export type ShardCommand = 'image' | 'video';

/** A job: one command line, for all of its shards. */
export interface ShardJob {
  readonly command: ShardCommand;
  /**
   * The words after `softpool image` or `softpool video`, each as the command gets it from a shell:
   * `['in-{000000..000999}.tar', '-o', 'out/', '--factor', '2']`. Without `--shard`. Jobs on files
   * need `--shards N`; of archives each is a shard of its own. Relative paths are relative to the
   * current folder of the process that runs a shard.
   */
  readonly args: readonly string[];
}

/** One shard of a job. */
interface ShardTask extends ShardJob {
  /** Its name, as `ListShards` gives it: `00003`, or `in-000017` of an archive `in-000017.tar`. */
  readonly shard: string;
}

/** A shard of a job, and whether its done file exists. */
interface ListedShard {
  readonly shard: string;
  readonly isDone: boolean;
}

/** How far a shard is. */
export interface ShardProgress {
  readonly shard: string;
  /** Inputs that were dealt with, also if they failed. */
  readonly finished: number;
  readonly failed: number;
  /** All inputs; `undefined` in an archive, which is read only once. */
  readonly total: number | undefined;
}

/** Numbers of inputs by their result. */
export interface ShardCounts {
  readonly done: number;
  readonly failed: number;
  /** Left out on request, as by `--smaller skip`. */
  readonly skipped: number;
  /** Samples of an archive without a picture or clip, which are carried along unchanged. */
  readonly copied: number;
}

/**
 * The result of a shard.
 *
 * | `exitCode` | meaning                                                         | a queue                |
 * | ---------- | --------------------------------------------------------------- | ---------------------- |
 * | 0          | done                                                            | completes the job      |
 * | 1          | done; some inputs failed, and the ledger says why               | completes the job      |
 * | 65         | not done: the shard cannot be used, such as a truncated archive | fails it, never retry  |
 * | 75         | not done: locked, no space left, or a child process was killed  | retries it after a while |
 */
export interface ShardOutcome {
  readonly shard: string;
  readonly exitCode: 0 | 1 | 65 | 75;
  readonly counts: ShardCounts;
  /** Why the shard is not done, in one line, with exit codes 65 and 75. */
  readonly reason?: string;
  /** Whether another process has the shard, with exit code 75. */
  readonly isLocked?: boolean;
}

/** How a shard is run. */
export interface ShardHooks {
  /**
   * Stops the shard between inputs. What is finished stays, and running the shard again continues
   * there.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called after each input. */
  readonly onProgress?: ((progress: ShardProgress) => void) | undefined;
}

/**
 * Runs one shard. Returns at once with its counts if it is done already, as the done file says.
 *
 * Rejects with a `UsageError` (exit code 2) if the arguments are invalid or differ from those that
 * the output folder records: do not retry. Rejects with `signal.reason` if the signal stopped it.
 */
export type RunShard = (task: ShardTask, hooks?: ShardHooks) => Promise<ShardOutcome>;

/**
 * The shards of a job, in order. Checks the arguments and records the job in the output folder.
 *
 * Rejects with a `UsageError` as `RunShard` does.
 */
export type ListShards = (job: ShardJob) => Promise<readonly ListedShard[]>;
