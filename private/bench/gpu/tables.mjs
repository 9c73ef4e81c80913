// What was measured on the GPU, as Markdown.
import { version } from 'node:process';
import { table } from '../tables.mjs';
import { passName, windowName } from './problems.mjs';

/** @typedef {import('./problems.mjs').Problem} Problem */

/** What nobody may take the figures of a software adapter for. */
export const MEANINGLESS =
  '**A software adapter: a processor plays a GPU here. These figures mean nothing as speed; they show that the benchmark runs.**';

/**
 * @param {import('./device.mjs').Gpu} gpu
 * @param {import('./problems.mjs').Extent} extent
 */
export function conditions({ facts, timestamps }, { rounds, sampleMilliseconds }) {
  const clock = timestamps ? 'timestamps of the GPU' : 'the time from submission to the end of the work, for want of timestamps';
  const date = new Date().toISOString().slice(0, 10);
  return `${facts.name}; Node ${version}, ${date}. Medians of ${rounds} rounds of at least ${sampleMilliseconds} ms each, by ${clock}.`;
}

/** @param {import('./sections.mjs').Section} section */
export function kernelsTable({ measured }) {
  const [first] = measured;
  const rows = measured.map(({ problem, bytes, median, quartiles, ofCopy, asGiven }) => [
    `${passName(problem.pass)}, ${problem.dtype}, ${problem.layout}`,
    median.toFixed(3),
    quartiles.map((quartile) => quartile.toFixed(3)).join('–'),
    rate(bytes, median),
    percent(ofCopy),
    ...(asGiven ? [asGiven.median.toFixed(3), rate(bytes, asGiven.median), percent(asGiven.ofCopy)] : []),
  ]);
  const head = [first === undefined ? '' : workName(first.problem), 'ms, median', 'quartiles', 'GB/s', 'of a copy'];
  return table(first?.asGiven ? [...head, 'with clearing, ms', 'GB/s', 'of a copy'] : head, rows, 'lrrrrrrr');
}

/** @param {readonly import('./sections.mjs').Section[]} sections */
export function compositionTable(sections) {
  const rows = sections.flatMap(({ measured, composed }) =>
    composed.map(({ problem, median, ratio }) => {
      const ours = measured.find((row) => row.problem === problem);
      return [`${workName(problem)}, ${problem.layout}`, (ours?.median ?? 0).toFixed(3), median.toFixed(3), `${ratio.toFixed(1)}×`];
    }),
  );
  return table(['forward, float32', 'SoftPool, ms', 'composition, ms', 'times as long'], rows, 'lrrr');
}

/** @param {readonly import('./sections.mjs').Whole[]} points */
export function wholeTable(points) {
  const rows = points.map(({ problem, whole, cpu, ratio }) => [
    workName(problem),
    whole.median.toFixed(2),
    cpu.median.toFixed(2),
    `${ratio.toFixed(2)}×`,
  ]);
  return table(['forward, float32, channelsFirst', 'upload, call, read: ms', 'CPU, one thread: ms', 'speed over it'], rows, 'lrrr');
}

/** @param {Pick<Problem, 'dims' | 'window' | 'layout' | 'inputShape'>} problem - Its shape is given in the order channelsFirst. */
export function workName({ dims, window, layout, inputShape }) {
  const [batch, ...rest] = inputShape;
  const shape = layout === 'channelsFirst' ? inputShape : [batch, rest.at(-1), ...rest.slice(0, -1)];
  return `${windowName(dims, window)}, [${shape.join(',')}]`;
}

/**
 * @param {number} bytes
 * @param {number} milliseconds
 */
export function rate(bytes, milliseconds) {
  const gigabytes = bytes / milliseconds / 1e6;
  return gigabytes.toFixed(gigabytes < 100 ? 2 : 0);
}

/** @param {number} part */
export function percent(part) {
  return `${(100 * part).toFixed(0)} %`;
}
