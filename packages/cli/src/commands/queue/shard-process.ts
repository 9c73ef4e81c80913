/** The process in which a worker runs shards. */
import { PostponedJobError, serveJobs, UnrecoverableJobError } from '@softpool/queue';
import { runShard } from '../../run-shard.ts';
import { EXIT, ExitCodeError, UsageError } from '../../shared/exit-codes.ts';
import { removeTemporaries } from '../../shared/files/temporaries.ts';
import { stopAll } from '../../shared/interruption.ts';
import type { ShardJob } from '../../shared/shards/interface.ts';
import { VERSION } from '../../shared/version.ts';

/** Seconds to wait for another process that has the shard. */
const LOCKED = 15;

// As main.ts does for signals, which are the worker's here.
process.once('exit', () => {
  removeTemporaries();
  stopAll();
});

serveJobs(async ({ shard, options, version }, { signal, onProgress }) => {
  if (version !== VERSION) {
    throw new UnrecoverableJobError(
      `the job was added by softpool ${version}, but this worker is ${VERSION}; use one version, and add the job again`,
    );
  }
  try {
    const outcome = await runShard({ ...(options as ShardJob), shard }, { signal, onProgress });
    const { exitCode, reason = '', isLocked = false } = outcome;
    if (isLocked) throw new PostponedJobError(reason, LOCKED);
    if (exitCode === EXIT.unusable) throw new UnrecoverableJobError(reason);
    if (exitCode === EXIT.tryAgain) throw new Error(reason);
    return outcome;
  } catch (error) {
    const isFinal = error instanceof UsageError || (error instanceof ExitCodeError && error.exitCode === EXIT.unusable);
    if (isFinal) throw new UnrecoverableJobError(error.message, { cause: error });
    throw error;
  }
});
