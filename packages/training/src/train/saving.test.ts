// When a checkpoint is written, by a clock that only the test moves.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OpenRecord } from '../runs/record.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { START } from './position.ts';
import { createSaving } from './saving.ts';

vi.mock('./checkpoint.ts', async (original) => ({ ...(await original<object>()), writeCheckpoint: vi.fn() }));

/** Seconds that have passed. */
let clock: number;

beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * clock);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * Takes steps of so many seconds, where writing a checkpoint takes `cost` seconds. Resolves to the
 * steps, counted from 1, after which a checkpoint was written.
 */
async function savedAfter(steps: readonly number[], cost: number, options: { checkpointSteps?: number; checkpointSeconds?: number } = {}) {
  const saved: number[] = [];
  vi.mocked(writeCheckpoint).mockImplementation(async (_folder, _model, _optimizer, { step }) => {
    clock += cost;
    saved.push(step);
  });
  const record: Partial<OpenRecord> = { append: () => {}, flush: () => {} };
  // The model, the optimizer and the data are only passed on.
  const saving = createSaving({ record, at: START, options: { output: '', ...options } } as unknown as Parameters<typeof createSaving>[0]);
  const batch = { number: 0, x: new Float32Array(1), shape: [1, 1], labels: new Uint16Array(1), indices: new Uint32Array(1) };
  for (const seconds of steps) {
    clock += seconds;
    const time = { at: '2026-01-01T00:00:00.000Z', seconds };
    await saving.step(batch, { loss: 1, correct: 0, learningRate: 0.1, skipped: 0, time });
  }
  return saved;
}

test('a checkpoint follows each step of more than half a second', async () => {
  expect(await savedAfter([0.5, 0.51, 0.1, 0.5, 2], 0)).toEqual([2, 5]);
});

test('a checkpoint that took more than a twentieth of the time since then delays the next', async () => {
  // The first takes 1 s: the next is due when 20 s have passed, and follows a long step.
  expect(await savedAfter([1, 10, 9.5, 0.5, 1, 19, 1], 1)).toEqual([1, 5, 7]);
});

test('a checkpoint that takes exactly a twentieth of the time is written', async () => {
  expect(await savedAfter([5, 20, 20], 1)).toEqual([1, 2, 3]);
});

test('short steps are saved by their number and by the time alone', async () => {
  expect(await savedAfter(Array(9).fill(0.25), 0, { checkpointSteps: 4 })).toEqual([4, 8]);
  expect(await savedAfter(Array(9).fill(0.25), 0, { checkpointSeconds: 1 })).toEqual([4, 8]);
});
