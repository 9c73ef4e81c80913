/** Proves that a job of killed processes ends as one that was left alone. */
import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise } from '@softpool/testing/pictures';
import { expect } from 'vitest';
import { filesIn, namesIn, writeArchive } from './archives.ts';
import { runKilled } from './killed-job.ts';
import { filesBelow, runCli } from './run-cli.ts';

/** How large the proof is. */
export interface Proof {
  readonly kind: 'archives' | 'files';
  readonly pictures: number;
  /** Archives, or shards of files. */
  readonly shards: number;
  readonly processes: number;
  readonly kills: number;
}

/** A ledger's lines, as JSON. */
interface Line {
  readonly key: string;
  readonly status: string;
  readonly outputs: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** The inputs of a job: its words, and the keys of each shard. */
interface Inputs {
  readonly sources: readonly string[];
  readonly keys: readonly string[];
}

const name = (i: number): string => `picture-${String(i).padStart(6, '0')}`;
const archive = (i: number): string => `in-${String(i).padStart(6, '0')}`;

/** Runs the job alone and with killed processes, and compares. */
export async function proveKilledJob(folder: string, { kind, pictures, shards, processes, kills }: Proof): Promise<void> {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}; SEED=${seed} kills at the same moments`);
  const { sources, keys } = await makeInputs(folder, { kind, pictures, shards });
  const args = ['image', ...sources, '--factor', '2', '--jobs', '2'];
  const alone = await runCli(folder, [...args, '-o', 'alone', ...(kind === 'files' ? ['--shard', '1/1'] : [])]);
  expect([alone.status, alone.problems]).toEqual([0, []]);

  const tasks = kind === 'files' ? shards : processes;
  expect(await runKilled({ folder, args: [...args, '-o', 'killed'], output: 'killed', processes: tasks, kills, seed })).toBe(kills);
  expectNoPartialFiles(join(folder, 'killed'), join(folder, 'alone'));
  for (let task = 1; task <= tasks; task++) {
    const again = await runCli(folder, [...args, '-o', 'killed', '--shard', `${task}/${tasks}`]);
    expect([again.status, again.problems]).toEqual([0, []]);
  }

  const [whole, killed] = await Promise.all(['alone', 'killed'].map((output) => visibleFiles(join(folder, output))));
  const outputs = (files: readonly string[] = []): string[] => files.filter((file) => /\.(tar|jpg)$/.test(file));
  expect(outputs(killed)).toEqual(outputs(whole));
  for (const file of outputs(killed)) {
    const [one, other] = ['alone', 'killed'].map((output) => readFileSync(join(folder, output, file)));
    expect(one?.equals(other as Buffer), file).toBe(true);
  }
  expectLedgers(folder, kind, keys);
  const status = await runCli(folder, ['status', 'killed']);
  expect(status.stdout.toString()).toContain(`complete: each of the ${pictures.toLocaleString('en')} inputs is there exactly once`);
  expect(status.status).toBe(0);
}

/** Makes small pictures, in a folder or with captions in archives. */
async function makeInputs(folder: string, { kind, pictures, shards }: Pick<Proof, 'kind' | 'pictures' | 'shards'>): Promise<Inputs> {
  const jpeg = await Promise.all(
    Array.from({ length: pictures }, (_, i) =>
      noise(24 + (i % 7), 20)
        .jpeg()
        .toBuffer(),
    ),
  );
  if (kind === 'files') {
    mkdirSync(join(folder, 'in'));
    for (const [i, bytes] of jpeg.entries()) writeFileSync(join(folder, 'in', `${name(i)}.jpg`), bytes);
    return { sources: ['in'], keys: jpeg.map((_, i) => `${name(i)}.jpg`) };
  }
  const each = pictures / shards;
  for (let shard = 0; shard < shards; shard++) {
    const members = jpeg.slice(shard * each, (shard + 1) * each).flatMap((bytes, i): [string, string | Uint8Array][] => [
      [`${name(shard * each + i)}.jpg`, bytes],
      [`${name(shard * each + i)}.txt`, `picture ${shard * each + i}`],
    ]);
    writeArchive(join(folder, `${archive(shard)}.tar`), members);
  }
  return { sources: [`in-{${archive(0).slice(3)}..${archive(shards - 1).slice(3)}}.tar`], keys: jpeg.map((_, i) => name(i)) };
}

async function visibleFiles(folder: string): Promise<string[]> {
  return (await filesBelow(folder)).filter((file) => !file.split('/').some((part) => part.startsWith('.')));
}

/** All outputs that are there after the last kill are whole. */
function expectNoPartialFiles(killed: string, alone: string): void {
  for (const file of readdirSync(killed)) {
    if (file.startsWith('.')) continue;
    const bytes = readFileSync(join(killed, file));
    if (/\.(tar|jpg)$/.test(file)) expect(bytes.equals(readFileSync(join(alone, file))), file).toBe(true);
    else if (file.endsWith('.json')) JSON.parse(bytes.toString());
    else for (const line of bytes.toString().trimEnd().split('\n')) JSON.parse(line);
  }
}

/** The ledgers have each key once, and the digests of what is there. */
function expectLedgers(folder: string, kind: Proof['kind'], keys: readonly string[]): void {
  const output = join(folder, 'killed');
  const found: string[] = [];
  for (const file of readdirSync(output).filter((each) => each.endsWith('.ledger.jsonl') && !each.startsWith('.'))) {
    const lines = readFileSync(join(output, file), 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '');
    const ledger = lines.map((line) => JSON.parse(line) as Line);
    found.push(...ledger.map(({ key }) => key));
    const shard = file.slice(0, -'.ledger.jsonl'.length);
    if (kind === 'archives') {
      expect(namesIn(join(output, `${shard}.tar`))).toEqual(namesIn(join(folder, `${shard}.tar`)));
    }
    const files = kind === 'archives' ? filesIn(join(output, `${shard}.tar`)) : undefined;
    for (const { key, status, outputs } of ledger) {
      expect(status, key).toBe('done');
      for (const { name, bytes, sha256 } of outputs) {
        const content = files === undefined ? readFileSync(join(output, name)) : files.get(name);
        expect([content?.length, content && hash('sha256', content, 'hex')], name).toEqual([bytes, sha256]);
      }
    }
  }
  expect(found.sort()).toEqual([...keys].sort());
}
