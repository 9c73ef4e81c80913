// A worker in a process of its own, for the tests of queues. Its argument is its options as JSON.
// It prints what happens, an event as JSON on each line, and at last its summary.
import { argv, env } from 'node:process';
import { jobProcesses, openShardQueue } from '@softpool/queue';

const print = (/** @type {unknown} */ value) => console.log(JSON.stringify(value));

const queue = await openShardQueue({ url: env.REDIS_URL ?? '' });
const processes = jobProcesses(new URL('./run-job.mjs', import.meta.url));
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const summary = await queue.work({ run: processes.run, signal: stop.signal, onEvent: print, ...JSON.parse(argv[2] ?? '{}') });
await processes.close();
await queue.close();
print({ kind: 'summary', ...summary });
