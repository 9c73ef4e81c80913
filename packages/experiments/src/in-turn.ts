/** Times calls in turn: each round makes every one of them once, so that a machine that slows down slows all alike. */
import { performance } from 'node:perf_hooks';

/** A call that is timed. It ends when the device has done its work. */
export type TimedCall = () => void | Promise<void>;

export interface InTurnOptions {
  readonly rounds: number;
  /** A sample is as many calls as take this long. */
  readonly sampleMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
  onRound?(round: number): void;
}

/** Milliseconds a call, one for each round, by the calls' names. */
export async function timedInTurn<Name extends string>(
  calls: Readonly<Record<Name, TimedCall>>,
  options: InTurnOptions,
): Promise<Record<Name, number[]>> {
  const { rounds, sampleMilliseconds, signal } = options;
  const subjects: { name: Name; call: TimedCall; count: number; samples: number[] }[] = [];
  for (const [name, call] of Object.entries(calls) as [Name, TimedCall][]) {
    subjects.push({ name, call, count: await callsPerSample(call, sampleMilliseconds), samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    // None is always the one that comes after the slowest.
    const first = round % subjects.length;
    for (const { call, count, samples } of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      samples.push((await time(call, count)) / count);
    }
    options.onRound?.(round + 1);
    await new Promise((resolve) => setImmediate(resolve)); // a computing backend leaves no moment for signals
    signal?.throwIfAborted();
  }
  return Object.fromEntries(subjects.map(({ name, samples }) => [name, samples])) as Record<Name, number[]>;
}

/** Two calls in which the engine compiles what it will, then the fastest of two: an interruption is not taken for the call's own time. */
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
