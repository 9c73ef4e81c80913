// However an experiment is stopped, it goes on where it was, and says the same as without a stop.
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@softpool/testing/tiny';
import { describe, expect, test, vi } from 'vitest';
import { type Experiment, type RunContext, runExperiment } from './experiment.ts';
import { duration } from './report.ts';

/** Runs that give their number; `made` is what was made, in this order. */
function counting(count: number, more: Partial<Experiment<number>> = {}) {
  const made: string[] = [];
  const experiment: Experiment<number> = {
    name: 'counting',
    settings: { step: 1 },
    runs: Array.from({ length: count }, (_, index) => ({
      id: `run-${index + 1}`,
      async perform({ onProgress }: RunContext) {
        made.push(`run-${index + 1}`);
        onProgress(0.5, 'half');
        return 10 * (index + 1);
      },
    })),
    report: (results) => ({
      title: 'Counting',
      method: ['Counted.'],
      tables: [
        {
          title: 'Numbers',
          head: ['run', 'number'],
          rows: [...results].sort().map(([run, value]) => [run, String(value)]),
          note: 'A note.',
        },
      ],
      paper: 'not comparable: it counts nothing.',
      charts: [],
      figures: Object.fromEntries([...results].sort()),
    }),
    ...more,
  };
  return { experiment, made };
}

/** The process dies in a run. */
class Killed extends Error {}

async function runKilledIn(out: string, run: string): Promise<void> {
  const { experiment } = counting(4);
  const runs = experiment.runs.map((one) => (one.id === run ? { ...one, perform: () => Promise.reject(new Killed()) } : one));
  await expect(runExperiment({ ...experiment, runs }, { out })).rejects.toThrow(Killed);
}

/** The table, whose line of the machine has the time. */
async function tableOf(out: string): Promise<string> {
  const lines = (await readFile(join(out, 'table.md'), 'utf8')).split('\n');
  return lines.map((line) => (line.includes('the runs took') ? 'machine' : line)).join('\n');
}

test('each run is made once, and the report is written for people and for programs', async () => {
  const out = await temporaryFolder();
  const { experiment, made } = counting(2);
  const onProgress = vi.fn();
  const result = await runExperiment(experiment, { out, command: 'softpool experiment counting', onProgress });
  expect(result).toMatchObject({ status: 'finished', done: 2, total: 2, report: { title: 'Counting' } });
  expect(made).toEqual(['run-1', 'run-2']);
  expect((await tableOf(out)).split('\n\n')).toEqual([
    '# Counting',
    '`softpool experiment counting`',
    'machine',
    'Counted.',
    '## Numbers',
    '| run   | number |\n| :---- | -----: |\n| run-1 |     10 |\n| run-2 |     20 |',
    'A note.',
    'Paper: not comparable: it counts nothing.\n',
  ]);
  const json = JSON.parse(await readFile(join(out, 'table.json'), 'utf8'));
  expect(json).toMatchObject({
    experiment: 'counting',
    command: 'softpool experiment counting',
    settings: { step: 1 },
    machine: { cores: expect.any(Number), processor: expect.any(String) },
    figures: { 'run-1': 10, 'run-2': 20 },
  });
  const shown = onProgress.mock.calls.map(([{ run, isDone, share, done, total }]) => [run, isDone, share, done, total]);
  expect(shown).toEqual([
    ['run-1', false, 0, 0, 2],
    ['run-1', false, 0.5, 0, 2],
    ['run-1', true, 1, 1, 2],
    ['run-2', false, 0, 1, 2],
    ['run-2', false, 0.5, 1, 2],
    ['run-2', true, 1, 2, 2],
  ]);
});

describe('an experiment that died', () => {
  test('goes on where it was, and gives the same table', async () => {
    const [out, undisturbed] = [await temporaryFolder(), await temporaryFolder()];
    await runExperiment(counting(4).experiment, { out: undisturbed });
    await runKilledIn(out, 'run-3');
    const { experiment, made } = counting(4);
    await runExperiment(experiment, { out, resume: true });
    expect(made).toEqual(['run-3', 'run-4']);
    expect(await tableOf(out)).toBe(await tableOf(undisturbed));
  });

  test('while a line was written makes that run again', async () => {
    const out = await temporaryFolder();
    await runKilledIn(out, 'run-3');
    await appendFile(join(out, 'results.jsonl'), '{"run":"run-3","resu');
    const { experiment, made } = counting(4);
    await runExperiment(experiment, { out, resume: true });
    expect(made).toEqual(['run-3', 'run-4']);
    expect((await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(4);
  });

  test('goes on with more runs than it had', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(2).experiment, { out });
    const { experiment, made } = counting(3);
    const { report } = await runExperiment(experiment, { out, resume: true });
    expect(made).toEqual(['run-3']);
    expect(report?.figures).toEqual({ 'run-1': 10, 'run-2': 20, 'run-3': 30 });
  });

  test('with a damaged line says which', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(2).experiment, { out });
    await writeFile(join(out, 'results.jsonl'), '{"run":\n{"run":"run-2"}\n');
    await expect(runExperiment(counting(2).experiment, { out, resume: true })).rejects.toThrow(/results\.jsonl, line 1 is damaged: /);
  });
});

test('a signal stops it after the run, or in it, and what is done is kept', async () => {
  const out = await temporaryFolder();
  const stop = new AbortController();
  const { experiment } = counting(3);
  const interrupted = {
    ...experiment,
    runs: experiment.runs.map((run) => ({
      ...run,
      async perform(context: RunContext): Promise<number> {
        if (run.id === 'run-2') stop.abort();
        context.signal?.throwIfAborted();
        return await run.perform(context);
      },
    })),
  };
  const result = await runExperiment(interrupted, { out, signal: stop.signal });
  expect(result).toEqual({ status: 'stopped', done: 1, total: 3, report: undefined });
  await expect(readFile(join(out, 'table.md'))).rejects.toThrow('ENOENT');
  expect(await runExperiment(interrupted, { out, resume: true, signal: stop.signal })).toMatchObject({ status: 'stopped', done: 1 });
});

describe('a folder', () => {
  test('that has an experiment is neither replaced nor continued by chance', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(1).experiment, { out });
    const again = (options: object, more: Partial<Experiment<number>> = {}) =>
      runExperiment(counting(1, more).experiment, { out, ...options });
    await expect(again({})).rejects.toThrow(`${out} has an experiment already; continue it with --resume, or replace it with --force`);
    await expect(again({ resume: true, force: true })).rejects.toThrow('exclude each other');
    await expect(again({ resume: true }, { settings: { step: 2 } })).rejects.toThrow('step was 1 and is now 2');
    await expect(again({ resume: true }, { name: 'other' })).rejects.toThrow(`${out} has the experiment counting, and not other`);
    const { experiment, made } = counting(1, { settings: { step: 2 } });
    await runExperiment(experiment, { out, force: true });
    expect(made).toEqual(['run-1']);
  });

  test('that has none is begun, with resume too', async () => {
    const out = join(await temporaryFolder(), 'new');
    expect(await runExperiment(counting(1).experiment, { out, resume: true })).toMatchObject({ status: 'finished' });
  });

  test('that has runs of something else is left alone', async () => {
    const out = await temporaryFolder();
    await mkdir(join(out, 'runs/mine'), { recursive: true });
    for (const options of [{}, { force: true }, { resume: true }]) {
      const running = runExperiment(counting(1).experiment, { out, ...options });
      await expect(running).rejects.toThrow(`${out} has runs, but no experiment.json: it is of no experiment; choose another folder`);
    }
    expect(await readdir(join(out, 'runs'))).toEqual(['mine']);
  });

  test('in which another process is at work is left to it', async () => {
    const out = await temporaryFolder();
    await writeFile(join(out, '.lock'), JSON.stringify({ process: process.ppid, host: hostname() }));
    for (const options of [{}, { force: true }, { resume: true }]) {
      await expect(runExperiment(counting(1).experiment, { out, ...options })).rejects.toThrow(
        `process ${process.ppid} writes to ${out}; `,
      );
    }
    expect(await readdir(out)).toEqual(['.lock']);
  });

  test('whose experiment came to nothing is begun anew', async () => {
    const out = await temporaryFolder();
    await runKilledIn(out, 'run-1');
    expect(await runExperiment(counting(1, { settings: { step: 2 } }).experiment, { out })).toMatchObject({ status: 'finished' });
  });

  test('whose results cannot be written is an error with the reason', async () => {
    const out = join(await temporaryFolder(), 'file');
    await writeFile(out, '');
    await expect(runExperiment(counting(1).experiment, { out })).rejects.toThrow(/^cannot write .*file/);
  });

  test('that another machine began says so', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(1).experiment, { out });
    const path = join(out, 'experiment.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...config, machine: { ...config.machine, cores: 99 } }));
    const onWarning = vi.fn();
    await runExperiment(counting(1).experiment, { out, resume: true, onWarning });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/begun elsewhere \(cores 99, now \d+\): times are not comparable/),
    );
  });
});

test('times in words', () => {
  expect([0.04, 9.94, 59.6, 61, 3600 + 5 * 60].map(duration)).toEqual(['0.0 s', '9.9 s', '1 min 00 s', '1 min 01 s', '1 h 05 min']);
});
