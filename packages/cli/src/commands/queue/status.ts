/** Runs `softpool queue status`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailedJob, JobProgress, QueueStatus, ShardQueue } from '@softpool/queue';
import { jsonText } from 'softpool/internal';
import { EXIT } from '../../shared/exit-codes.ts';
import { right, table } from '../../shared/table.ts';
import { duration, plural } from '../../shared/text.ts';
import { type QueueFlags, withQueue } from './open-queue.ts';

/** The flags of `softpool queue status`. */
export interface StatusFlags extends QueueFlags {
  readonly watch?: boolean;
}

/** Milliseconds between two looks. */
const INTERVAL = 2000;

/** The start of a line that is `lines` higher, with all below erased. */
const eraseUp = (lines: number): string => (lines === 0 ? '' : `\r\u001b[${lines}A\u001b[J`);

/** Prints the status once, or until nothing is left to do, and returns the exit code. */
export async function runStatus(flags: StatusFlags): Promise<number> {
  return await withQueue(flags, async (queue) => {
    let shown = '';
    for (;;) {
      const status = await queue.status();
      const text = flags.json ? jsonText({ server: queue.address, queue: flags.queue, ...status }) : statusText(queue, flags.queue, status);
      // A terminal shows the newest status in place of the last one.
      const erase = flags.watch && process.stdout.isTTY ? eraseUp(shown.split('\n').length - 1) : '';
      if (text !== shown.trimEnd()) process.stdout.write(`${erase}${text}\n`);
      shown = `${text}\n`;
      const isOver = status.waiting + status.active + status.delayed === 0;
      if (!flags.watch || isOver) return status.failed > 0 ? EXIT.failed : EXIT.ok;
      await sleep(INTERVAL);
    }
  });
}

function statusText({ address }: ShardQueue, name: string, status: QueueStatus): string {
  const { waiting, active, delayed, completed, failed, workers, running, delays, failures } = status;
  const counts = `${waiting} waiting, ${active} running, ${delayed} delayed, ${completed} done, ${failed} failed`;
  return [
    `queue ${name} of ${address}: ${plural(workers, 'worker')}`,
    counts,
    ...(running.length === 0 ? [] : [runningTable(running)]),
    ...(delays.length === 0 ? [] : [failedTable('delayed', delays)]),
    ...(failures.length === 0 ? [] : [failedTable('failed', failures)]),
  ].join('\n');
}

function runningTable(running: QueueStatus['running']): string {
  return table(
    ['running', right('inputs'), right('attempt'), right('for'), 'worker'],
    running.map(({ shard, progress, attempt, since, worker }) => [
      ...[shard, progressText(progress), attempt],
      ...[duration(Math.max(0, Date.now() - since.getTime()) / 1000), worker],
    ]),
  );
}

function progressText(progress: JobProgress | undefined): string {
  if (progress === undefined) return '';
  return progress.total === undefined ? String(progress.finished) : `${progress.finished}/${progress.total}`;
}

function failedTable(title: string, jobs: readonly FailedJob[]): string {
  return table(
    [title, right('attempts'), 'reason'],
    jobs.map(({ shard, attempts, reason }) => [shard, attempts, reason]),
  );
}
