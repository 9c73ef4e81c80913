/** The folder of an experiment: what it was begun with, and a line for each run that is done. */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { differences, locked, machine, shownJson, versions, writeAll, writeWhole, writingError } from '@softpool/training/internal';
import { type Json, OtherSettingsError, RunFolderError, type Settings } from '@softpool/training/node';
import type { Experiment, RunExperimentOptions } from './experiment.ts';

const CONFIG = 'experiment.json';
const RESULTS = 'results.jsonl';
const RUNS = 'runs';

/** experiment.json. */
export interface ExperimentConfig {
  readonly format: 'softpool-experiment';
  readonly name: string;
  readonly settings: Settings;
  readonly versions: { readonly [name: string]: string };
  readonly machine: { readonly [name: string]: string | number };
  /** In ISO 8601. */
  readonly started: string;
}

/** A line of results.jsonl. */
interface ResultLine<Result> {
  readonly run: string;
  readonly result: Result;
  readonly time: { readonly at: string; readonly seconds: number };
}

/** The folder of an experiment that is going on. */
export interface OpenedExperiment<Result> {
  readonly config: ExperimentConfig;
  /** By the run's id. */
  readonly results: Map<string, Result>;
  append(run: string, result: Result, seconds: number): void;
  /** What these runs took together. */
  seconds(runs: readonly { readonly id: string }[]): number;
  close(): void;
}

/** Begins an experiment in a folder, or goes on with it. Throws, and changes nothing, where there is one already, one with other settings, or another process at it. */
export function openExperiment<Result extends Json>(
  folder: string,
  { name, settings }: Experiment<Result>,
  { resume = false, force = false, onWarning = () => {} }: RunExperimentOptions,
): OpenedExperiment<Result> {
  if (resume && force)
    throw new RunFolderError('resume and force exclude each other: the one continues an experiment, the other replaces it');
  const isThere = existsSync(join(folder, CONFIG));
  if (isThere && !resume && !force && hasWork(folder)) {
    throw new RunFolderError(`${folder} has an experiment already; continue it with --resume, or replace it with --force`);
  }
  if (!isThere) refuseOthers(folder);
  const earlier = isThere && resume ? resumed(folder, name, settings, onWarning) : undefined;
  const release = locked(folder);
  try {
    return opened(folder, earlier ?? begun(folder, name, settings), release);
  } catch (error) {
    release();
    throw error;
  }
}

/** What begins an experiment anew removes must be of an experiment: `runs` may be a folder of somebody's trainings. */
function refuseOthers(folder: string): void {
  const other = [RESULTS, RUNS].find((name) => existsSync(join(folder, name)));
  if (other !== undefined)
    throw new RunFolderError(`${folder} has ${other}, but no ${CONFIG}: it is of no experiment; choose another folder`);
}

/** Whether there is something to lose: an experiment whose first run could not begin has nothing. */
function hasWork(folder: string): boolean {
  return existsSync(join(folder, RUNS)) || readLines(join(folder, RESULTS)).bytes > 0;
}

/** The results in the folder of an experiment, of this process or another, with the settings that they were made with. */
export function readExperiment<Result extends Json>(
  folder: string,
): { readonly config: ExperimentConfig; readonly lines: readonly ResultLine<Result>[] } {
  const config = readConfig(folder);
  return { config, lines: readLines<Result>(join(folder, RESULTS)).lines };
}

function resumed(folder: string, name: string, settings: Settings, onWarning: (message: string) => void): ExperimentConfig {
  const config = readConfig(folder);
  if (config.name !== name) throw new RunFolderError(`${folder} has the experiment ${config.name}, and not ${name}`);
  const different = differences(config.settings, settings);
  if (different.length > 0) throw new OtherSettingsError(folder, different);
  const elsewhere = differences({ ...config.versions, ...config.machine }, { ...versions(), ...machine() });
  if (elsewhere.length > 0) {
    const words = elsewhere.map(({ path, before, now }) => `${path} ${shownJson(before)}, now ${shownJson(now)}`);
    onWarning(
      `the experiment was begun elsewhere (${words.join('; ')}): times are not comparable, and results may differ in the last bits`,
    );
  }
  return config;
}

function begun(folder: string, name: string, settings: Settings): ExperimentConfig {
  const config: ExperimentConfig = {
    format: 'softpool-experiment',
    name,
    settings,
    versions: versions(),
    machine: machine(),
    started: new Date().toISOString(),
  };
  try {
    for (const path of [RESULTS, RUNS]) rmSync(join(folder, path), { recursive: true, force: true });
  } catch (error) {
    throw writingError(folder, error);
  }
  writeWhole(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
  return config;
}

function readConfig(folder: string): ExperimentConfig {
  const path = join(folder, CONFIG);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RunFolderError(`there is no experiment in ${folder}: ${CONFIG} cannot be read`, { cause: error });
  }
  try {
    const config = JSON.parse(text) as Partial<ExperimentConfig> | null;
    if (config?.format === 'softpool-experiment' && typeof config.settings === 'object') return config as ExperimentConfig;
  } catch (error) {
    throw new RunFolderError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new RunFolderError(`${path} is not the configuration of an experiment`);
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
  guarded(() => ftruncateSync(file, bytes)); // a line that was cut off by a kill is a run that is made again
  const results = new Map(lines.map(({ run, result }) => [run, result]));
  const seconds = new Map(lines.map(({ run, time }) => [run, time.seconds]));
  return {
    config,
    results,
    append(run, result, taken) {
      const line: ResultLine<Result> = { run, result, time: { at: new Date().toISOString(), seconds: taken } };
      guarded(() => {
        writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`));
        fsyncSync(file);
      });
      results.set(run, result);
      seconds.set(run, taken);
    },
    seconds: (runs) => runs.reduce((sum, { id }) => sum + (seconds.get(id) ?? 0), 0),
    close() {
      closeSync(file);
      release();
    },
  };
}

/** The whole lines of a file, and how many bytes they take. */
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
