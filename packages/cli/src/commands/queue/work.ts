/** Runs `softpool queue work`. */
import type { WorkEvent } from '@softpool/queue';
import { red } from '../../shared/color.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { saveOnSignal } from '../../shared/interruption.ts';
import { printJson } from '../../shared/print-json.ts';
import type { ShardOutcome } from '../../shared/shards/interface.ts';
import { countsText } from '../../shared/shards/run-job.ts';
import { printable } from '../../shared/text.ts';
import { type QueueFlags, URL_VARIABLE, warn, withQueue } from './open-queue.ts';

/** The flags of `softpool queue work`. */
export interface WorkFlags extends QueueFlags {
  readonly concurrency: number;
  readonly untilEmpty?: boolean;
  readonly gracePeriod: number;
  readonly lockDuration: number;
}

/** Runs shards until the worker is stopped, and returns the exit code. */
export async function runWork(flags: WorkFlags): Promise<number> {
  return await withQueue(flags, async (queue) => {
    const { concurrency, untilEmpty, gracePeriod, lockDuration, json } = flags;
    const { jobProcesses } = await import('@softpool/queue');
    const { [URL_VARIABLE]: _, ...env } = process.env; // the shards need no server
    const processes = jobProcesses(new URL('./shard-process.js', import.meta.url), { env });
    const stop = new AbortController();
    let status: number = EXIT.ok;
    const ignoreSignals = saveOnSignal((signal) => {
      status = EXIT.interrupted[signal];
      line(flags, `stopping; shards that run get ${gracePeriod} s to finish`);
      stop.abort();
    });
    line(flags, `working on queue ${flags.queue} of ${queue.address}; stop with Ctrl-C`);
    let failedInputs = 0;
    const onEvent = (event: WorkEvent): void => {
      if (event.kind === 'completed') failedInputs += (event.result as ShardOutcome).counts.failed;
      show(event, flags);
    };
    const { run } = processes;
    try {
      const summary = await queue.work({ run, concurrency, untilEmpty, gracePeriod, lockDuration, signal: stop.signal, onEvent });
      if (json) printJson(summary);
      return status === EXIT.ok && summary.failed + failedInputs > 0 ? EXIT.failed : status;
    } finally {
      ignoreSignals();
      await processes.close();
    }
  });
}

/** Prints what happens: failures always, the rest unless the command is quiet. */
function show(event: WorkEvent, flags: WorkFlags): void {
  if (event.kind === 'completed') {
    const { counts } = event.result as ShardOutcome;
    line(flags, `${printable(event.shard)}: ${countsText(counts)} (${event.seconds.toFixed(1)} s)`);
  } else if (event.kind === 'failed') {
    if (event.isFinal) process.stderr.write(`${red('softpool:')} ${printable(event.shard)}: ${printable(event.reason)}\n`);
    else warn(`${event.shard}: ${event.reason}; it will be tried again`);
  } else if (event.kind === 'postponed') line(flags, `${printable(event.shard)}: ${printable(event.reason)}`);
  else if (event.kind === 'returned') line(flags, `${printable(event.shard)}: back in the queue`);
  else if (event.kind === 'disconnected') warn(`${event.reason}; trying to connect again`);
  else if (event.kind === 'connected') line(flags, 'connected again');
  else if (event.kind === 'problem') warn(event.message);
}

function line({ quiet, json }: WorkFlags, text: string): void {
  if (!quiet && !json) process.stderr.write(`${text}\n`);
}
