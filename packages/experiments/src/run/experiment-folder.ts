/** The folder of an experiment: its settings, and a line for each completed run. */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  jsonDifferences,
  lockOrThrow,
  machine,
  CONFIG as RUN_CONFIG,
  readConfigFile,
  shortJson,
  versions,
  writeAll,
  writeFileAtomic,
  writingError,
} from '@softpool/training/internal';
import { ExistingRunError, type Json, OtherSettingsError, RunFolderError, type Settings } from '@softpool/training/node';
import type { Experiment, ExperimentConfig } from './types.ts';

const CONFIG = 'experiment.json';
const RESULTS = 'results.jsonl';
const RUNS = 'runs';

/** A line of results.jsonl. */
interface ResultLine<Result> {
  readonly run: string;
  readonly result: Result;
  readonly time: { readonly at: string; readonly seconds: number };
}

/** The folder of an experiment in progress. */
export interface OpenedExperiment<Result> {
  readonly config: ExperimentConfig;
  /** The results so far, by run id. */
  readonly results: Map<string, Result>;
  append(run: string, result: Result, seconds: number): void;
  /** Total duration of these runs. */
  seconds(runs: readonly { readonly id: string }[]): number;
  close(): void;
}

interface OpenOptions {
  readonly resume?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Starts or resumes an experiment and locks its folder. Throws as {@link checkExperimentFolder}.
 */
export function openExperiment<Result extends Json>(
  folder: string,
  experiment: Experiment<Result>,
  options: OpenOptions,
): OpenedExperiment<Result> {
  const earlier = checkExperimentFolder(folder, experiment, options);
  const release = lockOrThrow(folder);
  try {
    return opened(folder, earlier?.config ?? started(folder, experiment), release);
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Returns the experiment to resume, if any. Throws if the folder holds an experiment and neither
 * `resume` nor `force` is set, if it holds other files, or if the settings differ. Changes nothing.
 */
export function checkExperimentFolder<Result extends Json>(
  folder: string,
  { name, settings }: Experiment<Result>,
  { resume = false, force = false, onWarning = () => {} }: OpenOptions,
): { readonly config: ExperimentConfig; readonly completed: readonly string[] } | undefined {
  if (resume && force) throw new RunFolderError('resume and force exclude each other: one continues an experiment, the other replaces it');
  const exists = existsSync(join(folder, CONFIG));
  if (exists && !resume && !force && hasWork(folder)) {
    throw new ExistingRunError(folder, 'an experiment');
  }
  if (!exists) refuseOthers(folder);
  if (!exists || !resume) return undefined;
  const config = resumedConfig(folder, name, settings, onWarning);
  return { config, completed: readLines<Result>(join(folder, RESULTS)).lines.map(({ run }) => run) };
}

/**
 * Starting removes results and runs, so they must be an experiment's: `runs` could hold trainings.
 * The folder of a training is left alone.
 */
function refuseOthers(folder: string): void {
  const other = [RESULTS, RUNS, RUN_CONFIG].find((name) => existsSync(join(folder, name)));
  if (other === undefined) return;
  throw new RunFolderError(`${folder} is not an experiment folder: it has ${other}, but no ${CONFIG}; choose another folder`);
}

/** Whether there is anything to lose. An experiment whose first run failed has nothing. */
function hasWork(folder: string): boolean {
  return existsSync(join(folder, RUNS)) || readLines(join(folder, RESULTS)).bytes > 0;
}

/** Reads the settings and results of an experiment, which may still be running. */
export function readExperiment<Result extends Json>(
  folder: string,
): { readonly config: ExperimentConfig; readonly lines: readonly ResultLine<Result>[] } {
  const config = readConfig(folder);
  return { config, lines: readLines<Result>(join(folder, RESULTS)).lines };
}

function resumedConfig(folder: string, name: string, settings: Settings, onWarning: (message: string) => void): ExperimentConfig {
  const config = readConfig(folder);
  if (config.name !== name) throw new RunFolderError(`${folder} has the experiment ${config.name}, not ${name}`);
  const different = jsonDifferences(config.settings, settings);
  if (different.length > 0) throw new OtherSettingsError(folder, different);
  const elsewhere = jsonDifferences({ ...config.versions, ...config.machine }, { ...versions(), ...machine() });
  if (elsewhere.length > 0) {
    const words = elsewhere.map(({ path, before, now }) => `${path} ${shortJson(before)}, now ${shortJson(now)}`);
    onWarning(`the experiment started elsewhere (${words.join('; ')}): times are not comparable, and results may differ in the last bits`);
  }
  return config;
}

function started(folder: string, { name, settings }: { readonly name: string; readonly settings: Settings }): ExperimentConfig {
  const config: ExperimentConfig = {
    format: 'softpool-experiment',
    name,
    settings,
    versions: versions(),
    machine: machine(),
    started: new Date().toISOString(),
  };
  const text = JSON.stringify(config, null, 2); // before anything is removed: it may throw
  try {
    for (const path of [RESULTS, RUNS]) rmSync(join(folder, path), { recursive: true, force: true });
  } catch (error) {
    throw writingError(folder, error);
  }
  writeFileAtomic(join(folder, CONFIG), `${text}\n`);
  return config;
}

function readConfig(folder: string): ExperimentConfig {
  return readConfigFile<ExperimentConfig>(folder, CONFIG, 'experiment');
}

function opened<Result extends Json>(folder: string, config: ExperimentConfig, release: () => void): OpenedExperiment<Result> {
  const path = join(folder, RESULTS);
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw writingError(path, error);
    }
  };
  const { lines, bytes } = readLines<Result>(path);
  const file = guarded(() => openSync(path, 'a'));
  guarded(() => ftruncateSync(file, bytes)); // a line cut off by a kill: its run is repeated
  const results = new Map(lines.map(({ run, result }) => [run, result]));
  const seconds = new Map(lines.map(({ run, time }) => [run, time.seconds]));
  return {
    config,
    results,
    append(run, result, taken) {
      const line = textOf<Result>({ run, result, time: { at: new Date().toISOString(), seconds: taken } });
      guarded(() => {
        writeAll(file, Buffer.from(`${line}\n`));
        fsyncSync(file);
      });
      // As after a resume: −0 is 0.
      results.set(run, (JSON.parse(line) as ResultLine<Result>).result);
      seconds.set(run, taken);
    },
    seconds: (runs) => runs.reduce((sum, { id }) => sum + (seconds.get(id) ?? 0), 0),
    close() {
      closeSync(file);
      release();
    },
  };
}

/** The line of a result. Throws a TypeError if it would come back as another value. */
function textOf<Result>(line: ResultLine<Result>): string {
  try {
    if (line.result === undefined) throw new TypeError('it is undefined');
    return JSON.stringify(line, finite);
  } catch (error) {
    throw new TypeError(`the result of ${line.run} cannot be written as JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Refuses NaN and ±∞, which JSON.stringify writes as null. */
function finite(key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new TypeError(`${key} is ${value}`);
}

/** The complete lines of a file, and their length in bytes. */
function readLines<Result>(path: string): { lines: ResultLine<Result>[]; bytes: number } {
  if (!existsSync(path)) return { lines: [], bytes: 0 };
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  return { lines: lines.map((line, index) => parsedLine<Result>(line, `${path}, line ${index + 1}`)), bytes: Buffer.byteLength(whole) };
}

function parsedLine<Result>(line: string, place: string): ResultLine<Result> {
  try {
    const parsed = JSON.parse(line) as ResultLine<Result>;
    if (typeof parsed.run === 'string' && typeof parsed.time.seconds === 'number') return parsed;
  } catch (error) {
    throw new RunFolderError(`${place} is damaged: ${(error as Error).message}`, { cause: error });
  }
  throw new RunFolderError(`${place} is not the result of a run`);
}
