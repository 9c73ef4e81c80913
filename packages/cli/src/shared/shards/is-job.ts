/** Tells jobs in shards from other work. */
import type { ShardFlags } from './task.ts';

/** Whether a source names archives. A file `.tar` is none: its shard would have no name. */
export function isArchive(source: string): boolean {
  return /[^/\\]\.tar$/i.test(source);
}

/** Whether sources and flags make a job in shards. Other work has no records. */
export function isJob(sources: readonly string[], { shard, shards, retryFailed }: ShardFlags): boolean {
  return shard !== undefined || shards !== undefined || retryFailed === true || sources.some(isArchive);
}
