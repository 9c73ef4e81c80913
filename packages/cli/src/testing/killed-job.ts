/** Runs the tasks of a job in processes that are killed at random moments. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { COMMAND } from './run-cli.ts';

/** A job, and how often its processes are killed. */
export interface KilledJob {
  readonly folder: string;
  /** The words after `softpool`, without `--shard`. */
  readonly args: readonly string[];
  /** The output folder, as `args` name it. */
  readonly output: string;
  /** Processes at once; each does one task. */
  readonly processes: number;
  readonly kills: number;
  readonly seed: number;
}

/** Changes in the output folder between two kills are at most this many. */
const MOST_CHANGES = 20;

/** Milliseconds that a kill comes later, at most. */
const MOST_DELAY = 40;

/**
 * Runs all tasks at once, and starts those again that are killed, until all kills were made. Each
 * comes after a random number of changes in the output folder and a random delay, whatever the
 * speed of the machine. If the work ends before, done files are removed, so that it starts again.
 *
 * @returns The number of processes that were killed while they ran.
 */
export async function runKilled({ folder, args, output, processes, kills, seed }: KilledJob): Promise<number> {
  const random = xoroshiro128plus(seed);
  const running = new Map<number, ChildProcess>();
  let killed = 0;
  let changes = 0;
  const run = async (task: number): Promise<void> => {
    while (killed < kills) {
      const [command = '', ...rest] = [...COMMAND, ...args, '--shard', `${task}/${processes}`, '--quiet'];
      const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
      running.set(task, child);
      const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      running.delete(task);
      if (signal !== 'SIGKILL' && status !== 0) throw new Error(`task ${task} ended with ${status ?? signal}`);
      if (signal === null && killed < kills) removeDoneFiles(join(folder, output));
    }
  };
  const kill = async (): Promise<void> => {
    let next = uniformInt(random, 1, MOST_CHANGES);
    let watcher: ReturnType<typeof watch> | undefined;
    while (killed < kills) {
      await sleep(2);
      if (watcher === undefined && existsSync(join(folder, output))) {
        watcher = watch(join(folder, output), () => changes++);
      }
      if (changes < next) continue;
      await sleep(uniformInt(random, 0, MOST_DELAY));
      const tasks = [...running.keys()];
      const task = tasks[uniformInt(random, 0, Math.max(0, tasks.length - 1))];
      if (task === undefined || !running.get(task)?.kill('SIGKILL')) continue;
      killed++;
      next = changes + uniformInt(random, 1, MOST_CHANGES);
    }
    watcher?.close();
  };
  await Promise.all([kill(), ...Array.from({ length: processes }, (_, i) => run(i + 1))]);
  return killed;
}

function removeDoneFiles(output: string): void {
  for (const name of readdirSync(output)) if (name.endsWith('.done.json')) rmSync(join(output, name), { force: true });
}
