/** Archives reduced by the command, alone and by workers on a queue. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { env, execPath } from 'node:process';
import type { TestRedis } from '@softpool/testing/redis';
import type { Archives } from './pictures.ts';

/** A run: its time, and the processor time of all its processes, in seconds. */
export interface Run {
  readonly seconds: number;
  readonly processor: number;
}

const COMMAND = [execPath, 'packages/cli/bin/softpool.js'];
const TIME = '/usr/bin/time';

/** One process without a queue. */
export async function runAlone(archives: Archives, folder: string): Promise<Run> {
  const output = emptyFolder(`${folder}/alone`);
  return await timed([[...argumentsOf(archives, output), '--quiet']], archives, output, '');
}

/** Several workers, from their start to the end of the last. */
export async function runWorkers(archives: Archives, folder: string, { url }: TestRedis, count: number): Promise<Run> {
  const output = emptyFolder(`${folder}/workers-${count}`);
  await run([...COMMAND, 'queue', 'add', '--quiet', ...argumentsOf(archives, output)], url);
  const work = ['queue', 'work', '--until-empty', '--quiet'];
  return await timed(Array(count).fill(work), archives, output, url);
}

/** One picture at a time in each process: the processes are what is compared. */
function argumentsOf({ pattern }: Archives, output: string): string[] {
  return ['image', pattern, '-o', output, '--factor', '2', '--jobs', '1'];
}

function emptyFolder(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

/** Runs commands at the same time, and checks that they made every archive. */
async function timed(commands: readonly (readonly string[])[], { names }: Archives, output: string, url: string): Promise<Run> {
  const start = performance.now();
  const reports = commands.map((_, index) => `${output}.${index}.time`);
  await Promise.all(commands.map((command, i) => run([TIME, '-o', String(reports[i]), '-f', '%U %S', ...COMMAND, ...command], url)));
  const seconds = (performance.now() - start) / 1000;
  const missing = names.filter((name) => !existsSync(`${output}/${name}.tar`));
  if (missing.length > 0) throw new Error(`bench: ${output} has no ${missing.join(', ')}`);
  const times = reports.flatMap((report) => readFileSync(report, 'utf8').trim().split(' ').map(Number));
  return { seconds, processor: times.reduce((sum, time) => sum + time, 0) };
}

async function run([program = '', ...args]: readonly string[], url: string): Promise<void> {
  const child = spawn(program, args, { env: { ...env, REDIS_URL: url }, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`bench: ${args.join(' ')} ended with code ${code}`);
}
