/** What an experiment is: runs that are made one after another, each kept as soon as it is there, and a report of all of them. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Json, Settings } from '@softpool/training/node';
import { type OpenedExperiment, openExperiment } from './experiment-folder.ts';
import { type Report, writeReport } from './report.ts';

/** An experiment. Its runs do not depend on each other. */
export interface Experiment<Result extends Json = Json> {
  /** As in `classification`. */
  readonly name: string;
  /** What must be the same for results to stand in one table. */
  readonly settings: Settings;
  /** Its runs, in the order in which they are made. */
  readonly runs: readonly ExperimentRun<Result>[];
  /** What the results of all runs, by their ids, say. */
  report(results: ReadonlyMap<string, Result>): Report;
}

/** One run of an experiment. */
export interface ExperimentRun<Result extends Json = Json> {
  /** As in `fashion-mnist/soft/seed-1`. */
  readonly id: string;
  /** Makes the run. What it left in its folder when it was stopped is there again when it is made again. */
  perform(context: RunContext): Promise<Result>;
}

/** What a run is given. */
export interface RunContext {
  /** A folder for its files, which need not exist yet. */
  readonly folder: string;
  /** Stops the run, which then rejects. */
  readonly signal: AbortSignal | undefined;
  /** Tells how much of it is done, from 0 to 1, and where it is, in a few words. */
  onProgress(share: number, words: string): void;
}

/** The options of {@link runExperiment}. */
export interface RunExperimentOptions {
  /** The folder of the experiment. It is made if it is not there. */
  readonly out: string;
  /** Continue the experiment in `out`: runs that are there already are not made again. Default `false`. */
  readonly resume?: boolean | undefined;
  /** Replace the experiment in `out`. Default `false`. */
  readonly force?: boolean | undefined;
  /** The command that makes it, for the report. */
  readonly command?: string | undefined;
  /** Stops the experiment; what is done is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called as it goes on. */
  readonly onProgress?: ((progress: ExperimentProgress) => void) | undefined;
  /** Called with what a user should know, such as that another machine continues it. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Where an experiment is. */
export interface ExperimentProgress {
  /** The run that is being made. */
  readonly run: string;
  /** Whether it has just ended. */
  readonly isDone: boolean;
  /** How much of it is done, from 0 to 1. */
  readonly share: number;
  /** Where it is, in a few words. */
  readonly words: string;
  /** Runs done, among them those of earlier processes. */
  readonly done: number;
  /** Runs in all. */
  readonly total: number;
  /** What the rest will take at the mean speed so far; `undefined` before the first run of this process has ended. */
  readonly secondsLeft: number | undefined;
}

/** How an experiment ended. */
export interface ExperimentResult {
  /** `'stopped'` by its signal: it can be continued. */
  readonly status: 'finished' | 'stopped';
  /** Runs done, among them those of earlier processes. */
  readonly done: number;
  /** Runs in all. */
  readonly total: number;
  /** What it says; of a stopped one `undefined`. */
  readonly report: Report | undefined;
}

/**
 * Makes an experiment, or what is left of it. Each result is a line of `results.jsonl` as soon as it is there; at the end the folder has the report as `table.md`
 * and `table.json`, and its plots as SVG and PNG.
 *
 * @param experiment - The experiment, as of {@link downsamplingExperiment} and the others.
 * @param options - Its folder, and who watches.
 * @throws RunFolderError if the folder has an experiment already, or one with other settings, or another process is at work in it. WriteError if a file cannot be
 *   written. Whatever error a run gives.
 * @example
 * ```ts
 * async function compare(): Promise<void> {
 *   const experiment = downsamplingExperiment({ pictures: ['examples/photographs/coffee.png'] });
 *   const { report } = await runExperiment(experiment, { out: 'experiments/downsampling' });
 *   for (const { title, head, rows } of report?.tables ?? []) console.log(title, head, rows);
 * }
 * ```
 */
export async function runExperiment<Result extends Json>(
  experiment: Experiment<Result>,
  options: RunExperimentOptions,
): Promise<ExperimentResult> {
  const { out, command = '' } = options;
  const opened = openExperiment<Result>(out, experiment, options);
  try {
    const status = await performRuns(experiment, opened, options);
    const { results } = opened;
    const done = experiment.runs.filter(({ id }) => results.has(id)).length;
    const total = experiment.runs.length;
    if (status === 'stopped') return { status, done, total, report: undefined };
    const report = experiment.report(results);
    await writeReport(out, report, { command, seconds: opened.seconds(experiment.runs), config: opened.config });
    return { status, done, total, report };
  } finally {
    opened.close();
  }
}

async function performRuns<Result extends Json>(
  { runs }: Experiment<Result>,
  opened: OpenedExperiment<Result>,
  { out, signal, onProgress = () => {} }: RunExperimentOptions,
): Promise<'finished' | 'stopped'> {
  const begin = performance.now();
  const left = runs.filter(({ id }) => !opened.results.has(id));
  for (const [index, run] of left.entries()) {
    if (signal?.aborted) return 'stopped';
    const start = performance.now();
    const done = runs.length - left.length + index;
    const tell = (share: number, words: string, isDone = false): void => {
      const ended = index + (isDone ? 1 : 0);
      const secondsLeft = ended === 0 ? undefined : ((performance.now() - begin) / 1000 / (index + share)) * (left.length - index - share);
      onProgress({ run: run.id, isDone, share, words, done: done + (isDone ? 1 : 0), total: runs.length, secondsLeft });
    };
    tell(0, '');
    const result = await performed(run, { folder: join(out, 'runs', run.id), signal, onProgress: tell });
    if (result === 'stopped') return 'stopped';
    opened.append(run.id, result.value, (performance.now() - start) / 1000);
    tell(1, '', true);
    await new Promise((resolve) => setImmediate(resolve)); // a computing backend leaves no moment for signals
  }
  return 'finished';
}

/** Makes a run. A run that its signal ended has no result. */
async function performed<Result extends Json>(
  run: ExperimentRun<Result>,
  context: RunContext,
): Promise<'stopped' | { readonly value: Result }> {
  try {
    return { value: await run.perform(context) };
  } catch (error) {
    if (context.signal?.aborted) return 'stopped';
    throw error;
  }
}
