/** The shards of a job on archives: each archive is one. A task does those of its number. */
import { taskOfArchive } from './assignment.ts';
import type { JobContext, JobWork } from './job-work.ts';
import { type ArchiveShard, isArchiveDone, runArchive } from './run-archive.ts';
import type { ShardPlace } from './run-hooks.ts';
import type { Archive } from './sources.ts';

/** The work on archives. */
export function archivesWork(archives: readonly Archive[], { isInput, processor, flags, task }: JobContext): JobWork {
  const { retryFailed = false, force = false } = flags;
  const sources = new Map(archives.map(({ name, path }) => [name, path]));
  const shards = archives.map(({ name }) => name);
  const shardAt = (place: ShardPlace): ArchiveShard => {
    const source = sources.get(place.name) ?? `${place.name}.tar`;
    return { ...place, source, isInput, retryFailed, force };
  };
  return {
    shards,
    mine: task === undefined ? shards : shards.filter((name) => taskOfArchive(name, task.count) === task.index),
    isDone: (place) => isArchiveDone(shardAt(place)).catch(() => false), // running it says why
    run: (place, hooks) => runArchive(shardAt(place), processor, hooks),
  };
}
