/** The folder of a run: its files, and whether a training may start or resume there. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createFolder } from '@softpool/media/internal/files';
import { machine, versions } from './environment.ts';
import { type Difference, type Json, jsonDifferences, shortJson } from './json-diff.ts';
import { lockFolder } from './lock.ts';
import { RECORD } from './record.ts';
import { writeFileAtomic, writingError } from './write-file.ts';

/** Names of the files in a run's folder. */
export const CONFIG = 'config.json';
export const CHECKPOINT = 'checkpoint.safetensors';
export const FINAL_WEIGHTS = 'final.safetensors';
export const BEST_WEIGHTS = 'best.safetensors';
export const EPOCHS_CSV = 'epochs.csv';
const CURVES = ['loss.svg', 'loss.png', 'accuracy.svg', 'accuracy.png'] as const;

const FILES = [CONFIG, RECORD, CHECKPOINT, FINAL_WEIGHTS, BEST_WEIGHTS, EPOCHS_CSV, ...CURVES];

/** The file of an epoch's weights. */
export function epochWeights(epoch: number): string {
  return `epoch-${epoch}.safetensors`;
}

const EPOCH_WEIGHTS = /^epoch-\d+\.safetensors$/;

/** The settings of a run. */
export type Settings = { readonly [name: string]: Json };

/** The contents of config.json. */
export interface RunConfig {
  /** Distinguishes the file from others. */
  readonly format: 'softpool-run';
  /** Settings that must be equal to resume the run. */
  readonly settings: Settings;
  /** Options that may differ when the run resumes, as they were at its start. */
  readonly adjustable?: Settings;
  /** Versions of Node, TensorFlow.js and this package. */
  readonly versions: { readonly [name: string]: string };
  /** The machine on which the run started. */
  readonly machine: { readonly [name: string]: string | number };
  /** When the run started, in ISO 8601. */
  readonly started: string;
}

/** A folder in which a training must not start or resume. The message says why and what to do. */
export class RunFolderError extends Error {
  /** `'RunFolderError'`. */
  override readonly name = 'RunFolderError';
}

/** A folder that already holds a run or an experiment, which must be resumed or replaced. */
export class ExistingRunError extends RunFolderError {
  /** Creates an error that names the folder and what it holds. */
  constructor(
    /** The folder. */
    readonly folder: string,
    /** What it holds, such as `'an experiment'`. */
    readonly existing: string,
  ) {
    super(`${folder} already has ${existing}; use resume to continue it, or force to replace it`);
  }
}

/** A run that cannot be resumed because its settings differ. */
export class OtherSettingsError extends RunFolderError {
  /** Creates an error that lists the differences. */
  constructor(
    folder: string,
    /** The differences, with paths such as `learningRate`. */
    readonly different: readonly Difference[],
  ) {
    const words = different.map(({ path, before, now }) => `${path} was ${shortJson(before)} and is now ${shortJson(now)}`);
    super(`${folder} cannot be resumed with other settings: ${words.join('; ')}`);
  }
}

/** A run's folder, prepared and locked. */
interface OpenedRunFolder {
  /** Whether there is a checkpoint to resume from. */
  readonly hasCheckpoint: boolean;
  /** The adjustable options of the run to resume. */
  readonly kept: Settings;
  /** Unlocks the folder. */
  readonly release: () => void;
}

/** What config.json says of the training itself. */
type Described = Required<Pick<RunConfig, 'settings' | 'adjustable'>>;

interface OpenOptions {
  readonly resume: boolean;
  readonly force: boolean;
  readonly onWarning: (message: string) => void;
}

/**
 * Prepares the folder and locks it. Throws as {@link checkRunFolder}, or if another process is
 * training there.
 */
export function openRunFolder(folder: string, described: Described, options: OpenOptions): OpenedRunFolder {
  const { settings } = described;
  const present = checkRunFolder(folder, settings, options);
  const release = lockOrThrow(folder);
  try {
    if (options.resume) return { hasCheckpoint: present.includes(CHECKPOINT), kept: readConfig(folder).adjustable ?? {}, release };
    startRun(folder, described, present);
    return { hasCheckpoint: false, kept: {}, release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Returns which of a run's files the folder has, config.json first. Throws if it holds a run and
 * neither `resume` nor `force` is set, a run with other settings, or such files without a run.
 * Changes nothing.
 */
export function checkRunFolder(folder: string, settings: Settings, { resume, force, onWarning }: OpenOptions): string[] {
  if (resume && force) throw new RunFolderError('resume and force exclude each other: one continues a run, the other replaces it');
  const present = filesOfRun(folder);
  if (resume) {
    const config = readConfig(folder);
    const different = jsonDifferences(config.settings, settings);
    if (different.length > 0) throw new OtherSettingsError(folder, different);
    warnOfVersions(config, onWarning);
  } else if (present.length > 0) {
    refuseOthers(folder, present);
    if (!force) throw new ExistingRunError(folder, `a run (${present[0]})`);
  }
  return present;
}

/** Starting removes the files of a run, so they must be a run's: models have a config.json too. */
function refuseOthers(folder: string, present: readonly string[]): void {
  try {
    readConfig(folder);
  } catch (error) {
    const { message } = error as RunFolderError;
    throw new RunFolderError(`${folder} is not the folder of a run, but has ${present[0]}: ${message}; choose another folder`, {
      cause: error,
    });
  }
}

/** Names of a run's files in a folder. */
function filesOfRun(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // the folder does not exist, or writing says what is wrong
  }
  return [...FILES.filter((name) => names.includes(name)), ...names.filter((name) => EPOCH_WEIGHTS.test(name))];
}

/**
 * Creates a folder if necessary and locks it. Throws a RunFolderError if another process has it.
 */
export function lockOrThrow(folder: string): () => void {
  try {
    createFolder(folder);
  } catch (error) {
    throw writingError(folder, error);
  }
  const lock = lockFolder(folder);
  if ('release' in lock) return lock.release;
  throw new RunFolderError(`process ${lock.heldBy} is writing to ${folder}; wait for it, stop it, or choose another folder`);
}

/** Removes the files of an earlier run and writes config.json. */
function startRun(folder: string, described: Described, leftovers: readonly string[]): void {
  try {
    // config.json last: while others are there, it says that they are a run's.
    for (const name of [...leftovers].reverse()) rmSync(join(folder, name));
  } catch (error) {
    throw writingError(folder, error);
  }
  const config: RunConfig = {
    format: 'softpool-run',
    ...described,
    versions: versions(),
    machine: machine(),
    started: new Date().toISOString(),
  };
  writeFileAtomic(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads the configuration of a run.
 *
 * @param folder - The run's folder.
 * @returns The contents of its config.json.
 * @throws RunFolderError if the file is missing or invalid.
 * @example
 * ```ts
 * function networkOf(run: string): unknown {
 *   return readConfig(run).settings['model'];
 * }
 * ```
 */
export function readConfig(folder: string): RunConfig {
  return readConfigFile<RunConfig>(folder, CONFIG, 'run');
}

/**
 * Reads the file that says that a folder holds a run or an experiment. Throws a RunFolderError if
 * it is missing, cannot be read, or is another file.
 */
export function readConfigFile<Config extends RunConfig | { readonly format: 'softpool-experiment'; readonly settings: Settings }>(
  folder: string,
  file: string,
  kind: 'run' | 'experiment',
): Config {
  const path = join(folder, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new RunFolderError(`cannot read ${path}: ${message}`, { cause: error });
    throw new RunFolderError(`${folder} has no ${kind}: ${file} is missing`, { cause: error });
  }
  try {
    const config = JSON.parse(text) as Partial<Config> | null;
    if (config?.format === `softpool-${kind}` && typeof config.settings === 'object' && config.settings !== null) return config as Config;
  } catch (error) {
    throw new RunFolderError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new RunFolderError(`${path} is not the configuration of ${kind === 'run' ? 'a run' : 'an experiment'}`);
}

function warnOfVersions(config: RunConfig, onWarning: (message: string) => void): void {
  const different = jsonDifferences(config.versions, versions());
  if (different.length === 0) return;
  const words = different.map(({ path, before, now }) => `${path} ${shortJson(before)}, now ${shortJson(now)}`);
  onWarning(`the run started with other versions (${words.join('; ')}); results may differ in the last bits`);
}
