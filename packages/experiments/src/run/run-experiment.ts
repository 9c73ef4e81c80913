/** Runs experiments: one run after another, each result saved at once, and a report at the end. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Json, RunFolderError } from '@softpool/training/node';
import { writeReport } from '../report/report.ts';
import { checkExperiment, checkRunOptions } from './check-arguments.ts';
import { checkExperimentFolder, type OpenedExperiment, openExperiment } from './experiment-folder.ts';
import type { Experiment, ExperimentRun, Report, RunContext } from './types.ts';

/** The options of {@link runExperiment}. */
export interface RunExperimentOptions {
  /** Folder of the experiment. Created if necessary. */
  readonly output: string;
  /** Resume the experiment in `output`: completed runs are not repeated. Default `false`. */
  readonly resume?: boolean | undefined;
  /** Replace the experiment in `output`. Default `false`. */
  readonly force?: boolean | undefined;
  /** Check the folder without running or writing anything. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** The command that was typed, for the report. */
  readonly command?: string | undefined;
  /** Stops the experiment. Completed runs are kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress. */
  readonly onProgress?: ((progress: ExperimentProgress) => void) | undefined;
  /**
   * Called with warnings, each once, such as that the experiment started on another machine or that
   * a sample is skipped because it is corrupt.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Progress of an experiment. */
export interface ExperimentProgress {
  /** Id of the current run. */
  readonly run: string;
  /** Whether it has just been completed. */
  readonly isDone: boolean;
  /** Share of it that is done, 0–1. */
  readonly share: number;
  /** Its progress in a few words. */
  readonly words: string;
  /** Runs completed, including those of earlier processes. */
  readonly done: number;
  /** Total number of runs. */
  readonly total: number;
  /** Estimated seconds left; `undefined` before this process completes its first run. */
  readonly secondsLeft: number | undefined;
}

/** The result of an experiment. */
export interface ExperimentResult {
  /** `'stopped'`: by the signal; it can be resumed. `'checked'`: a dry run. */
  readonly status: 'finished' | 'stopped' | 'checked';
  /** Runs completed, including those of earlier processes. */
  readonly done: number;
  /** Total number of runs. */
  readonly total: number;
  /** The report; `undefined` unless finished. */
  readonly report: Report | undefined;
}

/**
 * Runs an experiment, or the rest of it. Each result is appended to `results.jsonl` at once. At the
 * end the folder has the report as `table.md` and `table.json`, and its charts as SVG and PNG.
 *
 * @param experiment - The experiment, as returned by {@link downsamplingExperiment} and the others.
 * @param options - Folder and callbacks.
 * @throws RunFolderError if the folder has an experiment already or one with other settings, if the
 *   experiment reads it, or if another process is using it. WriteError if a file cannot be written.
 *   RangeError or TypeError for an invalid option or run id, or a result that JSON cannot hold.
 *   Errors of runs pass through.
 * @example
 * ```ts
 * async function compare(): Promise<void> {
 *   const experiment = downsamplingExperiment({ data: ['coffee.png'] });
 *   const { report } = await runExperiment(experiment, { output: 'experiments/downsampling' });
 *   for (const { title, head, rows } of report?.tables ?? []) console.log(title, head, rows);
 * }
 * ```
 */
export async function runExperiment<Result extends Json>(
  experiment: Experiment<Result>,
  options: RunExperimentOptions,
): Promise<ExperimentResult> {
  checkRunOptions(options);
  checkExperiment(experiment);
  refuseOwnInputs(options.output, experiment.from ?? []);
  const { output, command = '' } = options;
  const total = experiment.runs.length;
  const countDone = (has: (id: string) => boolean): number => experiment.runs.filter(({ id }) => has(id)).length;
  if (options.dryRun === true) {
    const completed = new Set(checkExperimentFolder(output, experiment, options)?.completed);
    return { status: 'checked', done: countDone((id) => completed.has(id)), total, report: undefined };
  }
  const opened = openExperiment<Result>(output, experiment, options);
  try {
    const status = await performRuns(experiment, opened, options);
    const { results } = opened;
    const done = countDone((id) => results.has(id));
    if (status === 'stopped') return { status, done, total, report: undefined };
    const report = experiment.report(results);
    await writeReport(output, report, { command, seconds: opened.seconds(experiment.runs), config: opened.config });
    return { status, done, total, report };
  } finally {
    opened.close();
  }
}

/** Throws if the folder is one that the experiment reads, by whatever name. */
function refuseOwnInputs(output: string, inputs: readonly string[]): void {
  if (!inputs.some((input) => isSame(input, output))) return;
  throw new RunFolderError(`${output} is an experiment that this one reads; choose another folder`);
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false; // one of them does not exist
  }
}

async function performRuns<Result extends Json>(
  { runs }: Experiment<Result>,
  opened: OpenedExperiment<Result>,
  { output, signal, onProgress = () => {}, onWarning = () => {} }: RunExperimentOptions,
): Promise<'finished' | 'stopped'> {
  // Each epoch of each run skips the same samples.
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (!warned.has(message)) onWarning(message);
    warned.add(message);
  };
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
    const result = await performed(run, {
      folder: join(output, 'runs', run.id),
      results: opened.results,
      signal,
      onProgress: tell,
      onWarning: warn,
    });
    if (result === 'stopped') return 'stopped';
    opened.append(run.id, result.value, (performance.now() - start) / 1000);
    tell(1, '', true);
    await new Promise((resolve) => setImmediate(resolve)); // let signals run between runs
  }
  return 'finished';
}

/** Performs a run. A run ended by its signal has no result. */
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
