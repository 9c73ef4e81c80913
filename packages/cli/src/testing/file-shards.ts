/** Jobs on files that tests run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { filesBelow, type Result, type RunOptions, runCli, temporaryFolder } from './run-cli.ts';

/** A folder with these photographs in `photos`. */
export async function photos(...names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) await plain(folder, `photos/${name}`, 8, 8);
  return folder;
}

/** Runs `softpool image` there. */
export function image(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['image', ...line.split(' ')], options);
}

/** The pictures in `out`. */
export const outputs = async (folder: string): Promise<string[]> =>
  (await filesBelow(join(folder, 'out'))).filter((name) => name.endsWith('.png'));

/** The lines of a ledger. */
export const ledger = (folder: string, shard: string): { key: string; status: string; reason?: string }[] =>
  readFileSync(join(folder, `out/${shard}.ledger.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
