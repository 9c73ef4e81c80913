/** Archives, servers and workers for the tests of `softpool queue`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openShardQueue, type QueueStatus } from '@softpool/queue';
import { noise, save } from '@softpool/testing/pictures';
import { startRedis, type TestRedis, type TestRedisOptions } from '@softpool/testing/redis';
import { onTestFinished } from 'vitest';
import { COMMAND, type Result, runCli } from './run-cli.ts';

/** Writes archives `in-000000.tar`, … with pictures in them. */
export async function writeArchives(folder: string, shards: number, pictures: number): Promise<void> {
  const sources = mkdtempSync(join(tmpdir(), 'softpool-pictures-'));
  for (let shard = 0; shard < shards; shard++) {
    const names = Array.from({ length: pictures }, (_, index) => `${shard * pictures + index}.png`);
    for (const [index, name] of names.entries()) await save(noise(8 + shard, 6 + index), sources, name);
    execFileSync('tar', ['-cf', join(folder, archiveName(shard)), '-C', sources, ...names]);
  }
  rmSync(sources, { recursive: true });
}

/** The name of an archive. */
export function archiveName(shard: number): string {
  return `in-${String(shard).padStart(6, '0')}.tar`;
}

/** A server that ends with the test. */
export async function testRedis(options?: TestRedisOptions): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** Runs `softpool queue` on a server, its arguments written as on a command line. */
export function runQueue(folder: string, redis: Pick<TestRedis, 'url'>, line: string): Promise<Result> {
  return runCli(folder, ['queue', ...line.split(' ')], { env: { REDIS_URL: redis.url } });
}

/** The status of the queue. */
export async function statusOf(redis: TestRedis): Promise<QueueStatus> {
  const queue = await openShardQueue({ url: redis.url });
  return await queue.status().finally(queue.close);
}

/** A worker in the background, which ends with the test. */
export interface Worker {
  readonly child: ChildProcess;
  /** What it has printed on standard error. */
  readonly printed: () => string;
  /** Resolves with its exit code, or with the signal that killed it. */
  readonly end: Promise<number | NodeJS.Signals>;
}

/** Starts `softpool queue work` with more arguments. */
export function startWorker(folder: string, redis: TestRedis, ...args: readonly string[]): Worker {
  const [program = '', ...rest] = [...COMMAND, 'queue', 'work', ...args];
  const child = spawn(program, rest, { cwd: folder, env: { ...process.env, REDIS_URL: redis.url }, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  // Not "close": the process of a shard can outlive a worker that is killed.
  const end = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  return { child, printed: () => text, end };
}

/** The processes that a process has started: Linux only. */
export function childrenOf(pid: number | undefined): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Waits until something holds, however long that takes. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

/** The archives in a folder by name, with their bytes. */
export async function archivesIn(folder: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tar')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}
