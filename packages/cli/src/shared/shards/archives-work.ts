/** The shards of a job on archives: each archive is one. A task does those of its number. */
import { taskOfArchive } from './assignment.ts';
import type { JobFlags } from './command.ts';
import type { JobContext, JobWork } from './job-work.ts';
import { runArchive } from './run-archive.ts';
import type { Archive } from './sources.ts';

/** The work on archives. */
export function archivesWork<Flags extends JobFlags>(archives: readonly Archive[], { command, flags, task }: JobContext<Flags>): JobWork {
  const { retryFailed = false, force = false } = flags;
  const sources = new Map(archives.map(({ name, path }) => [name, path]));
  const shards = archives.map(({ name }) => name);
  const { isInput } = command.searched;
  return {
    shards,
    mine: task === undefined ? shards : shards.filter((name) => taskOfArchive(name, task.count) === task.index),
    run: (place, hooks) => {
      const source = sources.get(place.name) ?? `${place.name}.tar`;
      return runArchive({ ...place, source, isInput, retryFailed, force }, command.processMembers(flags), hooks);
    },
  };
}
