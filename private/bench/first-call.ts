/** The first calls of a new process, beside those of TensorFlow.js on its wasm backend. */
import { spawnSync } from 'node:child_process';
import { execPath } from 'node:process';
import { QUICK, timeCells } from './table.ts';

const ROUNDS = QUICK ? 2 : 21;

/** Programs that print the milliseconds of their steps as JSON. */
const PROGRAMS = {
  SoftPool: `
const { softPool2d } = await import('softpool');
next();
const x = { data: new Float32Array(256).fill(1), shape: [1, 4, 8, 8] };
softPool2d(x, { kernelSize: 2 });
next();
softPool2d(x, { kernelSize: 2 });
next();`,
  kernels: `
const [{ decodeBytes }, { HEAD, CODE }] = await Promise.all(
  ['decode-bytes', 'forward.generated'].map((name) => import(new URL('cpu/' + name + '.js', import.meta.resolve('softpool')))));
times.length = 0;
next();
const bytes = decodeBytes(HEAD, CODE);
next();
new WebAssembly.Module(bytes);
next();`,
  'TensorFlow.js': `
const tf = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
next();
const x = tf.fill([1, 8, 8, 4], 1);
tf.avgPool(x, 2, 2, 'valid').dataSync();
next();
tf.avgPool(x, 2, 2, 'valid').dataSync();
next();`,
};

/** Rows of the table: the step, its median and quartiles in milliseconds. */
export async function measureFirstCalls(): Promise<string[][]> {
  const runs: Record<keyof typeof PROGRAMS, number[][]> = { SoftPool: [], kernels: [], 'TensorFlow.js': [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]) runs[name].push(stepsOf(PROGRAMS[name]));
  }
  const row = (name: string, program: keyof typeof PROGRAMS, step: number) => [
    name,
    ...timeCells(runs[program].map((times) => times[step] as number)),
  ];
  return [
    row('SoftPool: import', 'SoftPool', 0),
    row('SoftPool: first call', 'SoftPool', 1),
    row('— of it, the bytes of the kernels', 'kernels', 1),
    row('— of it, compiling them', 'kernels', 2),
    row('SoftPool: second call', 'SoftPool', 2),
    row('TensorFlow.js wasm: import and start', 'TensorFlow.js', 0),
    row('TensorFlow.js wasm: first avgPool', 'TensorFlow.js', 1),
    row('TensorFlow.js wasm: second avgPool', 'TensorFlow.js', 2),
  ];
}

/** Runs a program in a new process. */
function stepsOf(program: string): number[] {
  const source = `const times = []; let last = performance.now();
const next = () => { const now = performance.now(); times.push(now - last); last = performance.now(); };
${program}
console.log(JSON.stringify(times));`;
  const { status, stdout, stderr } = spawnSync(execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the first calls could not be measured: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as number[];
}
