/** Times calls in turn: each round makes every call once, so a slower machine slows all alike. */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { median, quantile } from 'simple-statistics';
import { throwIfAborted } from 'softpool/internal';

/** A call that is timed. If it returns a promise, its time ends when the promise settles. */
export type TimedCall = () => unknown;

export interface RoundOptions {
  readonly rounds: number;
  /**
   * A pause before each sample, in milliseconds. Threads that spin for more work of another call
   * fall asleep in it. Default: none.
   */
  readonly pauseMilliseconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onRound?(round: number): void;
}

export interface TimeInTurnOptions extends RoundOptions {
  /** A sample is as many calls as take this long. */
  readonly sampleMilliseconds: number;
}

/** Milliseconds per call, one value for each round, by the calls' names. */
export async function timeInTurn<Name extends string>(
  calls: Readonly<Record<Name, TimedCall>>,
  options: TimeInTurnOptions,
): Promise<Record<Name, number[]>> {
  const samplers: [string, () => Promise<number>][] = [];
  for (const [name, call] of Object.entries<TimedCall>(calls)) {
    const count = await callsPerSample(call, options.sampleMilliseconds);
    samplers.push([name, async () => (await time(call, count)) / count]);
  }
  return sampleInTurn(Object.fromEntries(samplers) as Record<Name, () => Promise<number>>, options);
}

/** The same with another clock: each sampler returns one value for each round. */
export async function sampleInTurn<Name extends string>(
  samplers: Readonly<Record<Name, () => Promise<number>>>,
  { rounds, pauseMilliseconds = 0, signal, onRound }: RoundOptions,
): Promise<Record<Name, number[]>> {
  const entries = Object.entries<() => Promise<number>>(samplers);
  const samples = new Map(entries.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another call, so that none always follows the slowest.
    const first = round % entries.length;
    for (const [name, sample] of [...entries.slice(first), ...entries.slice(0, first)]) {
      if (pauseMilliseconds > 0) await setTimeout(pauseMilliseconds);
      samples.get(name)?.push(await sample());
    }
    onRound?.(round + 1);
    await new Promise((resolve) => setImmediate(resolve)); // lets signals through
    throwIfAborted(signal);
  }
  return Object.fromEntries(samples) as Record<Name, number[]>;
}

/** The first quartile, the median and the third quartile. */
export function quartiles(samples: readonly number[]): [first: number, middle: number, third: number] {
  const values = [...samples];
  return [quantile(values, 0.25), median(values), quantile(values, 0.75)];
}

/** How many times as long `a` took as `b`: the median of the ratios within rounds. */
export function ratio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((milliseconds, round) => milliseconds / (b[round] as number)));
}

/** Milliseconds of calls before the first one that counts. The engine compiles them meanwhile. */
const WARM_UP = 50;

/** Warms up, then takes the fastest of three tries, so that an interruption does not count. */
async function callsPerSample(call: TimedCall, milliseconds: number): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < WARM_UP) await time(call, 1);
  for (let count = 1; ; ) {
    const taken = Math.min(await time(call, count), await time(call, count), await time(call, count));
    if (taken >= milliseconds) return count;
    count = Math.ceil(count * Math.min(10, Math.max(1.5, milliseconds / Math.max(taken, 0.001))));
  }
}

async function time(call: TimedCall, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const result = call();
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}
