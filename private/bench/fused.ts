/**
 * Fused multiply-add beside plain SIMD, on one thread: `npm run bench:fused`, a minute. It prints
 * its table. `-- --update-docs` also puts it into docs/performance.md.
 */
import { argv, versions } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { ratio, timeInTurn } from '@softpool/experiments/internal';
import { type Layout, softPool2d } from 'softpool';
import { softPool2d as fusedSoftPool2d } from 'softpool/relaxed';
import { activations, problemOf, type Variant, type Window } from './problem.ts';
import { openMemory, pooled, pooledTo, type Subject } from './subjects.ts';
import { DOCUMENT, machineLine, QUICK, report, table, timeCell, updateDocument } from './table.ts';

if (versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

const SHAPE = QUICK ? [1, 8, 32, 32] : [1, 64, 112, 112];
const PAIRS = { kernelSize: 2, stride: 2 };
const THREES = { kernelSize: 3, stride: 2, padding: 1 };

const work: readonly [name: string, window: Window, variant?: Variant, subject?: Subject][] = [
  ...inBothLayouts('2×2/2', PAIRS),
  ...inBothLayouts('3×3/2 pad 1', THREES),
  ['5×5/1', { kernelSize: 5, stride: 1 }],
  ['global', PAIRS, {}, pooledTo('global')],
  ['adaptive to 7×7', PAIRS, {}, pooledTo(7)],
  ['8×8/8', { kernelSize: 8, stride: 8 }],
  ['4×4/4', { kernelSize: 4, stride: 4 }],
  ['3×3/3', { kernelSize: 3, stride: 3 }],
  ...inBothLayouts('shared weights', { ...PAIRS, weights: 'shared' }),
  ...inBothLayouts('backward, exact', PAIRS, { pass: 'exact' }),
  ...inBothLayouts('backward, weights', PAIRS, { pass: 'weights' }),
];

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');
const x = activations([1, 1, 64, 64]);
const [plainOutput, fusedOutput] = [softPool2d(x, PAIRS).data, fusedSoftPool2d(x, PAIRS).data];
const isFused = fusedOutput.some((value, i) => value !== plainOutput[i]);
if (!isFused) throw new Error('bench: this engine has no relaxed SIMD; use Node 20 or later');
const rows = await report('fused multiply-add', measure);
const text = `${machineLine()}\n\n${table(['work', 'plain, ms', 'fused, ms', 'times as fast'], rows)}`;
console.log(text);
if (isUpdate) updateDocument(DOCUMENT, { fused: text });

/** The cells of the table: medians with quartiles of both modules, called in turn. */
async function measure(): Promise<string[][]> {
  const rows: string[][] = [];
  const [plain, fused] = [openMemory(), openMemory({ relaxedSimd: true })];
  for (const [name, window, variant = {}, subject = pooled(1)] of work) {
    const problem = problemOf(SHAPE, window, variant);
    const calls = { plain: await subject(problem, plain), fused: await subject(problem, fused) };
    const samples = await timeInTurn(calls, QUICK ? { rounds: 3, sampleMilliseconds: 0.5 } : { rounds: 41, sampleMilliseconds: 5 });
    rows.push([name, timeCell(samples.plain), timeCell(samples.fused), ratio(samples.plain, samples.fused).toFixed(2)]);
  }
  plain.close();
  fused.close();
  return rows;
}

function inBothLayouts(name: string, window: Window, variant: Variant = {}): [string, Window, Variant][] {
  const layouts: readonly Layout[] = ['channelsFirst', 'channelsLast'];
  return layouts.map((layout) => [`${name}, ${layout}`, window, { ...variant, layout }]);
}
