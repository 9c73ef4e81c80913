// Invalid arguments are refused with their names, before anything happens.
import { expect, test } from 'vitest';
import { jobProcesses, openShardQueue, PostponedJobError, type ShardQueue } from './index.ts';
import { testQueue, untilStatus } from './testing/workers.ts';

/** Node's timers hold 32-bit milliseconds: `setTimeout` in Node's documentation. */
const LONGEST = Math.floor((2 ** 31 - 1) / 1000);

const url = 'redis://127.0.0.1:1';
const jobs = [{ shard: 'in-0', options: {}, version: '1' }];
const run = async () => {};

/** A number out of range is a RangeError, anything else a TypeError. */
const errorOf = (message: string) => new (/must be (?:an integer|a number)/.test(message) ? RangeError : TypeError)(message);

test.for<[unknown, string]>([
  [undefined, 'openShardQueue: options must be an object, received undefined'],
  ['redis://:hunter2@host', 'openShardQueue: options must be an object, received string'],
  [{ urll: url }, 'openShardQueue: options.urll is not an option of this call; it takes url, name, timeout, onWarning'],
  [{ url, name: 5 }, 'openShardQueue: options.name must be a string of letters, digits, -, _ and ., received 5'],
  [{ url, name: 'a:b' }, "openShardQueue: options.name must be a string of letters, digits, -, _ and ., received 'a:b'"],
  [{ url, timeout: 1e7 }, `openShardQueue: options.timeout must be a number of seconds from 0.1 to ${LONGEST}, received 10000000`],
  [{ url, timeout: '5' }, `openShardQueue: options.timeout must be a number of seconds from 0.1 to ${LONGEST}, received '5'`],
  [{ url, onWarning: 'log' }, "openShardQueue: options.onWarning must be a function, received 'log'"],
])('openShardQueue(%o) is refused', async ([options, message]) => {
  await expect(openShardQueue(options as never)).rejects.toThrow(errorOf(message));
});

test('work and add refuse invalid options, and no worker is started', async () => {
  const { queue } = await testQueue();
  const keys = 'run, concurrency, signal, gracePeriod, lockDuration, untilEmpty, workerName, onEvent';
  const upTo = (least: number) => `a number of seconds from ${least} to ${LONGEST}`;
  const works: [unknown, string][] = [
    [undefined, 'options must be an object, received undefined'],
    [{ run, untilempty: true }, `options.untilempty is not an option of this call; it takes ${keys}`],
    [{}, 'options.run must be a function, received undefined'],
    [{ run, concurrency: 1.5 }, 'options.concurrency must be an integer ≥ 1, received 1.5'],
    [{ run, signal: new AbortController() }, 'options.signal must be an AbortSignal, received AbortController'],
    [{ run, signal: null }, 'options.signal must be an AbortSignal, received null'],
    [{ run, gracePeriod: 3e6 }, `options.gracePeriod must be ${upTo(0)}, received 3000000`],
    [{ run, lockDuration: 1e7 }, `options.lockDuration must be ${upTo(1)}, received 10000000`],
    [{ run, lockDuration: 0 }, `options.lockDuration must be ${upTo(1)}, received 0`],
    [{ run, untilEmpty: 'no' }, "options.untilEmpty must be a boolean, received 'no'"],
    [{ run, workerName: 5 }, 'options.workerName must be a string, received 5'],
    [{ run, onEvent: [] }, 'options.onEvent must be a function, received Array'],
  ];
  for (const [options, message] of works) await expect(queue.work(options as never)).rejects.toThrow(errorOf(`work: ${message}`));
  const adds: [Parameters<ShardQueue['add']>[1] | object, string][] = [
    [{ attemps: 5 }, 'options.attemps is not an option of this call; it takes attempts, backoff'],
    [{ attempts: 0 }, 'options.attempts must be an integer ≥ 1, received 0'],
    [{ backoff: -1 }, `options.backoff must be ${upTo(0)}, received -1`],
    [{ backoff: 1e306 }, `options.backoff must be ${upTo(0)}, received 1e+306`],
  ];
  for (const [options, message] of adds) await expect(queue.add(jobs, options)).rejects.toThrow(errorOf(`add: ${message}`));
  await expect(queue.add(undefined as never)).rejects.toThrow('add: jobs must be an array, received undefined');
  expect(await queue.status()).toMatchObject({ waiting: 0, workers: 0 });
});

test('the longest times work: a job that failed waits for 24 days', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs, { backoff: LONGEST });
  const stop = new AbortController();
  const summary = await queue.work({
    run: () => Promise.reject(new Error('no space left')),
    gracePeriod: LONGEST,
    lockDuration: LONGEST,
    signal: stop.signal,
    onEvent: ({ kind }) => kind === 'failed' && stop.abort(),
  });
  expect(summary).toEqual({ completed: 0, failed: 0, returned: 0 });
  expect(await queue.status()).toMatchObject({ delayed: 1, delays: [{ reason: 'no space left' }] });
});

test('a worker whose start fails is closed', async () => {
  const { queue } = await testQueue();
  const signal = {
    aborted: false,
    addEventListener() {
      throw new Error('broken signal');
    },
  };
  await expect(queue.work({ run, signal: signal as never })).rejects.toThrow('broken signal');
  await untilStatus(queue, ({ workers }) => workers === 0);
  await queue.add(jobs);
  expect(await queue.status()).toMatchObject({ waiting: 1, active: 0, completed: 0 });
});

test.for([Number.NaN, -5, Number.POSITIVE_INFINITY, LONGEST + 1])('a job is not postponed by %d seconds', (seconds) => {
  expect(() => new PostponedJobError('locked', seconds)).toThrow(
    new RangeError(`PostponedJobError: seconds must be a number of seconds from 0 to ${LONGEST}, received ${seconds}`),
  );
});

test('a job is postponed by up to 24 days', () => {
  expect(new PostponedJobError('locked', LONGEST).seconds).toBe(LONGEST);
});

test('processes refuse an unknown option', () => {
  expect(() => jobProcesses(new URL('file:///srv/run.js'), { environment: {} } as never)).toThrow(
    'jobProcesses: options.environment is not an option of this call; it takes env',
  );
});

test('an error has the fields by which the command rewords it, and prints as one line', async () => {
  const error = await openShardQueue({ url, timeout: 1e7 }).catch((reason: unknown) => reason);
  const expected = `a number of seconds from 0.1 to ${LONGEST}`;
  expect(error).toMatchObject({ call: 'openShardQueue', option: 'options.timeout', expected, received: 1e7, hint: '' });
  expect(Object.keys(Object(error))).toEqual([]);
});
