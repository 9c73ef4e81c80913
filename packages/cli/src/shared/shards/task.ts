/** Finds out which part of a job this process does: by a flag, or by a scheduler's variables. */
import { UsageError } from '../exit-codes.ts';
import type { Task } from './assignment.ts';

/** The flags of a job in shards. */
export interface ShardFlags {
  readonly shard?: Task;
  readonly shards?: number;
  /** A list of inputs; `-` is standard input. */
  readonly files?: string;
  readonly retryFailed?: boolean;
}

/** The part of a job, and the number of the first task of a whole Slurm array. */
export interface FoundTask {
  readonly task: Task | undefined;
  readonly firstSlurmTask?: number;
}

/** Variables that hold an index from 0. */
const INDEXES = ['JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'] as const;
const SLURM = 'SLURM_ARRAY_TASK_ID';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The task that `--shard I/N` names, or that `--shards N` and a variable give; `undefined` without
 * both flags.
 *
 * A rerun of some tasks of a Slurm array has another `SLURM_ARRAY_TASK_MIN` than the whole array.
 * Its tasks are counted from the first task of the whole, which the output folder records.
 *
 * @throws UsageError if the flags or variables do not give one task.
 */
export function findTask({ shard, shards }: ShardFlags, environment: Environment, firstSlurmTask: number | undefined): FoundTask {
  if (shard !== undefined && shards !== undefined)
    throw new UsageError('--shard and --shards exclude each other: --shard I/N has both numbers');
  if (shards === undefined) return { task: shard };
  if (shards === 1) return { task: { index: 1, count: 1 } };
  const set = [...INDEXES, SLURM].filter((name) => (environment[name] ?? '') !== '');
  const [name, other] = set;
  if (name === undefined) {
    throw new UsageError(
      `--shards ${shards} needs the index of this task in ${INDEXES.join(', ')} or ${SLURM}, which a job array sets; or give --shard I/${shards}`,
    );
  }
  if (other !== undefined) throw new UsageError(`${set.join(' and ')} are both set; give --shard I/${shards}`);
  const first = name === SLURM ? firstTask(shards, environment, firstSlurmTask) : 0;
  const index = numberIn(name, environment) - first + 1;
  if (index < 1 || index > shards) {
    throw new UsageError(
      `${name} is ${environment[name]}, which is not from ${first} to ${first + shards - 1}, the tasks of --shards ${shards}`,
    );
  }
  return { task: { index, count: shards }, ...(name === SLURM && { firstSlurmTask: first }) };
}

/** A variable of a job array that is set, if there is one. */
export function arrayVariable(environment: Environment): string | undefined {
  return [...INDEXES, SLURM].find((name) => (environment[name] ?? '') !== '');
}

function firstTask(shards: number, environment: Environment, recorded: number | undefined): number {
  const [least, most] = [numberIn('SLURM_ARRAY_TASK_MIN', environment), numberIn('SLURM_ARRAY_TASK_MAX', environment)];
  if (most - least + 1 === shards) return least;
  if (recorded !== undefined) return recorded;
  throw new UsageError(
    `this Slurm array has tasks ${least} to ${most}, and --shards is ${shards}; run the whole array first (--array=0-${shards - 1}), or give --shard I/${shards}`,
  );
}

function numberIn(name: string, environment: Environment): number {
  const text = environment[name] ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} is ${text === '' ? 'not set' : `'${text}', not an integer`}; give --shard I/N`);
}
