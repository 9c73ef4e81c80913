/** Times calls in turn: each round runs every call once, so that a slowdown affects all alike. */
import { performance } from 'node:perf_hooks';

/** A call to time. It ends when the device has finished. */
export type TimedCall = () => void | Promise<void>;

export interface TimeInTurnOptions {
  readonly rounds: number;
  /** Shortest duration of a timing; calls are repeated to reach it. */
  readonly sampleMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
  onRound?(round: number): void;
}

/** Milliseconds per call, one value for each round, by name. */
export async function timeInTurn<Name extends string>(
  calls: Readonly<Record<Name, TimedCall>>,
  options: TimeInTurnOptions,
): Promise<Record<Name, number[]>> {
  const { rounds, sampleMilliseconds, signal } = options;
  const subjects: { name: Name; call: TimedCall; count: number; samples: number[] }[] = [];
  for (const [name, call] of Object.entries(calls) as [Name, TimedCall][]) {
    subjects.push({ name, call, count: await callsPerSample(call, sampleMilliseconds), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    // Rotate, so that no call always follows the slowest one.
    const first = round % subjects.length;
    for (const { call, count, samples } of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      samples.push((await time(call, count)) / count);
    }
    options.onRound?.(round + 1);
    await new Promise((resolve) => setImmediate(resolve)); // let signals run between rounds
    signal?.throwIfAborted();
  }
  return Object.fromEntries(subjects.map(({ name, samples }) => [name, samples])) as Record<Name, number[]>;
}

/** Two warm-up calls for the engine's compiler, then the faster of two timed ones. */
async function callsPerSample(call: TimedCall, milliseconds: number): Promise<number> {
  await time(call, 2);
  const single = Math.min(await time(call, 1), await time(call, 1));
  return Math.max(1, Math.ceil(milliseconds / Math.max(single, 0.001)));
}

async function time(call: TimedCall, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const ending = call();
    if (ending !== undefined) await ending;
  }
  return performance.now() - start;
}
