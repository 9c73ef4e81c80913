// A process that runs jobs, for the tests of queues. What a job does is in its options.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveJobs, UnrecoverableJobError } from '@softpool/queue';

/**
 * @typedef {object} Options
 * @property {string} folder - Where the job writes `<shard>.txt`, and a line in `starts`.
 * @property {string} [waitFor] - A file in the folder without which the job does not end.
 * @property {boolean} [blocks] - Wait in a loop that blocks the process.
 * @property {boolean} [ignoresAbort] - Go on when the job is aborted.
 * @property {string} [error] - Fail with this message.
 * @property {boolean} [isUnrecoverable] - Fail without further attempts.
 * @property {boolean} [dies] - Kill the process, once.
 */

serveJobs(async ({ shard, options }, { signal, attempt, onProgress }) => {
  /** @type {Options} */
  const { folder, waitFor, blocks, ignoresAbort, error, isUnrecoverable, dies } = Object(options);
  appendFileSync(`${folder}/starts`, `${shard} ${attempt} ${process.pid}\n`);
  onProgress({ finished: 0, total: 2 });
  const isWaiting = () => waitFor !== undefined && !existsSync(`${folder}/${waitFor}`);
  while (blocks && isWaiting());
  while (isWaiting()) {
    if (!ignoresAbort) signal.throwIfAborted();
    await sleep(10);
  }
  if (dies && attempt === 1) process.kill(process.pid, 'SIGKILL');
  if (error !== undefined) throw isUnrecoverable ? new UnrecoverableJobError(error) : new Error(error);
  onProgress({ finished: 2, total: 2 });
  writeFileSync(`${folder}/${shard}.tmp-${process.pid}`, `output of ${shard}`);
  renameSync(`${folder}/${shard}.tmp-${process.pid}`, `${folder}/${shard}.txt`);
  return readFileSync(`${folder}/${shard}.txt`, 'utf8');
});
