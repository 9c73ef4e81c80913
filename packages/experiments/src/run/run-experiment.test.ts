// Interrupted experiments resume and give the same report as uninterrupted ones.
import { appendFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { temporaryFolder } from '@softpool/testing/tiny';
import { RunFolderError } from '@softpool/training/node';
import { describe, expect, test, vi } from 'vitest';
import { duration } from '../report/report.ts';
import { runExperiment } from './run-experiment.ts';
import type { Experiment, Report, RunContext } from './types.ts';

/** Runs with their number as result. `made` lists the performed runs in order. */
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

/** Simulates a process that dies in a run. */
class Killed extends Error {}

async function runKilledIn(out: string, run: string): Promise<void> {
  const { experiment } = counting(4);
  const runs = experiment.runs.map((one) => (one.id === run ? { ...one, perform: () => Promise.reject(new Killed()) } : one));
  await expect(runExperiment({ ...experiment, runs }, { output: out })).rejects.toThrow(Killed);
}

/** The table without the line that has times. */
async function tableOf(out: string): Promise<string> {
  const lines = (await readFile(join(out, 'table.md'), 'utf8')).split('\n');
  return lines.map((line) => (line.includes('the runs took') ? 'machine' : line)).join('\n');
}

test('table.json has numbers that JSON lacks as strings', async () => {
  const out = await temporaryFolder();
  const { experiment } = counting(1);
  const report = (results: ReadonlyMap<string, number>): Report => ({ ...experiment.report(results), figures: { psnr: Infinity } });
  await runExperiment({ ...experiment, report }, { output: out });
  expect(JSON.parse(await readFile(join(out, 'table.json'), 'utf8')).figures).toEqual({ psnr: 'Infinity' });
});

test('each run is performed once, and the report is written as Markdown and JSON', async () => {
  const out = await temporaryFolder();
  const { experiment, made } = counting(2);
  const onProgress = vi.fn();
  const result = await runExperiment(experiment, { output: out, command: 'softpool experiment counting', onProgress });
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

test('an experiment replaces none that it reads, by whatever name', async () => {
  const out = join(await temporaryFolder(), 'first');
  await runExperiment(counting(2).experiment, { output: out });
  await symlink('first', `${out}-link`);
  const before = await readFile(join(out, 'results.jsonl'), 'utf8');
  for (const [from, output] of [
    [out, out],
    [`${out}-link`, `${out}/`],
    [out, `${out}-link`],
  ] as const) {
    const { experiment, made } = counting(1, { from: ['nowhere', from] });
    for (const options of [{ force: true }, { force: true, dryRun: true }, { resume: true }]) {
      const message = `${output} is an experiment that this one reads; choose another folder`;
      await expect(runExperiment(experiment, { output, ...options })).rejects.toThrow(new RunFolderError(message));
    }
    expect(made).toEqual([]);
  }
  expect(await readFile(join(out, 'results.jsonl'), 'utf8')).toBe(before);
});

test('the time of each run is kept, and tells how much is left', async () => {
  const out = await temporaryFolder();
  let now = 1000; // in milliseconds
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const { experiment } = counting(4);
  const runs = experiment.runs.map(({ id }) => ({
    id,
    async perform({ onProgress }: RunContext): Promise<number> {
      now += 5000;
      onProgress(0.5, 'half');
      now += 5000;
      return 1;
    },
  }));
  const onProgress = vi.fn();
  await runExperiment({ ...experiment, runs }, { output: out, onProgress });
  clock.mockRestore();
  const left = onProgress.mock.calls.map(([{ secondsLeft }]) => secondsLeft);
  // At the start, in the middle and at the end of each run of 10 seconds.
  expect(left).toEqual([undefined, undefined, 30, 30, 25, 20, 20, 15, 10, 10, 5, 0]);
  const lines = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).time.seconds)).toEqual([10, 10, 10, 10]);
  expect(JSON.parse(await readFile(join(out, 'table.json'), 'utf8')).seconds).toBe(40);
});

describe('an interrupted experiment', () => {
  test('is checked without a change', async () => {
    const out = await temporaryFolder();
    await runKilledIn(out, 'run-3');
    const before = await readFile(join(out, 'results.jsonl'), 'utf8');
    const { experiment, made } = counting(4);
    const checked = await runExperiment(experiment, { output: out, resume: true, dryRun: true });
    expect(checked).toEqual({ status: 'checked', done: 2, total: 4, report: undefined });
    expect([made, await readFile(join(out, 'results.jsonl'), 'utf8')]).toEqual([[], before]);
  });

  test('resumes where it was and gives the same table', async () => {
    const [out, undisturbed] = [await temporaryFolder(), await temporaryFolder()];
    await runExperiment(counting(4).experiment, { output: undisturbed });
    await runKilledIn(out, 'run-3');
    const { experiment, made } = counting(4);
    await runExperiment(experiment, { output: out, resume: true });
    expect(made).toEqual(['run-3', 'run-4']);
    expect(await tableOf(out)).toBe(await tableOf(undisturbed));
  });

  test('repeats the run whose line is incomplete', async () => {
    const out = await temporaryFolder();
    await runKilledIn(out, 'run-3');
    await appendFile(join(out, 'results.jsonl'), '{"run":"run-3","resu');
    const { experiment, made } = counting(4);
    await runExperiment(experiment, { output: out, resume: true });
    expect(made).toEqual(['run-3', 'run-4']);
    expect((await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(4);
  });

  test('keeps the lines before an incomplete one, whatever their letters', async () => {
    const out = await temporaryFolder();
    const { experiment } = counting(2);
    const named = { ...experiment, runs: experiment.runs.map((run) => ({ ...run, id: `${run.id}/8×8` })) };
    await runExperiment(named, { output: out });
    const before = await readFile(join(out, 'results.jsonl'), 'utf8');
    await appendFile(join(out, 'results.jsonl'), '{"run":"run-3/8×8","resu');
    await runExperiment(named, { output: out, resume: true });
    expect(await readFile(join(out, 'results.jsonl'), 'utf8')).toBe(before);
  });

  test('resumes with additional runs', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(2).experiment, { output: out });
    const { experiment, made } = counting(3);
    const { report } = await runExperiment(experiment, { output: out, resume: true });
    expect(made).toEqual(['run-3']);
    expect(report?.figures).toEqual({ 'run-1': 10, 'run-2': 20, 'run-3': 30 });
  });

  test('reports a damaged line', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(2).experiment, { output: out });
    await writeFile(join(out, 'results.jsonl'), '{"run":\n{"run":"run-2"}\n');
    await expect(runExperiment(counting(2).experiment, { output: out, resume: true })).rejects.toThrow(
      /results\.jsonl, line 1 is damaged: /,
    );
  });
});

describe('arguments are checked before anything is written', () => {
  const withIds = (...ids: unknown[]): Experiment<number> => {
    const { experiment } = counting(1);
    return { ...experiment, runs: ids.map((id) => ({ id: id as string, perform: async () => 1 })) };
  };
  test.each(['../../../../esc', 'a/../../b', '/tmp/run', '', 'a//b', '.', 'a\0b', '..\\up'])('the run id %j', async (id) => {
    const out = await temporaryFolder();
    await expect(runExperiment(withIds('fine/run', id), { output: out })).rejects.toThrow('experiment.runs[1].id must be a relative path');
    expect(await readdir(out)).toEqual([]);
  });

  test('two runs with the same id', async () => {
    await expect(runExperiment(withIds('a/b', 'a', 'a/b'), { output: await temporaryFolder() })).rejects.toThrow(
      "runExperiment: experiment.runs[2].id must be different from the earlier ids, received 'a/b'",
    );
  });

  test.each<[unknown, string]>([
    [undefined, 'options must be an object, received undefined'],
    [{}, 'options.output must be the path of a folder, received undefined'],
    [{ output: 'out', signal: 'stop' }, "options.signal must be an AbortSignal, received 'stop'"],
    [{ output: 'out', resume: 'yes' }, "options.resume must be true or false, received 'yes'"],
    [{ output: 'out', outptu: 'out' }, 'options.outptu is not an option of this call'],
  ])('the options %j', async (options, message) => {
    await expect(runExperiment(counting(1).experiment, options as never)).rejects.toThrow(`runExperiment: ${message}`);
  });
});

test('settings that cannot be written leave the old experiment whole', async () => {
  const out = await temporaryFolder();
  await runExperiment(counting(2).experiment, { output: out });
  const contents = async () => await Promise.all(['experiment.json', 'results.jsonl'].map((name) => readFile(join(out, name), 'utf8')));
  const before = await contents();
  const { experiment } = counting(2, { settings: { step: 1n as never } });
  await expect(runExperiment(experiment, { output: out, force: true })).rejects.toThrow(
    'runExperiment: experiment.settings cannot be written as JSON: ',
  );
  expect(await contents()).toEqual(before);
});

describe('a result is the same in the first report and after a resume', () => {
  const giving = (value: unknown) => {
    const { experiment } = counting(1);
    const seen: unknown[] = [];
    const report = (results: ReadonlyMap<string, number>) => {
      seen.push(results.get('run-1'));
      return experiment.report(results);
    };
    return { seen, experiment: { ...experiment, runs: [{ id: 'run-1', perform: async () => value as number }], report } };
  };

  test.each([
    [{ loss: Number.NaN }, 'loss is NaN'],
    [Number.POSITIVE_INFINITY, 'result is Infinity'],
    [undefined, 'it is undefined'],
  ])('or is refused: %o', async (value, reason) => {
    const out = await temporaryFolder();
    await expect(runExperiment(giving(value).experiment, { output: out })).rejects.toThrow(
      `the result of run-1 cannot be written as JSON: ${reason}`,
    );
    expect(await readFile(join(out, 'results.jsonl'), 'utf8')).toBe('');
  });

  test('also where JSON changes it', async () => {
    const out = await temporaryFolder();
    const { experiment, seen } = giving([-0, { left: undefined }]);
    await runExperiment(experiment, { output: out });
    await runExperiment(experiment, { output: out, resume: true });
    expect(seen).toStrictEqual([
      [0, {}],
      [0, {}],
    ]);
  });
});

test('a signal stops an experiment after or within a run, and keeps completed runs', async () => {
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
  const result = await runExperiment(interrupted, { output: out, signal: stop.signal });
  expect(result).toEqual({ status: 'stopped', done: 1, total: 3, report: undefined });
  await expect(readFile(join(out, 'table.md'))).rejects.toThrow('ENOENT');
  expect(await runExperiment(interrupted, { output: out, resume: true, signal: stop.signal })).toMatchObject({
    status: 'stopped',
    done: 1,
  });
});

describe('a folder', () => {
  test('with an experiment needs resume or force', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(1).experiment, { output: out });
    const again = (options: object, more: Partial<Experiment<number>> = {}) =>
      runExperiment(counting(1, more).experiment, { output: out, ...options });
    await expect(again({})).rejects.toThrow(`${out} already has an experiment; use resume to continue it, or force to replace it`);
    await expect(again({ resume: true, force: true })).rejects.toThrow('exclude each other');
    await expect(again({ resume: true }, { settings: { step: 2 } })).rejects.toThrow('step was 1 and is now 2');
    await expect(again({ resume: true }, { name: 'other' })).rejects.toThrow(`${out} has the experiment counting, not other`);
    const { experiment, made } = counting(1, { settings: { step: 2 } });
    await runExperiment(experiment, { output: out, force: true });
    expect(made).toEqual(['run-1']);
  });

  test('without an experiment is started, also with resume', async () => {
    const out = join(await temporaryFolder(), 'new');
    expect(await runExperiment(counting(1).experiment, { output: out, resume: true })).toMatchObject({ status: 'finished' });
  });

  test('with other files is left alone', async () => {
    const out = await temporaryFolder();
    await mkdir(join(out, 'runs/mine'), { recursive: true });
    for (const options of [{}, { force: true }, { resume: true }]) {
      const running = runExperiment(counting(1).experiment, { output: out, ...options });
      await expect(running).rejects.toThrow(
        `${out} is not an experiment folder: it has runs, but no experiment.json; choose another folder`,
      );
    }
    expect(await readdir(join(out, 'runs'))).toEqual(['mine']);
  });

  test('of a training is left alone', async () => {
    const out = await temporaryFolder();
    await writeFile(join(out, 'config.json'), '{}');
    for (const options of [{}, { force: true }, { resume: true }]) {
      await expect(runExperiment(counting(1).experiment, { output: out, ...options })).rejects.toThrow(
        `${out} is not an experiment folder: it has config.json, but no experiment.json; choose another folder`,
      );
    }
    expect(await readdir(out)).toEqual(['config.json']);
  });

  test('in use by another process is left alone', async () => {
    const out = await temporaryFolder();
    await writeFile(join(out, '.lock'), JSON.stringify({ process: process.ppid, host: hostname(), id: 'theirs' }));
    for (const options of [{}, { force: true }, { resume: true }]) {
      await expect(runExperiment(counting(1).experiment, { output: out, ...options })).rejects.toThrow(
        `process ${process.ppid} is writing to ${out}; `,
      );
    }
    expect(await readdir(out)).toEqual(['.lock']);
  });

  test('whose first run failed is started over', async () => {
    const out = await temporaryFolder();
    await runKilledIn(out, 'run-1');
    expect(await runExperiment(counting(1, { settings: { step: 2 } }).experiment, { output: out })).toMatchObject({ status: 'finished' });
  });

  test('that cannot be written is an error with the reason', async () => {
    const out = join(await temporaryFolder(), 'file');
    await writeFile(out, '');
    await expect(runExperiment(counting(1).experiment, { output: out })).rejects.toThrow(/^cannot write .*file/);
  });

  test('from another machine gives a warning', async () => {
    const out = await temporaryFolder();
    await runExperiment(counting(1).experiment, { output: out });
    const path = join(out, 'experiment.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...config, machine: { ...config.machine, cores: 99 } }));
    const onWarning = vi.fn();
    await runExperiment(counting(1).experiment, { output: out, resume: true, onWarning });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/started elsewhere \(cores 99, now \d+\): times are not comparable/),
    );
  });
});

test('durations have two units at most', () => {
  expect([0.04, 9.94, 59.6, 61, 3600 + 5 * 60].map(duration)).toEqual(['0.0 s', '9.9 s', '1 min 00 s', '1 min 01 s', '1 h 05 min']);
});
