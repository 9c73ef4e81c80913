/**
 * The benchmark on the CPU: `npm run bench`, some minutes. It prints its tables, and writes them
 * and its charts to bench-output/. `-- --update-docs` also puts them into docs/performance.md, so
 * no figure there is copied by hand.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { quartiles, ratio } from '@softpool/experiments/internal';
import { chartSvg } from '@softpool/training/internal';
import { measureFirstCalls } from './first-call.ts';
import { overviewSvg } from './overview-chart.ts';
import { sizeOf, windowName } from './problem.ts';
import { endPyTorch } from './pytorch.ts';
import { measureKernels, measureSection, measureSmall, type Point, SECTIONS } from './sections.ts';
import { DOCUMENT, machineLine, QUICK, report, table, withPart } from './table.ts';
import { measureThreads } from './threads.ts';

const OUTPUT = 'bench-output/';

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');
const targets: string[][] = [];
const tables: Record<string, string> = {};
let pairs: string[][] = [];
for (const [name, section] of Object.entries(SECTIONS)) {
  const measured = await report(name, () => measureSection(section));
  targets.push(...measured.targets);
  if (name === 'pairs') pairs = measured.rows;
  tables[name] = table([measured.name, 'ms, median', 'quartiles', 'input GB/s'], measured.rows);
}
endPyTorch();
const kernels = await report('larger windows', measureKernels);
const small = await report('small tensors', measureSmall);
const firstCalls = await report('first calls', measureFirstCalls);
const threads = await report('threads', measureThreads);

/** What stands between the markers in docs/performance.md, by the markers' names. */
const parts = {
  machine: machineLine(),
  targets: table(['work', 'measured', 'must reach', 'reached'], targets, 'lrrl'),
  ...tables,
  kernels: kernelsTable(),
  threads: table(
    ['tensor', 'between calls', 'one thread, ms', 'two threads', 'two workers', 'two threads over one', 'two workers'],
    threads,
    'llrrrrr',
  ),
  small: smallTable(),
  'first-calls': table(['in a new process', 'ms, median', 'quartiles'], firstCalls),
};
const text = Object.values(parts).join('\n\n');
console.log(text);
mkdirSync(OUTPUT, { recursive: true });
writeFileSync(`${OUTPUT}report.md`, `${text}\n`);
await writeCharts(OUTPUT);
console.log(`\nWritten to ${OUTPUT}: report.md and three charts`);
if (isUpdate) {
  writeFileSync(DOCUMENT, Object.entries(parts).reduce(withPart, readFileSync(DOCUMENT, 'utf8')));
  await writeCharts('docs/');
  console.log(`Updated: ${DOCUMENT} and its charts`);
}

/** Nanoseconds per output. */
function costOf({ outputShape }: Point['problem'], samples: readonly number[]) {
  return (quartiles(samples)[1] * 1e6) / sizeOf(outputShape);
}

function kernelsTable() {
  const rows = kernels.map(({ problem, ours, plain }) => {
    const { kernelSize } = problem.window;
    const [cost, plainCost] = [costOf(problem, ours), costOf(problem, plain)];
    const costs = [cost.toFixed(2), (cost / kernelSize ** 2).toFixed(3), plainCost.toFixed(1)];
    return [`${kernelSize}×${kernelSize}`, problem.layout, ...costs, `${ratio(plain, ours).toFixed(0)}×`];
  });
  return table(['window', 'layout', 'ns an output', 'ns a tap', 'plain loop, ns an output', 'speed over it'], rows, 'llrrrr');
}

/** The windows of a small tensor, whose padding is not named. */
function windowsOf({ dims, window, layout }: Point['problem']) {
  return `${windowName(dims, { ...window, padding: 0 })}, ${layout}`;
}

function smallTable() {
  const rows = small.map(({ problem, ours, plain }) => {
    const microseconds = [ours, plain].map((samples) => (quartiles(samples)[1] * 1000).toFixed(2));
    return [`[${problem.inputShape}]`, windowsOf(problem), ...microseconds, `${ratio(plain, ours).toFixed(2)}×`];
  });
  return table(['tensor', 'windows', 'SoftPool, µs', 'plain loop, µs', 'speed over it'], rows, 'llrrr');
}

/**
 * Writes the chart of the first table, and the curves of two others. The cost of windows has a
 * curve beside it that grows as taps do.
 */
async function writeCharts(folder: string) {
  const [smallest] = kernels as [Point, ...Point[]];
  const perTap = costOf(smallest.problem, smallest.ours) / smallest.problem.window.kernelSize ** 2;
  const costs = kernels.flatMap(({ problem, ours }) => [
    { x: problem.window.kernelSize, y: costOf(problem, ours), series: `SoftPool, ${problem.layout}` },
    { x: problem.window.kernelSize, y: perTap * problem.window.kernelSize ** 2, series: 'as the taps grow' },
  ]);
  const speeds = small.map(({ problem, ours, plain }) => ({
    x: sizeOf(problem.inputShape),
    y: ratio(plain, ours),
    series: windowsOf(problem),
  }));
  const kernelsTitles = ['Windows at stride 1: the cost of an output', 'side of the window', 'nanoseconds per output'] as const;
  const smallTitles = ['Small tensors: speed over a plain JavaScript loop', 'elements of the tensor', 'times as fast'] as const;
  writeFileSync(`${folder}performance-overview.svg`, await overviewSvg(pairs));
  writeFileSync(`${folder}performance-kernels.svg`, await chartOf(kernelsTitles, costs, 'linear'));
  writeFileSync(`${folder}performance-small.svg`, await chartOf(smallTitles, speeds, 'log'));
}

function chartOf(
  [title, x, y]: readonly [string, string, string],
  values: { x: number; y: number; series: string }[],
  type: 'linear' | 'log',
) {
  const scale = type === 'log' ? ({ type, base: 2 } as const) : ({ type } as const);
  return chartSvg({
    ...{ width: 560, height: 300, title, config: { legend: { labelLimit: 0 } } },
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x, scale, axis: type === 'linear' ? { values: [3, 5, 7, 11] } : {} },
      y: { field: 'y', type: 'quantitative', title: y, scale },
      color: { field: 'series', type: 'nominal', title: null },
    },
  });
}
