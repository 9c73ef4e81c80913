/**
 * The benchmark on a GPU: `npm run bench:gpu`. It prints its tables and writes them to
 * bench-output/gpu.md, and its figures to gpu.json. A software adapter gets small tensors and few
 * rounds, as does `-- --quick`; `-- --full` takes the large ones there too.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv, exit, version } from 'node:process';
import { quartiles, ratio } from '@softpool/experiments/internal';
import { type Problem, problemName, windowName } from '../problem.ts';
import { QUICK, report, table, timeCells } from '../table.ts';
import { openGpu } from './device.ts';
import { EXTENTS, type Figure, measureKernels, measureWholeWay, type Row, WINDOWS } from './sections.ts';

const MEANINGLESS =
  '**A software adapter: a processor plays the GPU. These figures say nothing about speed; they show that the benchmark runs.**';

const gpu = await openGpu();
const warning = gpu.isSoftware ? [MEANINGLESS] : [];
const extent = EXTENTS[argv.includes('--full') || !(gpu.isSoftware || QUICK) ? 'full' : 'quick'];
const { rounds, sampleMilliseconds } = extent.timing;
const conditions =
  `${gpu.name}; Node ${version}, ${new Date().toISOString().slice(0, 10)}. ` +
  `Medians of ${rounds} rounds of at least ${sampleMilliseconds} ms each, by timestamps of the GPU.`;

const kinds = ([2, 3] as const).flatMap((dims) => WINDOWS.map((window) => ({ dims, window })));
const sections: Row[][] = [];
const wholes: Awaited<ReturnType<typeof measureWholeWay>>[] = [];
for (const { dims, window } of kinds) {
  sections.push(await report(windowName(dims, window), () => measureKernels(gpu, dims, window, extent)));
  const [batch, ...item] = extent.shapes[dims];
  for (const items of [1, batch]) wholes.push(await measureWholeWay(gpu, [items, ...item], window, extent));
}

const tables = [...sections.map(kernelsTable), wholeWayTable()];
const text = [...warning, conditions, ...tables, ...warning].join('\n\n');
console.log(text);
mkdirSync('bench-output', { recursive: true });
writeFileSync('bench-output/gpu.md', `${text}\n`);
const figures = { name: gpu.name, date: new Date().toISOString(), extent, sections, wholes };
writeFileSync('bench-output/gpu.json', `${JSON.stringify(figures, null, 1)}\n`);
console.log('\nWritten to bench-output/: gpu.md, gpu.json');
exit();

function passName({ pass, dtype, layout }: Problem) {
  return `${pass === 'forward' ? pass : `backward, ${pass}`}, ${dtype}, ${layout}`;
}

/** Milliseconds, gigabytes per second, and the share of a copy's rate. */
function figureCells({ bytes, samples, copies }: Figure): [median: string, rate: string, share: string] {
  const [, median] = quartiles(samples);
  return [median.toFixed(3), (bytes / median / 1e6).toPrecision(3), `${(100 * ratio(copies, samples)).toFixed(0)} %`];
}

function kernelsTable(rows: readonly Row[]) {
  const lines = rows.map(({ problem, kernels, cleared }) => {
    const [median, ...rates] = figureCells(kernels);
    return [passName(problem), median, timeCells(kernels.samples, 3)[1], ...rates, ...figureCells(cleared)];
  });
  const work = problemName((rows[0] as Row).problem);
  return table([work, 'ms, median', 'quartiles', 'GB/s', 'of a copy', 'with clearing, ms', 'GB/s', 'of a copy'], lines);
}

function wholeWayTable() {
  const lines = wholes.map(({ problem, whole, cpu }) => {
    const medians = [whole, cpu].map((samples) => quartiles(samples)[1].toFixed(3));
    return [problemName(problem), ...medians, `${ratio(cpu, whole).toFixed(2)}×`];
  });
  return table(['forward, float32, channelsFirst', 'upload, call, read: ms', 'CPU, one thread: ms', 'speed over it'], lines);
}
