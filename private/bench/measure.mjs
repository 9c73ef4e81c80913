// Times subjects in turn: each round runs every one of them once, so that a machine that slows down slows all alike.
import { median, quantileSorted } from 'simple-statistics';

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {() => unknown} run - One call. A promise is waited for.
 *
 * @typedef {object} Timing
 * @property {number[]} samples - Milliseconds a call, one a round; rounds are the same for all subjects measured together.
 * @property {number} median
 * @property {readonly [first: number, third: number]} quartiles
 */

/**
 * Times subjects that are to be compared.
 *
 * @template {string} N
 * @param {Record<N, () => unknown>} subjects - What is run, by name.
 * @param {{ rounds?: number, sampleMilliseconds?: number }} [options] - A sample is as many calls as take `sampleMilliseconds`.
 * @returns {Promise<Record<N, Timing>>}
 */
export async function measure(subjects, { rounds = 25, sampleMilliseconds = 5 } = {}) {
  const samplers = /** @type {Record<N, () => Promise<number>>} */ ({});
  for (const [name, run] of /** @type {[N, () => unknown][]} */ (Object.entries(subjects))) {
    const calls = await callsPerSample(run, sampleMilliseconds);
    samplers[name] = async () => (await time(run, calls)) / calls;
  }
  return sampleInTurn(samplers, rounds);
}

/**
 * Takes samples of subjects that are to be compared, by a clock of their own.
 *
 * @template {string} N
 * @param {Record<N, () => Promise<number>>} samplers - What takes a sample, and gives its milliseconds a call, by name.
 * @param {number} rounds
 * @returns {Promise<Record<N, Timing>>}
 */
export async function sampleInTurn(samplers, rounds) {
  const entries = /** @type {[N, () => Promise<number>][]} */ (Object.entries(samplers));
  const samples = new Map(entries.map(([name]) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    // None is always the one that comes after the slowest, or finds the cache as the same other one left it.
    const rotated = [...entries.slice(round % entries.length), ...entries.slice(0, round % entries.length)];
    for (const [name, sample] of rotated) samples.get(name)?.push(await sample());
  }
  const timings = entries.map(([name]) => [name, timingOf(samples.get(name) ?? [])]);
  return Object.fromEntries(timings);
}

/**
 * How many times as long `a` took as `b`: the median of the ratios within each round.
 *
 * @param {Timing} a
 * @param {Timing} b
 */
export function ratio(a, b) {
  return median(a.samples.map((sample, round) => sample / /** @type {number} */ (b.samples[round])));
}

/**
 * @param {number[]} samples
 * @returns {Timing}
 */
function timingOf(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return { samples, median: median(samples), quartiles: [quantileSorted(sorted, 0.25), quantileSorted(sorted, 0.75)] };
}

/** Milliseconds of calls before the first that counts, in which the engine compiles what it will. */
const WARM_UP = 50;

/**
 * Warms up, and finds how many calls a sample takes: by the fastest of three tries, so that an interruption is not taken for the call's own time.
 *
 * @param {() => unknown} run
 * @param {number} milliseconds
 */
async function callsPerSample(run, milliseconds) {
  const start = performance.now();
  while (performance.now() - start < WARM_UP) await time(run, 1);
  let calls = 1;
  for (;;) {
    const taken = Math.min(await time(run, calls), await time(run, calls), await time(run, calls));
    if (taken >= milliseconds) return calls;
    calls = Math.ceil(calls * Math.min(10, Math.max(1.5, milliseconds / Math.max(taken, 0.001))));
  }
}

/**
 * Milliseconds for so many calls.
 *
 * @param {() => unknown} run
 * @param {number} calls
 */
async function time(run, calls) {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}
