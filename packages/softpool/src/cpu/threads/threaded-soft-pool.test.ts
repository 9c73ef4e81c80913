import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectSame } from '@softpool/specification/expect';
import { afterEach, describe, expect, test } from 'vitest';
import type { Tensor } from '../../index.ts';
import * as softpool from '../../index.ts';
import { createThreadedSoftPool, type ThreadedSoftPool } from '../../threads.ts';

const open: ThreadedSoftPool[] = [];

afterEach(() => {
  for (const threads of open.splice(0)) threads.dispose();
});

async function start(options: Parameters<typeof createThreadedSoftPool>[0] = { threads: 2 }): Promise<ThreadedSoftPool> {
  const created = await createThreadedSoftPool(options);
  open.push(created);
  return created;
}

function signal(shape: readonly number[], seed = 1): Tensor<Float32Array> {
  const length = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, (_, i) => 3 * Math.sin(seed + i * 12.9898)), shape };
}

/** An input whose windows of 9 take long: float64 is computed one window at a time. */
function slowSignal(): Tensor<Float64Array> {
  const shape = [4, 8, 200, 200];
  return { data: Float64Array.from(signal(shape).data), shape };
}

describe('two threads', () => {
  const shape = [3, 23, 61, 19]; // either layout
  const options = [
    { kernelSize: 2 },
    { kernelSize: 3, stride: 2, padding: 1 },
    { kernelSize: 5, stride: 1, dilation: 2, layout: 'channelsLast' },
    { kernelSize: 3, weights: 'shared' },
  ] as const;

  test.each(options)('give the bits of the synchronous call, for tensors in either memory: %o', async (option) => {
    const threads = await start();
    const x = signal(shape);
    const expected = softpool.softPool2d(x, option);
    expectSame('outside', await threads.softPool2d(x, option), expected);
    const inside = threads.allocate(shape, 'float32');
    inside.data.set(x.data);
    expectSame('inside', await threads.softPool2d(inside, option), expected);
  });

  test.each(options)('give the bits of the synchronous gradient: %o', async (option) => {
    const threads = await start();
    const x = signal(shape);
    const dy = signal(softpool.softPool2d(x, option).shape, 2);
    const expected = softpool.softPool2dGrad(x, dy, option);
    expectSame('dx', await threads.softPool2dGrad(x, dy, option), expected);
  });

  test('share one long signal, and one large plane', async () => {
    const threads = await start();
    const long = signal([1, 1, 1_500_000]);
    const windows = { kernelSize: 7, stride: 3 };
    expectSame('long', await threads.softPool1d(long, windows), softpool.softPool1d(long, windows));
    const plane = threads.allocate([1, 1, 1200, 1100], 'float32');
    plane.data.set(signal([1, 1, 1200, 1100]).data);
    const inside = await threads.softPool2d(plane, { kernelSize: 3, stride: 1 });
    const outside = softpool.softPool2d({ data: Float32Array.from(plane.data), shape: plane.shape }, { kernelSize: 3, stride: 1 });
    expectSame('plane', inside, outside);
  });

  test('resolve several calls in order, each with its own result', async () => {
    const threads = await start();
    const finished: number[] = [];
    const inputs = [1, 2, 3, 4].map((seed) => signal([2, 3, 40, 40], seed));
    const results = await Promise.all(
      inputs.map(async (x, i) => {
        const y = await threads.softPool2d(x, { kernelSize: 2 });
        finished.push(i);
        return y;
      }),
    );
    expect(finished).toEqual([0, 1, 2, 3]);
    results.forEach((y, i) => {
      expectSame(`${i}`, y, softpool.softPool2d(inputs[i]!, { kernelSize: 2 }));
    });
  });

  test('put a result into the memory of its input, and never change an input', async () => {
    const threads = await start();
    const x = threads.allocate([1, 4, 30, 30], 'float32');
    x.data.set(signal(x.shape).data);
    const before = Float32Array.from(x.data);
    const y = await threads.softPool2d(x, { kernelSize: 1 });
    expect(y.data.buffer).toBe(x.data.buffer);
    expect(y.data.byteOffset).not.toBe(x.data.byteOffset);
    expect(Array.from(x.data)).toEqual(Array.from(before));
  });

  test('reject an invalid call with the error of the synchronous one, and stay usable', async () => {
    const threads = await start();
    const x = signal([1, 1, 4, 4]);
    await expect(threads.softPool2d(x, { kernelSize: 0 })).rejects.toThrow(
      'softPool2d: options.kernelSize must be a positive integer, received 0',
    );
    expect((await threads.softPool2d(x, { kernelSize: 2 })).data).toEqual(softpool.softPool2d(x, { kernelSize: 2 }).data);
  });
});

describe('the shared memory', () => {
  test('is zeroed when allocated, freed, and reused', async () => {
    const threads = await start({ threads: 1, memoryBytes: 2 ** 20 });
    const first = threads.allocate([200_000], 'float32');
    expect(first.data.every((value) => value === 0)).toBe(true);
    first.data.fill(7);
    expect(() => threads.allocate([200_000], 'float32')).toThrow(
      /has no room for 800000 bytes.*free tensors, or pass a larger memoryBytes/,
    );
    threads.free(first);
    expect(threads.allocate([200_000], 'float32').data.every((value) => value === 0)).toBe(true);
  });

  test('frees a tensor once, and only its own', async () => {
    const threads = await start({ threads: 1 });
    const x = threads.allocate([4], 'float64');
    threads.free(x);
    expect(() => threads.free(x)).toThrow('free: tensor must be one that was allocated here and not freed yet');
    expect(() => threads.free({ data: new Float32Array(1), shape: [1] })).toThrow(RangeError);
  });

  test('refuses anything but a tensor, in words', async () => {
    const threads = await start({ threads: 1 });
    for (const [given, shown] of [
      [undefined, 'undefined'],
      [{}, 'Object'],
      [{ data: null }, 'Object'],
    ] as const) {
      expect(() => threads.free(given as never)).toThrow(new TypeError(`free: tensor must be a tensor { data, shape }, received ${shown}`));
    }
  });

  test('keeps a tensor while a call uses it', async () => {
    const threads = await start({ threads: 2 });
    const x = threads.allocate([8, 64, 64, 64], 'float32');
    x.data.fill(2);
    const running = threads.softPool2d({ data: x.data.subarray(0, 4096), shape: [64, 64, 1] }, { kernelSize: [2, 1] });
    expect(() => threads.free(x)).toThrow('free: a call uses the tensor; await it first');
    const y = await threads.softPool2d(x, { kernelSize: 2 });
    expect(new Set(y.data)).toEqual(new Set([2]));
    expect(new Set((await running).data)).toEqual(new Set([2]));
    threads.free(x);
  });

  test('has no tensor that was freed, or that was never allocated', async () => {
    const threads = await start({ threads: 1 });
    const x = threads.allocate([1, 8, 8], 'float32');
    const foreign = { data: new Float32Array(x.data.buffer, 0, 64), shape: x.shape };
    const message = 'softPool2d: x must be a tensor that was allocated here and not freed yet, received Object';
    await expect(threads.softPool2d(foreign, { kernelSize: 2 })).rejects.toThrow(new RangeError(message));
    threads.free(x);
    threads.allocate([1, 8, 8], 'float32'); // where x was
    await expect(threads.softPool2d(x, { kernelSize: 2 })).rejects.toThrow(new RangeError(message));
    await expect(threads.softPool2dGrad(signal([1, 8, 8]), x, { kernelSize: 1 })).rejects.toThrow(
      'softPool2dGrad: dy must be a tensor that',
    );
    await expect(threads.softPool2d(signal([1, 8, 8]), { kernelSize: 1, into: x })).rejects.toThrow('options.into must be a tensor that');
  });

  test('takes results into a tensor that is given, inside or outside', async () => {
    const threads = await start();
    const frames = [signal([3, 40, 40], 1), signal([3, 40, 40], 2)];
    for (const into of [threads.allocate([3, 20, 20], 'float32'), { data: new Float32Array(1200), shape: [3, 20, 20] }]) {
      for (const frame of frames) {
        expect(await threads.softPool2d(frame, { kernelSize: 2, into })).toBe(into);
        expectSame('into', into, softpool.softPool2d(frame, { kernelSize: 2 }));
      }
    }
  });

  test('does not affect a later result: kernels read only the current row, also where its last window ends before it', async () => {
    const { softPool1d, softPool2d, dispose } = await createThreadedSoftPool({ threads: 1 });
    // With numbers this small, reused exponentials and others give sums that round differently.
    const values = [-196, -244, -480, 645, 14, 706, 603, 589, -324, -794, 656, -969, -439, 228, -887, 180];
    const x = { data: Float32Array.from(values, (value) => value * 2 ** -149), shape: [1, 8, 2] };
    const options = { layout: 'channelsLast', beta: 30, kernelSize: 3, stride: 2, dilation: 2, padding: [[0, 1]], ceilMode: true } as const;
    const results = new Set<string>();
    for (const left of [0, 3, 1e38, Number.NaN]) {
      for (const size of [4, 10, 30]) {
        await softPool2d({ data: new Float32Array(size * size).fill(left), shape: [1, size, size] }, { kernelSize: 3, stride: 2 });
        results.add((await softPool1d(x, options)).data.join());
      }
    }
    expect(results.size).toBe(1);
    dispose();
  });

  test('has room for tensors where plans of earlier calls lay', async () => {
    const threads = await start({ threads: 2, memoryBytes: 2 ** 20 });
    for (let size = 8; size < 40; size++) {
      const x = threads.allocate([2, 3, size, size], 'float32');
      const y = await threads.softPool2d(x, { kernelSize: 3, stride: 1 });
      threads.free(x);
      threads.free(y);
    }
    expect(threads.allocate([240_000], 'float32').data).toHaveLength(240_000);
  });

  test('does not grow over 10,000 calls, and neither does the synchronous call', async () => {
    const threads = await start({ threads: 1, memoryBytes: 2 ** 20 });
    const x = threads.allocate([1, 2, 16, 16], 'float32');
    x.data.set(signal(x.shape).data);
    const heap = signal([1, 2, 16, 16]);
    const run = async (calls: number): Promise<void> => {
      for (let i = 0; i < calls; i++) {
        threads.free(await threads.softPool2d(x, { kernelSize: 3, stride: 2 }));
        softpool.softPool2d(heap, { kernelSize: 3, stride: 2 });
      }
    };
    await run(1000);
    const before = process.memoryUsage();
    await run(10_000);
    const after = process.memoryUsage();
    expect(after.external - before.external).toBeLessThan(2 ** 20);
    expect(after.rss - before.rss).toBeLessThan(40 * 2 ** 20);
  });
});

describe('a failing worker thread', () => {
  test.each([true, false])('rejects the current call with the cause, and is replaced; useCallingThread: %s', async (useCallingThread) => {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const workers: InstanceType<typeof Worker>[] = [];
    const module = process.getBuiltinModule('node:worker_threads') as { Worker: typeof Worker };
    module.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        workers.push(this);
      }
    };
    try {
      const threads = await start({ threads: 2, useCallingThread });
      const x = slowSignal();
      const lost = threads.softPool2d(x, { kernelSize: 9, stride: 1 });
      const rejected = expect(lost).rejects.toThrow(/a worker thread ended: exit code/);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await Promise.all(workers.map((worker) => worker.terminate()));
      await rejected;
      const small = signal([1, 1, 8, 8]);
      expect((await threads.softPool2d(small, { kernelSize: 2 })).data).toEqual(softpool.softPool2d(small, { kernelSize: 2 }).data);
    } finally {
      module.Worker = Worker;
    }
  });
});

describe('the end of worker threads', () => {
  test('comes with the block that uses them', async () => {
    const threads = await createThreadedSoftPool({ threads: 1 });
    threads[Symbol.dispose]();
    await expect(threads.softPool2d(signal([1, 1, 4, 4]), { kernelSize: 2 })).rejects.toThrow('softpool: the worker threads were disposed');
    expect(() => threads.allocate([1], 'float32')).toThrow('softpool: the worker threads were disposed');
  });

  test.each([{ threads: 1 }, { threads: 2 }, { threads: 2, useCallingThread: false }])(
    'dispose rejects unfinished and later calls: %o',
    async (options) => {
      const threads = await start(options);
      const running = threads.softPool2d(slowSignal(), { kernelSize: 9, stride: 1 });
      const waiting = threads.softPool2d(signal([1, 1, 4, 4]), { kernelSize: 2 });
      const outcome = Promise.allSettled([running, waiting]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      threads.dispose();
      expect((await outcome).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(threads.softPool2d(signal([1, 1, 4, 4]), { kernelSize: 2 })).rejects.toThrow(
        'softpool: the worker threads were disposed',
      );
    },
  );

  test('a process with idle worker threads ends by itself', async () => {
    const entry = fileURLToPath(new URL('../../../dist/threads.js', import.meta.url));
    const program = `import { createThreadedSoftPool } from ${JSON.stringify(entry)};
      const pool = await createThreadedSoftPool({ threads: 2 });
      const y = await pool.softPool2d({ data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] }, { kernelSize: 2 });
      console.log(y.data[0].toFixed(4));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { timeout: 600_000 });
    // (0 + e + 2e² + 3e³) / (1 + e + e² + e³)
    expect(stdout.trim()).toBe(((Math.E + 2 * Math.E ** 2 + 3 * Math.E ** 3) / (1 + Math.E + Math.E ** 2 + Math.E ** 3)).toFixed(4));
  });
});

describe('an aborted call', () => {
  test.each([{ threads: 1 }, { threads: 2 }, { threads: 2, useCallingThread: false }])(
    'rejects with the reason of its signal; other calls continue: %o',
    async (options) => {
      const threads = await start(options);
      const x = slowSignal();
      const [running, waiting] = [new AbortController(), new AbortController()];
      const first = threads.softPool2d(x, { kernelSize: 9, stride: 1, signal: running.signal });
      const second = threads.softPool2d(x, { kernelSize: 9, stride: 1, signal: waiting.signal });
      const third = threads.softPool2d(x, { kernelSize: 2, signal: new AbortController().signal });
      const outcomes = Promise.allSettled([first, second]);
      waiting.abort(new Error('not wanted'));
      await new Promise((resolve) => setTimeout(resolve, 5));
      running.abort();
      expect(await outcomes).toEqual([
        { status: 'rejected', reason: running.signal.reason },
        { status: 'rejected', reason: waiting.signal.reason },
      ]);
      expectSame('third', await third, softpool.softPool2d(x, { kernelSize: 2 }));
    },
  );

  test.each([
    [true, 'true'],
    [null, 'null'],
    [{ aborted: false }, 'Object'],
  ])('needs an AbortSignal: %o', async (given, received) => {
    const threads = await start({ threads: 1 });
    await expect(threads.softPool2d(signal([1, 4, 4]), { kernelSize: 2, signal: given as never })).rejects.toThrow(
      new TypeError(`softPool2d: options.signal must be an AbortSignal, received ${received}`),
    );
  });

  test('may have a signal of Chrome 92, without throwIfAborted and a reason', async () => {
    const threads = await start({ threads: 2 });
    const old = Object.assign(new EventTarget(), { aborted: false });
    const x = signal([3, 40, 40]);
    const options = { kernelSize: 2, signal: old as AbortSignal } as const;
    expectSame('not aborted', await threads.softPool2d(x, options), softpool.softPool2d(x, { kernelSize: 2 }));
    old.aborted = true;
    await expect(threads.softPool2d(x, options)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the calling thread', () => {
  test.each([{ threads: 1 }, { threads: 2 }, { threads: 2, useCallingThread: false }])(
    'runs other tasks during a long call: %o',
    async (options) => {
      const threads = await start(options);
      const x = threads.allocate([8, 16, 200, 200], 'float32');
      /** The turns of the event loop during a call: few if the system lets this thread wait. */
      const turnsOfCall = async (): Promise<number> => {
        let isDone = false;
        let turns = 0;
        const count = (): void => {
          turns++;
          if (!isDone) setImmediate(count);
        };
        const call = threads.softPool2d(x, { kernelSize: 9, stride: 1 });
        setImmediate(count);
        await call;
        isDone = true;
        return turns;
      };
      let most = 0;
      for (let calls = 0; calls < 50 && most <= 1; calls++) most = Math.max(most, await turnsOfCall());
      expect(most).toBeGreaterThan(1);
    },
  );

  test.each([1, 2, 3])('is one of %i threads, or leaves all work to as many workers', async (count) => {
    for (const useCallingThread of [true, false]) {
      const threads = await start({ threads: count, useCallingThread });
      expect(threads.threads).toBe(count);
      const x = signal([3, 50, 60, 70]);
      const expected = softpool.softPool2d(x, { kernelSize: 3, stride: 2 });
      expectSame('outside', await threads.softPool2d(x, { kernelSize: 3, stride: 2 }), expected);
      const inside = threads.allocate(x.shape, 'float32');
      inside.data.set(x.data);
      expectSame('inside', await threads.softPool2d(inside, { kernelSize: 3, stride: 2 }), expected);
    }
  });
});

describe('where no worker can be started', () => {
  const module = process.getBuiltinModule('node:worker_threads') as { Worker: typeof import('node:worker_threads').Worker };

  test.each([
    [
      'the constructor throws',
      () => {
        throw new Error('forbidden');
      },
    ],
    ['the worker ends at once', (worker: { terminate(): void }) => void worker.terminate()],
  ])('the calling thread computes: %s', async (_, whenMade) => {
    const { Worker } = module;
    module.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        whenMade(this);
      }
    };
    try {
      const threads = await start({ threads: 3 });
      expect(threads.threads).toBe(1);
      const x = threads.allocate([3, 40, 40], 'float32');
      x.data.set(signal(x.shape).data);
      expect(Array.from((await threads.softPool2d(x, { kernelSize: 2 })).data)).toEqual(
        Array.from(softpool.softPool2d(signal(x.shape), { kernelSize: 2 }).data),
      );
    } finally {
      module.Worker = Worker;
    }
  });
});

describe('an invalid option', () => {
  test.each([
    [{ threads: 0 }, 'createThreadedSoftPool: options.threads must be an integer from 1 to 256, received 0'],
    [{ threads: 1.5 }, 'createThreadedSoftPool: options.threads must be an integer from 1 to 256, received 1.5'],
    [{ useCallingThread: 1 as never }, 'createThreadedSoftPool: options.useCallingThread must be true or false, received 1'],
    [{ memoryBytes: -1 }, /^createThreadedSoftPool: options\.memoryBytes must be an integer from 1 to \d+, received -1$/],
  ])('%o is refused', async (options, message) => {
    await expect(createThreadedSoftPool(options)).rejects.toThrow(message);
  });
});
