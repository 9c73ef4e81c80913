/** Threads: calls one after another, and calls with something else between them. */
import { quartiles, ratio, sampleInTurn } from '@softpool/experiments/internal';
import { createThreadedSoftPool, type ThreadedSoftPool } from 'softpool/threads';
import { tensorOf } from './problem.ts';
import { QUICK, timeCell } from './table.ts';

const SHAPES = QUICK
  ? [[1, 4, 32, 32]]
  : [
      [1, 4, 112, 112],
      [1, 16, 112, 112],
      [1, 64, 112, 112],
      [8, 64, 112, 112],
    ];

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What happens before each call. Threads that find nothing to do fall asleep after 0.1 ms. */
const BETWEEN: Readonly<Record<string, () => Promise<void>>> = {
  nothing: async () => {},
  '3 ms of work': async () => {
    const start = performance.now();
    while (performance.now() - start < 3);
  },
  '3 ms asleep': () => sleep(3),
  '20 ms asleep': () => sleep(20),
};

const POOLS = {
  one: { threads: 1 },
  two: { threads: 2 },
  workers: { threads: 2, useCallingThread: false },
} as const;

/** Calls before the first that is timed: threads that were just started gain less. */
const WARM_UP = QUICK ? 6 : 600;

/** Rows of the table: the tensor, what is between calls, and the times of each kind of pool. */
export async function measureThreads(): Promise<string[][]> {
  const rows: string[][] = [];
  for (const shape of SHAPES) {
    const opened = await Promise.all(Object.values(POOLS).map((options) => createThreadedSoftPool(options)));
    const [one, two, workers] = opened.map((pool) => callOn(pool, shape)) as [Call, Call, Call];
    for (const call of [one, two, workers]) for (let i = 0; i < WARM_UP; i++) await call();
    for (const [name, wait] of Object.entries(BETWEEN)) {
      const samplers = { one: sampler(one, wait), two: sampler(two, wait), workers: sampler(workers, wait) };
      await sampleInTurn(samplers, { rounds: 3 }); // until the pools know what such calls gain
      const times = await sampleInTurn(samplers, { rounds: QUICK ? 3 : 40 });
      const speeds = [times.two, times.workers].map((each) => `${ratio(times.one, each).toFixed(2)}×`);
      rows.push([`[${shape}]`, name, timeCell(times.one), timeCell(times.two), timeCell(times.workers), ...speeds]);
    }
    for (const pool of opened) pool.dispose();
  }
  return rows;
}

type Call = () => Promise<void>;

function callOn(pool: ThreadedSoftPool, shape: readonly number[]): Call {
  const x = pool.allocate(shape, 'float32');
  x.data.set(tensorOf(shape, 'float32').data);
  return async () => pool.free(await pool.softPool2d(x, { kernelSize: 2 }));
}

/** The median of a few calls, in milliseconds. The first of them only wakes the threads. */
function sampler(call: Call, wait: () => Promise<void>): () => Promise<number> {
  return async () => {
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      await wait();
      const start = performance.now();
      await call();
      if (i > 0) times.push(performance.now() - start);
    }
    return quartiles(times)[1];
  };
}
