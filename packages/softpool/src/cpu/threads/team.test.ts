import { afterEach, describe, expect, test } from 'vitest';
import { jobOf } from '../../api/job.ts';
import { checkPoolWindows } from '../../geometry/check-windows.ts';
import { type PoolOptions, softPool2d } from '../../index.ts';
import { instantiateAll } from '../all-kernels.ts';
import { compileSharedKernels } from '../shared-kernels.ts';
import { KERNEL } from '../wasm-module.ts';
import { canOffer, createBoard, isDone, offerTask, resetThread } from './board.ts';
import { createPlacedPlans } from './placed-plans.ts';
import { runOnThreads } from './run-on-threads.ts';
import { createTeam, type Team } from './team.ts';
import { createTensorMemory } from './tensor-memory.ts';

const open: Team[] = [];
const module = process.getBuiltinModule('node:worker_threads') as { Worker: typeof import('node:worker_threads').Worker };
const { Worker } = module;
const os = process.getBuiltinModule('node:os');
const { availableParallelism } = os;

afterEach(() => {
  module.Worker = Worker;
  os.availableParallelism = availableParallelism;
  for (const team of open.splice(0)) team.stop();
});

function openTeam(threads: number, usesCaller: boolean) {
  const kernels = compileSharedKernels()!;
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 256, shared: true });
  const machine = { kernels: instantiateAll(kernels, memory), memory };
  const team = createTeam(kernels, machine, threads, usesCaller);
  open.push(team);
  team.start().catch(() => {}); // tests that await it start it once more, which does nothing
  return { team, machine };
}

/** A team of two for two processors, whose first workers never run: so many, or all. */
function openSleepingTeam(usesCaller: boolean, sleeping = Number.POSITIVE_INFINITY) {
  os.availableParallelism = () => 2;
  let started = 0;
  module.Worker = class extends Worker {
    override postMessage(message: unknown): void {
      if (started++ >= sleeping) super.postMessage(message);
    }
  };
  return openTeam(2, usesCaller);
}

/** Offers some small tasks, and waits until workers have done them. */
async function leaveTasksToWorkers(team: Team): Promise<void> {
  const tasks = Array.from({ length: 4 }, () => offerTask(team.board, [[KERNEL.narrow, 65536, 131072, 64]], 0));
  team.wakeWorkers(tasks.length);
  await waitForTasks(team, tasks);
}

async function waitForTasks(team: Team, tasks: readonly number[]): Promise<void> {
  for (const task of tasks) {
    while (!isDone(team.board, task)) {
      await team.waitFor(task, undefined);
      await team.check(); // throws once the test has timed out
    }
  }
}

/** Pools 2×2 windows of a large tensor in the team's memory, in many parts. */
function startJob({ team, machine }: ReturnType<typeof openTeam>, signal?: AbortSignal) {
  const memory = createTensorMemory(machine);
  const x = memory.allocate([1, 32, 64, 128], 'float32', 2 ** 18);
  x.data.forEach((_, i) => {
    x.data[i] = 3 * Math.sin(i * 12.9898);
  });
  const options: PoolOptions<2> = { kernelSize: 2 };
  const windows = (shape: readonly number[]) => checkPoolWindows('softPool2d', 'x.shape', shape, 2, options);
  const job = jobOf({ kind: 'forward', name: 'softPool2d', x, options, windows });
  const result = runOnThreads(job, { team, memory, plans: createPlacedPlans(memory, team.board.workers + 1) }, signal);
  const expected = softPool2d({ data: Float32Array.from(x.data as Float32Array), shape: x.shape }, options);
  return { result, expected };
}

describe('tasks', () => {
  test('are each computed once, by the caller or by a worker', async () => {
    const { team, machine } = openTeam(2, true);
    await team.start();
    const count = 300;
    const numbers = 64;
    // In place: the float16 bits of a number that was narrowed twice are others.
    const address = (task: number): number => 65536 + task * numbers * 4;
    for (let task = 0; task < count; task++) new Float32Array(machine.memory.buffer, address(task), numbers).fill(task + 0.5);
    const tasks: number[] = [];
    for (let task = 0; task < count; ) {
      if (canOffer(team.board)) {
        tasks.push(offerTask(team.board, [[KERNEL.narrow, address(task), address(task), numbers]], 0));
        task++;
      } else if (!team.runOne()) await team.waitFor(tasks.at(-1)!, undefined);
    }
    while (team.runOne());
    await waitForTasks(team, tasks.slice(-16));
    const found = Array.from({ length: count }, (_, task) => new Uint16Array(machine.memory.buffer, address(task), numbers));
    // task + ½ in float16, exactly: n + ½ is m · 2^e with 1 ≤ m < 2.
    const bits = (value: number): number => {
      const exponent = Math.floor(Math.log2(value));
      return ((exponent + 15) << 10) | ((value / 2 ** exponent - 1) * 1024);
    };
    found.forEach((row, task) => {
      expect(new Set(row)).toEqual(new Set([bits(task + 0.5)]));
    });
  });

  test('that fail reject with the error, and the worker is replaced', async () => {
    const { team } = openTeam(1, false);
    await team.start();
    const beyond = 2 ** 30; // no address of this memory
    const task = offerTask(team.board, [[KERNEL.widen, beyond, beyond, 4]], 0);
    team.wakeWorkers(1); // it may sleep already
    await team.waitFor(task, undefined);
    await expect(team.check()).rejects.toThrow(/a worker thread failed: RuntimeError: memory access out of bounds/);
    await team.abandon();
    team.restore();
    await expect(team.check()).resolves.toBeUndefined();
  });
});

describe('the workers of a team', () => {
  test.each([
    [2, true, 2, 2],
    [2, true, 4, 1],
    [2, true, 1, 1],
    [2, false, 2, 2],
    [1, true, 1, 0],
    [1, true, 4, 0],
    [1, false, 1, 1],
  ])('%i threads, the caller computes: %s, %i processors: %i', (threads, usesCaller, processors, workers) => {
    os.availableParallelism = () => processors;
    expect(openTeam(threads, usesCaller).team).toMatchObject({ threads, board: { workers } });
  });

  test('are one more than needed for all processors: if one does not begin, another does', async () => {
    const { team } = openSleepingTeam(true, 1);
    await leaveTasksToWorkers(team); // a worker alone would never end them
  });

  test('that sleep are woken for new tasks', async () => {
    const { team } = openTeam(2, true);
    await team.start();
    for (let round = 0; round < 20; round++) {
      // Of several times, some are about as long as a worker looks for tasks before it sleeps.
      await new Promise((resolve) => setTimeout(resolve, round % 4));
      await leaveTasksToWorkers(team);
    }
  });

  test('have numbers of their own on the board, apart from its tasks', () => {
    for (const workers of [1, 2, 255, 256]) {
      const board = createBoard(workers);
      const task = offerTask(board, [[KERNEL.narrow, 65536, 131072, 64]], 0);
      for (let thread = 0; thread <= workers; thread++) resetThread(board, thread);
      expect(isDone(board, task)).toBe(false);
    }
  });
});

describe('workers that come late', () => {
  test('cost nothing where the caller computes', async () => {
    const { result, expected } = startJob(openSleepingTeam(true));
    expect(Array.from((await result).data)).toEqual(Array.from(expected.data));
  });

  test('are waited for where the caller must stay free, until the call is aborted', async () => {
    const abort = new AbortController();
    let isSettled = false;
    const { result } = startJob(openSleepingTeam(false), abort.signal);
    const settled = result
      .catch(() => {})
      .then(() => {
        isSettled = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isSettled).toBe(false);
    abort.abort(new Error('not wanted'));
    await expect(result).rejects.toThrow('not wanted');
    await settled;
  });

  test('find no task of a call that is over', async () => {
    const { team, machine } = openTeam(2, true); // they start while the caller computes
    const { result, expected } = startJob({ team, machine });
    const first = Array.from((await result).data);
    await team.start();
    expect(first).toEqual(Array.from(expected.data));
    expect(Array.from((await result).data)).toEqual(first);
  });
});
