// What run.sh measured in its folder, as one page and one file of JSON: SoftPool on WebGPU beside CUDA and PyTorch. The argument is the folder.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { table } from '../tables.mjs';
import { passName } from './problems.mjs';
import { percent, rate, workName } from './tables.mjs';

/**
 * @typedef {Pick<import('./problems.mjs').Problem, 'dims' | 'window' | 'dtype' | 'layout'>} Setting
 *
 * @typedef {object} Line - What a program beside SoftPool measured.
 * @property {string} subject
 * @property {string} pass
 * @property {readonly number[]} shape - In the order channelsFirst.
 * @property {number} bytes
 * @property {number} median - Milliseconds.
 * @property {number} copy - Milliseconds of a copy of as many bytes.
 *
 * @typedef {{ bytes: number, median: number, ofCopy: number } | undefined} Figure
 */

const folder = argv[2] ?? '.';
const [device, tap] = ['output/device.txt', 'output/specification.tap'].map(read);
const gpuText = read('bench-output/gpu.json');
/** @type {{ adapter: import('./device.mjs').AdapterFacts, sections: import('./sections.mjs').Section[] } | undefined} */
const gpu = gpuText === '' ? undefined : JSON.parse(gpuText);
const [cuda, torch] = ['output/cuda.jsonl', 'output/torch.jsonl'].map(readLines);
const peers = [...(cuda ?? []), ...(torch ?? [])];
const specification = { passed: countOf('pass'), failed: countOf('fail') + countOf('cancelled'), skipped: countOf('skipped') };
const date = new Date().toISOString();

const page = [
  `# SoftPool on ${gpu?.adapter.name ?? 'a GPU'}`,
  `${date.slice(0, 10)}. By nvidia-smi (name, driver, memory): ${device?.trim() || 'it is not here'}.`,
  tap === ''
    ? 'The specification was not run.'
    : `Specification: ${specification.passed} passed, ${specification.failed} failed, ${specification.skipped} skipped.`,
  ...(gpu === undefined ? ['The benchmark gave no figures.'] : comparison(gpu.sections)),
  read('bench-output/gpu.md'),
];
writeFileSync(join(folder, 'results.md'), `${page.join('\n\n').trim()}\n`);
const results = { date, device: device?.trim(), specification, gpu, cuda, torch };
writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
console.log(`${page.slice(0, 3).join('\n')}\n\nWritten: results.md, results.json`);

/** @param {string} file */
function read(file) {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/**
 * @param {string} file
 * @returns {(Setting & Line)[]}
 */
function readLines(file) {
  const lines = read(file).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** @param {string} what - A total at the end of a report in the Test Anything Protocol. */
function countOf(what) {
  const [, count = '0'] = new RegExp(`^# ${what} (\\d+)$`, 'm').exec(tap ?? '') ?? [];
  return Number(count);
}

/** @param {readonly import('./sections.mjs').Section[]} sections */
function comparison(sections) {
  const rows = sections.flatMap(({ measured }) => measured);
  const head = ['', 'SoftPool, WebGPU', 'with clearing', 'CUDA textbook', 'PyTorch average', 'PyTorch max'];
  /** @param {(figure: NonNullable<Figure>) => string} cell */
  const tableOf = (cell) => {
    const lines = rows.map((row) => {
      const { problem } = row;
      const backward = problem.pass === 'forward' ? 'forward' : 'backward';
      const figures = [
        row,
        row.asGiven && { bytes: row.bytes, ...row.asGiven },
        figureOf(problem, 'CUDA textbook', problem.pass),
        figureOf(problem, 'PyTorch average', backward),
        figureOf(problem, 'PyTorch max', backward),
      ];
      const name = `${workName(problem)}, ${passName(problem.pass)}, ${problem.dtype}, ${problem.layout}`;
      return [name, ...figures.map((figure) => (figure === undefined ? '–' : cell(figure)))];
    });
    return table(head, lines, 'lrrrrr');
  };
  return [
    'Gigabytes a second of what each must move, and the part of the rate of a copy of as many bytes: by a kernel in WGSL, by cudaMemcpyAsync, by copy_ of PyTorch.',
    tableOf(({ bytes, median, ofCopy }) => `${rate(bytes, median)} (${percent(ofCopy)})`),
    'The same in milliseconds a call.',
    tableOf(({ median }) => median.toFixed(3)),
  ];
}

/**
 * @param {import('./problems.mjs').Problem} problem
 * @param {string} subject
 * @param {string} pass
 * @returns {Figure}
 */
function figureOf(problem, subject, pass) {
  const work = workName(problem);
  const line = peers.find(
    (line) =>
      line.subject === subject &&
      line.pass === pass &&
      line.dtype === problem.dtype &&
      line.layout === problem.layout &&
      workName({ ...line, layout: 'channelsFirst', inputShape: line.shape }) === work,
  );
  return line && { bytes: line.bytes, median: line.median, ofCopy: line.copy / line.median };
}
