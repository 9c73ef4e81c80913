/**
 * `@softpool/experiments/internal`: what the private benchmarks share with
 * `@softpool/experiments`. It may change in any release; import it only from packages of this
 * repository.
 *
 * @module
 */
export { quartiles, ratio, sampleInTurn, type TimedCall, timeInTurn } from './latency/time-in-turn.ts';
