// What is measured together: all passes over one tensor by one window, with a copy and the composition; and the whole way from JavaScript's memory.
import { softPool2d, softPool3d } from 'softpool';
import { activations, sizeOf } from '../activations.mjs';
import { measure, ratio, sampleInTurn } from '../measure.mjs';
import { makeClock, samplerOf } from './clock.mjs';
import { makeComposition } from './composition.mjs';
import { makeCopy } from './copy.mjs';
import { bytesMoved, problemOf, problemsOf } from './problems.mjs';
import { inputsOf, softPoolSubject, uploadInputs } from './subject.mjs';
import { verify, verifyBuffer } from './verify.mjs';

/**
 * @typedef {import('./problems.mjs').Problem} Problem
 * @typedef {import('../measure.mjs').Timing} Timing
 * @typedef {import('./problems.mjs').Extent} Extent
 * @typedef {import('./device.mjs').Gpu} Gpu
 *
 * @typedef {object} Measured - One line: times in milliseconds a call.
 * @property {Problem} problem
 * @property {number} bytes - What must move.
 * @property {number} median - The kernels' own time.
 * @property {readonly [first: number, third: number]} quartiles
 * @property {number} ofCopy - The rate, as part of that of a copy of as many bytes in the same rounds.
 * @property {{ median: number, ofCopy: number } | undefined} asGiven - The same on a device as anybody is given it.
 * @property {number} copy - The median of that copy.
 *
 * @typedef {{ problem: Problem, median: number, ratio: number }} Composed - How many times as long as SoftPool it took.
 * @typedef {{ measured: Measured[], composed: Composed[] }} Section
 * @typedef {{ problem: Problem, whole: Timing, cpu: Timing, ratio: number }} Whole
 */

/**
 * @param {Gpu} gpu - That does not clear new buffers.
 * @param {Gpu | undefined} asGiven - That does, if this is to be measured.
 * @param {import('./problems.mjs').Dims} dims
 * @param {import('./problems.mjs').Window} window
 * @param {Extent} extent
 * @returns {Promise<Section>}
 */
export async function kernels(gpu, asGiven, dims, window, extent) {
  const { rounds, sampleMilliseconds } = extent;
  const problems = problemsOf(dims, window, extent);
  const inputs = inputsOf(/** @type {Problem} */ (problems[0]));
  const clock = makeClock(gpu);
  const tensors = uploadInputs(gpu.pool, inputs);
  const given = asGiven && { pool: asGiven.pool, clock: makeClock(asGiven), tensors: uploadInputs(asGiven.pool, inputs) };
  const copy = makeCopy(gpu.device, Math.max(...problems.map(bytesMoved)));

  /** @type {Record<string, () => Promise<number>>} */
  const samplers = {};
  for (const bytes of new Set(problems.map(bytesMoved))) {
    samplers[`copy ${bytes}`] = await samplerOf(clock, copy.moving(bytes), sampleMilliseconds);
  }
  for (const [i, problem] of problems.entries()) {
    await verify(gpu.pool, problem, tensors.of(problem), inputs);
    const alone = softPoolSubject(gpu.pool, problem, tensors.of(problem));
    samplers[`kernels ${i}`] = await samplerOf(clock, alone, sampleMilliseconds);
    if (given === undefined) continue;
    const cleared = softPoolSubject(given.pool, problem, given.tensors.of(problem));
    samplers[`given ${i}`] = await samplerOf(given.clock, cleared, sampleMilliseconds);
  }
  const compositions = new Map();
  for (const [i, problem] of problems.entries()) {
    if (problem.dtype !== 'float32' || problem.pass !== 'forward') continue;
    const composition = makeComposition(gpu.device, problem, tensors.of(problem).x.buffer);
    compositions.set(i, composition);
    samplers[`composition ${i}`] = await samplerOf(clock, composition.subject, sampleMilliseconds);
    await verifyBuffer(gpu.pool, problem, composition.y, inputs);
  }

  const timings = await sampleInTurn(samplers, rounds);
  for (const { free } of [copy, tensors, ...compositions.values()]) free();
  given?.tensors.free();
  /** @param {string} name */
  const timingOf = (name) => /** @type {Timing} */ (timings[name]);
  return {
    measured: problems.map((problem, i) => {
      const bytes = bytesMoved(problem);
      const [copied, { median, quartiles }] = [timingOf(`copy ${bytes}`), timingOf(`kernels ${i}`)];
      const ofCopy = ratio(copied, timingOf(`kernels ${i}`));
      const cleared = given && timingOf(`given ${i}`);
      const asGiven = cleared && { median: cleared.median, ofCopy: ratio(copied, cleared) };
      return { problem, bytes, median, quartiles, ofCopy, asGiven, copy: copied.median };
    }),
    composed: [...compositions.keys()].map((i) => {
      const timing = timingOf(`composition ${i}`);
      return { problem: /** @type {Problem} */ (problems[i]), median: timing.median, ratio: ratio(timing, timingOf(`kernels ${i}`)) };
    }),
  };
}

/**
 * The whole way of a forward pass, from a tensor in JavaScript's memory to its result there: upload, call and read-back, beside one thread of the CPU.
 *
 * @param {Gpu} gpu - As anybody is given it.
 * @param {import('./problems.mjs').Dims} dims
 * @param {import('./problems.mjs').Window} window
 * @param {readonly number[]} shape - In the order channelsFirst.
 * @param {Extent} extent
 * @returns {Promise<Whole>}
 */
export async function wholeWay({ pool }, dims, window, shape, extent) {
  const problem = problemOf({ dims, window, dtype: 'float32', layout: 'channelsFirst', pass: 'forward' }, shape);
  const x = activations([...shape]);
  const timings = await measure(
    {
      whole: async () => {
        const input = pool.upload(x);
        const y = pool[`softPool${dims}d`](input, window);
        await pool.read(y);
        for (const tensor of [input, y]) pool.free(tensor);
      },
      cpu: () => (dims === 2 ? softPool2d : softPool3d)(x, window),
    },
    extent,
  );
  return { problem, ...timings, ratio: ratio(timings.cpu, timings.whole) };
}

/**
 * The sizes for which the whole way is measured: one item of the batch, and all.
 *
 * @param {readonly number[]} shape
 */
export function wholeShapes(shape) {
  const one = [1, ...shape.slice(1)];
  return sizeOf(one) === sizeOf(shape) ? [shape] : [one, shape];
}
