import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Pixels, type PixelsInput, type PoolImageOptions, poolImage, type Samples } from '../index.ts';
import { poolImageThreaded } from '../threads.ts';

/** Samples that look random. */
const texture = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 17 + (i >> 7)) % 256);

/** Large enough for several pieces, partly transparent. */
const large: Pixels<Uint8Array> = { data: texture(1000 * 900 * 4), width: 1000, height: 900, channels: 4 };

async function expectSame<S extends Samples>(image: PixelsInput<S>, options: PoolImageOptions, threads?: number): Promise<void> {
  const expected = poolImage(image, options);
  const { data, ...size } = await poolImageThreaded(image, { ...options, ...(threads !== undefined && { threads }) });
  expect(size).toEqual({ width: expected.width, height: expected.height, channels: expected.channels });
  expect(data.constructor).toBe(expected.data.constructor);
  // A matcher would take seconds to compare as many samples.
  const bytes = ({ buffer, byteOffset, byteLength }: Samples): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
  expect(Buffer.compare(bytes(data), bytes(expected.data))).toBe(0);
}

describe('gives the result of poolImage', () => {
  test.each<PoolImageOptions>([
    { factor: 2 },
    { factor: 7, weights: 'perChannel', linear: true },
    { kernelSize: 3, stride: 2, padding: 1 },
    { kernelSize: [200, 3], stride: [20, 40] },
    { width: 333 },
    { width: 90, height: 500, fit: 'cover', position: 'right bottom' },
    { width: 1, height: 1 },
    { factor: 900 },
    { factor: 4, beta: 1000 },
    { factor: 4, method: 'average' },
    { width: 101, height: 99, fit: 'fill', method: 'max' },
  ])('with %o', async (options) => {
    await expectSame(large, options);
  });

  test.each([0, 1, 2, 5])('on %i threads', async (threads) => {
    await expectSame(large, { factor: 2 }, threads);
  });

  test.each<PixelsInput>([
    { data: Uint8ClampedArray.from(large.data), width: 1000, height: 900 },
    { data: Buffer.from(large.data), width: 1000, height: 900 },
    { data: Uint16Array.from(large.data, (sample, i) => sample * 256 + (i % 256)), width: 1200, height: 1000, channels: 3 },
    { data: Float32Array.from(large.data, (sample) => sample / 200 - 0.1), width: 1000, height: 900 },
    { data: large.data, width: 1, height: 3_600_000, channels: 1 },
    { data: large.data, width: 1_800_000, height: 1, channels: 2 },
    { data: new Uint8Array(3), width: 1, height: 1, channels: 3 },
  ])('of samples and shapes of any kind: %#', async (image) => {
    await expectSame(image, { kernelSize: 3, stride: 2, padding: 1, linear: true }, 2);
  });

  test('of an object that has more than pixels', async () => {
    const picture = { ...large, draw: () => undefined };
    await expectSame(picture, { factor: 5 }, 2);
  });

  test('when images are pooled at the same time', async () => {
    const dark = { ...large, data: large.data.map((sample) => sample >> 2) };
    const wide: Pixels = { data: Uint16Array.from(large.data, (sample) => sample * 257), width: 1000, height: 900, channels: 4 };
    await Promise.all([
      expectSame(large, { factor: 2 }, 2),
      expectSame(dark, { factor: 4, weights: 'perChannel', linear: true }, 1),
      expectSame(wide, { factor: 3 }, 3),
    ]);
  });
});

test('reports progress up to 1, and lets other work run', async () => {
  const reported: number[] = [];
  let turns = 0;
  const count = setInterval(() => turns++);
  await poolImageThreaded(large, { factor: 2, threads: 2, onProgress: (done) => reported.push(done) });
  clearInterval(count);
  expect(reported.length).toBeGreaterThan(5);
  expect(reported).toEqual([...reported].sort((a, b) => a - b));
  expect(reported[0]).toBeGreaterThan(0);
  expect(reported.at(-1)).toBe(1);
  expect(turns).toBeGreaterThan(0);
});

test.each([0, 2])('a signal that aborts stops the work on %i threads', async (threads) => {
  const controller = new AbortController();
  const reported: number[] = [];
  const onProgress = (done: number): void => {
    reported.push(done);
    controller.abort(new Error('enough'));
  };
  await expect(poolImageThreaded(large, { factor: 2, threads, signal: controller.signal, onProgress })).rejects.toThrow('enough');
  expect(reported).toHaveLength(1);
  const before = poolImageThreaded(large, { factor: 2, threads, signal: AbortSignal.abort(new Error('too late')), onProgress });
  await expect(before).rejects.toThrow('too late');
  expect(reported).toHaveLength(1);
  await expectSame(large, { factor: 2 }, threads); // the threads are free again
});

test('an error of onProgress is that of the call', async () => {
  const onProgress = (): void => {
    throw new Error('the page is gone');
  };
  await expect(poolImageThreaded(large, { factor: 2, threads: 2, onProgress })).rejects.toThrow('the page is gone');
});

describe('threads that fail', () => {
  /** The call with no threads yet, which starts threads of this class. */
  async function callWith(Thread: typeof Worker): Promise<typeof poolImageThreaded> {
    const threads = process.getBuiltinModule('node:worker_threads');
    Object.assign(threads, { Worker: Thread });
    onTestFinished(() => void Object.assign(threads, { Worker }));
    vi.resetModules();
    return (await import('../threads.ts')).poolImageThreaded;
  }

  test('one that ends while it works rejects the call, and the next one starts another', async () => {
    const started: Worker[] = [];
    const call = await callWith(
      class extends Worker {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          started.push(this);
        }
      },
    );
    // This β takes long enough for the thread to end before its work.
    const pooled = call(large, { factor: 2, beta: 1000, threads: 2, onProgress: () => void started[1]?.terminate() });
    await expect(pooled).rejects.toThrow('poolImageThreaded: a thread has ended: exit code 1');
    const { data } = await call(large, { factor: 2, threads: 2 });
    expect(Buffer.compare(data, poolImage(large, { factor: 2 }).data)).toBe(0);
    expect(started).toHaveLength(3);
  });

  test.each([
    ['throws', 'the name of no file', {}, 0],
    ['ends at once', 'process.exit(1)', { eval: true }, 2],
  ])('where a thread %s in place of starting, the calling thread pools', async (_, code, options, terminations) => {
    let starts = 0;
    const terminated = new Set<Worker>();
    const call = await callWith(
      class extends Worker {
        constructor() {
          starts++;
          super(code, options);
        }
        override terminate(): Promise<number> {
          terminated.add(this);
          return super.terminate();
        }
      },
    );
    const reported: number[] = [];
    const { data } = await call(large, { factor: 2, threads: 2, onProgress: (done) => reported.push(done) });
    expect(Buffer.compare(data, poolImage(large, { factor: 2 }).data)).toBe(0);
    expect(reported.at(-1)).toBe(1);
    expect(starts).toBe(2);
    expect(terminated.size).toBe(terminations);
  });
});

test('a process with idle threads ends by itself', async () => {
  const entry = new URL('../../dist/threads.js', import.meta.url);
  const program = `import { poolImageThreaded } from '${entry}';
    const image = { data: Uint8Array.of(0, 0, 9, 9), width: 2, height: 2, channels: 1 };
    console.log((await poolImageThreaded(image, { factor: 2, method: 'average' })).data[0]);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { timeout: 600_000 });
  expect(stdout).toBe('5\n'); // (0 + 0 + 9 + 9) / 4 = 4.5, rounded up
});

test.each<[options: unknown, error: Error]>([
  [undefined, new TypeError('poolImageThreaded: options must be an object, received undefined')],
  [{ factor: 0 }, new RangeError('poolImageThreaded: options.factor must be a positive integer, received 0')],
  [{ factor: 2, threads: 1.5 }, new RangeError('poolImageThreaded: options.threads must be an integer ≥ 0, received 1.5')],
  [{ factor: 2, threads: -1 }, new RangeError('poolImageThreaded: options.threads must be an integer ≥ 0, received -1')],
  [{ factor: 2, signal: 1 }, new TypeError('poolImageThreaded: options.signal must be an AbortSignal, received 1')],
])('rejects for the options %o', async (options, error) => {
  await expect(poolImageThreaded(large, options as { factor: number })).rejects.toThrow(error);
});
