import { temporaryFolder } from '@softpool/testing/tiny';
import { softPool2d, softPool3d } from '@softpool/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { runExperiment } from '../run/run-experiment.ts';
import type { Report } from '../run/types.ts';
import { latencyExperiment } from './latency.ts';
import { latencyReport } from './report.ts';
import { quartiles, ratio, sampleInTurn, timeInTurn } from './time-in-turn.ts';
import type { LatencyResult } from './types.ts';

vi.mock('@softpool/tfjs', { spy: true });
vi.mock('@softpool/training/internal', async (original) => ({
  ...(await original<object>()),
  chartSvg: async () => '<svg/>',
  svgToPng: () => new Uint8Array(),
}));

const POOLINGS = ['soft, per channel', 'soft, exact gradient', 'soft, shared weights', 'average', 'max', 'soft, composed of ops'];

test('each pooling is timed on each backend and shape, forward and backward', async () => {
  const shapes = [
    [1, 4, 4, 2],
    [1, 2, 4, 4, 2],
  ];
  const experiment = latencyExperiment({ backends: ['wasm', 'cpu'], shapes, rounds: 2, sampleMilliseconds: 0.01 });
  const shares: number[] = [];
  const onProgress = ({ run, share, isDone }: { run: string; share: number; isDone: boolean }) => {
    if (run === 'wasm/1×4×4×2' && !isDone) shares.push(share);
  };
  const { report } = await runExperiment(experiment, { output: await temporaryFolder(), onProgress });
  expect(shares).toEqual([0, 0.25, 0.5, 0.75, 1]); // two rounds forward, and two of both
  expect(report?.tables.map(({ title }) => title)).toEqual([
    'wasm, [1, 4, 4, 2], windows 2×2',
    'wasm, [1, 2, 4, 4, 2], windows 2×2×2',
    'cpu, [1, 4, 4, 2], windows 2×2',
    'cpu, [1, 2, 4, 4, 2], windows 2×2×2',
  ]);
  expect(report?.tables[0]?.rows.map(([name]) => name)).toEqual(POOLINGS);
  for (const op of [softPool2d, softPool3d]) {
    const options = new Set(vi.mocked(op).mock.calls.map(([, , , , each]) => JSON.stringify(each)));
    expect([...options].sort()).toEqual(['{"gradient":"exact"}', '{"weights":"shared"}', '{}']);
  }
  expect(report?.method[0]).toBe('Backends: wasm (WebAssembly, one thread); cpu (plain JavaScript, slow).');
  const [wasm] = (report as Report).figures as unknown as [
    { timings: { pooling: string; pass: string; peakBytes: number; median: number }[] },
  ];
  expect(wasm.timings).toHaveLength(12);
  for (const { median } of wasm.timings) expect(median).toBeGreaterThan(0);
  const forward = (name: string) => wasm.timings.find(({ pooling, pass }) => pooling === name && pass === 'forward')?.peakBytes;
  // 8 outputs of 4 bytes; the composition holds eˣ, x eˣ, two averages and the quotient at once.
  expect([forward('max'), forward('soft, per channel')]).toEqual([32, 32]);
  expect(forward('soft, composed of ops')).toBe(2 * 128 + 3 * 32);
});

test('cells are medians with quartiles, and ratios within a round', () => {
  // Sorted 2, 3, 11, 16, 20; ratios to max by round: 2, 1.5, 5, 2, 2.2.
  const timings = POOLINGS.flatMap((pooling) =>
    (['forward', 'forward and backward'] as const).map((pass) => ({
      pooling: pooling as 'max',
      pass,
      milliseconds: pooling === 'max' ? [1, 2, 4, 8, 5] : [2, 3, 20, 16, 11],
      peakBytes: 2_500_000,
    })),
  );
  const found: LatencyResult = { device: 'wasm', timings };
  const { tables } = latencyReport(['wasm'], [[1, 2, 2, 1]], 5, () => found);
  expect(tables[0]?.rows[0]).toEqual(['soft, per channel', '11.00 (3.00–16.00)', '2.00×', '2.50', '11.00 (3.00–16.00)', '2.00×', '2.50']);
  expect(tables[0]?.rows[4]?.[2]).toBe('1.00×');
  const cellOf = (scale: number): string | undefined => {
    const scaled = timings.map((timing) => ({ ...timing, milliseconds: timing.milliseconds.map((each) => scale * each) }));
    return latencyReport(['wasm'], [[1, 2, 2, 1]], 5, () => ({ ...found, timings: scaled })).tables[0]?.rows[0]?.[1];
  };
  expect([0.01, 10].map(cellOf)).toEqual(['0.110 (0.030–0.160)', '110 (30–160)']);
});

test('the report says why a backend is missing', () => {
  const { method, tables, charts } = latencyReport(['webgpu'], [[1, 2, 2, 1]], 3, () => ({ missing: 'there is no GPU' }));
  expect(method[0]).toBe('Backends: none. Not measured: webgpu: there is no GPU.');
  expect([tables, charts]).toEqual([[], []]);
});

describe('calls in turn', () => {
  test('start each round with a different one', async () => {
    const called: string[] = [];
    const wait = (name: string) => async (): Promise<void> => {
      called.push(name);
      await new Promise((resolve) => setTimeout(resolve, 3));
    };
    const samples = await timeInTurn({ a: wait('a'), b: wait('b') }, { rounds: 3, sampleMilliseconds: 1 });
    expect(called.slice(-6).join('')).toBe('abbaab'); // the calls before these warm up
    expect([samples.a.length, samples.b.length]).toEqual([3, 3]);
    for (const milliseconds of [...samples.a, ...samples.b]) expect(milliseconds).toBeGreaterThan(1);
  });

  test('are timed one by one, however many a sample has', async () => {
    const { nothing } = await timeInTurn({ nothing: () => {} }, { rounds: 3, sampleMilliseconds: 20 });
    for (const milliseconds of nothing) expect(milliseconds).toBeLessThan(2);
  });

  test('take samples by another clock, too', async () => {
    let [a, b] = [0, 100];
    const samplers = { a: async () => ++a, b: async () => ++b };
    expect(await sampleInTurn(samplers, { rounds: 3 })).toEqual({ a: [1, 2, 3], b: [101, 102, 103] });
  });

  test('are compared within rounds', () => {
    expect(ratio([2, 30, 4], [1, 10, 4])).toBe(2); // of 2, 3 and 1
    expect(quartiles([3, 1, 2, 5, 4])).toEqual([2, 3, 4]);
  });

  test('stop with their signal', async () => {
    const stop = new AbortController();
    const running = timeInTurn(
      { a: () => {} },
      { rounds: 1000, sampleMilliseconds: 0.01, signal: stop.signal, onRound: (round) => round === 2 && stop.abort() },
    );
    await expect(running).rejects.toThrow('aborted');
  });
});

test('invalid options are errors', () => {
  expect(() => latencyExperiment({ backends: ['gpu' as 'cpu'] })).toThrow(
    "options.backends[0] must be 'wasm' or 'webgpu' or 'cpu', received 'gpu'",
  );
  expect(() => latencyExperiment({ shapes: [[1, 1, 4, 2]] })).toThrow(
    'options.shapes[0] must be [batch, …2 or 3 sides of at least 2, channels], received [1, 1, 4, 2]',
  );
  expect(() => latencyExperiment({ sampleMilliseconds: 0 })).toThrow('options.sampleMilliseconds must be a number above 0, received 0');
  expect(() => latencyExperiment({ rounds: 0 })).toThrow('options.rounds must be a positive integer, received 0');
});
