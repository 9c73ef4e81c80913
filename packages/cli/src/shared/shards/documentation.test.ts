// The examples of docs/shards.md for schedulers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMAND, filesBelow, runCli, temporaryFolder } from '../../testing/run-cli.ts';

const TEXT = readFileSync(fileURLToPath(new URL('../../../../../docs/shards.md', import.meta.url)), 'utf8');

/** The code blocks in a language that have a word in them. */
function block(language: string, word: string): string {
  const blocks = Array.from(TEXT.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')), ([, code]) => code as string);
  const [found = '', ...others] = blocks.filter((code) => code.includes(word));
  expect(others).toEqual([]);
  return found;
}

/** Runs the command of an example as one task, on other pictures. */
async function runTask(folder: string, command: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [program, ...args] = command;
  expect(program).toBe('softpool');
  const { status } = await runCli(
    folder,
    args.map((word) => word.replace(/^\/data\//, '')),
    { env },
  );
  return status;
}

async function photos(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await plain(folder, `photos/${name}.png`);
  return folder;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly completions: number;
    readonly completionMode: string;
    readonly backoffLimitPerIndex: number;
    readonly podFailurePolicy: {
      readonly rules: readonly { readonly action: string; readonly onExitCodes?: { readonly values: readonly number[] } }[];
    };
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly { readonly name: string; readonly command: readonly string[] }[];
      };
    };
  };
}

test('the Kubernetes Job is an Indexed Job whose command takes its index', async () => {
  const { apiVersion, kind, spec } = parse(block('yaml', 'kind: Job')) as Manifest;
  // Kubernetes requires Indexed and Never for retries by index.
  expect([apiVersion, kind, spec.completionMode, spec.template.spec.restartPolicy]).toEqual(['batch/v1', 'Job', 'Indexed', 'Never']);
  const [container] = spec.template.spec.containers;
  expect(container?.command).toContain(String(spec.completions));
  const failed = spec.podFailurePolicy.rules.find(({ action }) => action === 'FailIndex');
  expect(failed?.onExitCodes).toMatchObject({ containerName: container?.name, operator: 'In', values: [1, 2, 65] });
  const folder = await photos();
  expect(await runTask(folder, container?.command ?? [], { JOB_COMPLETION_INDEX: '0' })).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toContain('00001.done.json');
});

test('the Slurm script runs as a task of its array', async () => {
  const script = block('sh', '#SBATCH');
  const [, first, last] = /--array=(\d+)-(\d+)/.exec(script) ?? [];
  expect(Number(last) - Number(first) + 1).toBe(20);
  const folder = await photos();
  const bin = fakeBin(folder, { scontrol: 'echo "$@" > requeued' });
  const env = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_MAX: '19', SLURM_ARRAY_JOB_ID: '77', PATH: bin };
  execFileSync('bash', ['-c', script.replaceAll('/data/', '')], { cwd: folder, env: { ...process.env, ...env } });
  expect(await filesBelow(join(folder, 'out'))).toContain('00004.done.json');
  expect(await filesBelow(folder)).not.toContain('requeued');
});

test('the Slurm script puts a task back that another process has', async () => {
  const folder = await photos();
  mkdirSync(join(folder, 'out'));
  const lock = JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' });
  writeFileSync(join(folder, 'out/.00004.lock'), lock);
  const bin = fakeBin(folder, { scontrol: 'echo "$@" > requeued' });
  const env = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_MAX: '19', SLURM_ARRAY_JOB_ID: '77', PATH: bin };
  const script = block('sh', '#SBATCH').replaceAll('/data/', '');
  expect(() => execFileSync('bash', ['-c', script], { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' })).toThrow(
    /works on out\/00004/,
  );
  expect(readFileSync(join(folder, 'requeued'), 'utf8')).toBe('requeue 77_3\n');
});

test('the AWS Batch job is as large as its command says', async () => {
  const { arrayProperties, containerOverrides } = JSON.parse(block('json', 'arrayProperties')) as {
    readonly arrayProperties: { readonly size: number };
    readonly containerOverrides: { readonly command: readonly string[] };
  };
  expect(containerOverrides.command.at(-1)).toBe(String(arrayProperties.size));
  const folder = await photos();
  expect(await runTask(folder, containerOverrides.command, { AWS_BATCH_JOB_ARRAY_INDEX: '19' })).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toContain('00020.done.json');
});

test('GNU parallel runs all shards', { tags: 'long' }, async () => {
  const folder = await photos();
  const script = block('sh', 'seq 20 | parallel');
  const env = { ...process.env, PATH: fakeBin(folder, {}), HOME: folder };
  const said = execFileSync('bash', ['-e', '-c', script], { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(said).toContain('20 of 20 shards done');
  expect(said).toContain('complete: each of the 6 inputs is there exactly once');
});

/** A PATH with `softpool` as it is built, and other programs as lines of a shell. */
function fakeBin(folder: string, programs: Readonly<Record<string, string>>): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const softpool = `exec ${COMMAND.map((word) => `'${word}'`).join(' ')} "$@"`;
  for (const [name, line] of Object.entries({ softpool, ...programs }))
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return `${bin}${delimiter}${process.env.PATH}`;
}
