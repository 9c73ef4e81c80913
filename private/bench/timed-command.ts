/** Whole commands: wall-clock time, processor time and peak memory, by GNU time. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { quartiles, sampleInTurn } from '@softpool/experiments/internal';

/** One run of a command. */
export interface Run {
  readonly wall: number;
  readonly processor: number;
  /** Of the largest of its processes. */
  readonly megabytes: number;
}

const TIME = '/usr/bin/time';

/** Runs a command to its end; `report` is a file that may be overwritten. */
export function timedRun(report: string, command: readonly string[]): Run {
  const { status, stderr, error } = spawnSync(TIME, ['-o', report, '-f', '%e %U %S %M', ...command], { encoding: 'utf8' });
  if (error) throw new Error(`the benchmark needs GNU time as ${TIME}`, { cause: error });
  if (status !== 0) throw new Error(`${command.slice(0, 4).join(' ')} failed: ${stderr}`);
  const [wall, user, system, kilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number) as [number, number, number, number];
  rmSync(report);
  return { wall, processor: user + system, megabytes: kilobytes / 1000 };
}

/** Runs every command once in each round, in turn. */
export async function sampleRuns(
  subjects: Readonly<Record<string, () => Run | Promise<Run>>>,
  rounds: number,
): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  const samplers = Object.entries(subjects).map(([name, run]) => {
    const sample = async (): Promise<number> => runs[name]?.push(await run()) ?? 0;
    return [name, sample] as const;
  });
  await sampleInTurn(Object.fromEntries(samplers), { rounds });
  return runs;
}

/** The median, and the smallest and largest value, as in `6.8 (5.9–8.1)`. */
export function spreadCell(values: readonly number[], digits: number): string {
  const [least, middle, most] = [Math.min(...values), quartiles(values)[1], Math.max(...values)].map((value) => value.toFixed(digits));
  return `${middle} (${least}–${most})`;
}
