/** Starts workers in processes of their own, and follows what they print. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startRedis, type TestRedis, type TestRedisOptions } from '@softpool/testing/redis';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { openShardQueue, type QueueStatus, type ShardQueue, type WorkOptions } from '../index.ts';

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Lines that it has printed. */
  readonly lines: string[];
  /** Resolves with its exit code, or with the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals>;
}

/** Starts a worker of the built package, which runs `run-job.mjs`. It ends with the test. */
export function startWorker(redis: TestRedis, options: Partial<WorkOptions>): WorkerProcess {
  const file = fileURLToPath(new URL('./worker.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(options)], {
    env: { ...process.env, REDIS_URL: redis.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  return { child, lines, end };
}

/** A server and a queue on it. They end with the test. */
export async function testQueue(options?: TestRedisOptions): Promise<{ redis: TestRedis; queue: ShardQueue }> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return { redis, queue: await queueOn(redis) };
}

/** A further connection to the queue. */
export async function queueOn(redis: TestRedis): Promise<ShardQueue> {
  const queue = await openShardQueue({ url: redis.url });
  onTestFinished(() => queue.close());
  return queue;
}

/** A client of the server. It ends with the test. */
export async function redisClient(redis: TestRedis): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  return client;
}

/** A folder that is removed after the test. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-queue-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until something holds, however long that takes. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(20);
  }
}

/** Waits for a status of the queue. */
export function untilStatus(queue: ShardQueue, holds: (status: QueueStatus) => boolean): Promise<QueueStatus> {
  return until(async () => {
    const status = await queue.status();
    return holds(status) && status;
  });
}

/** The starts of jobs that `run-job.mjs` has noted, in order. */
export function startsIn(folder: string): { shard: string; attempt: number; pid: number }[] {
  const lines = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [shard = '', attempt, pid] = line.split(' ');
    return { shard, attempt: Number(attempt), pid: Number(pid) };
  });
}
