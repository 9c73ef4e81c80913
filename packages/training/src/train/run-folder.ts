/** The folder of a run: what is in it, and whether a training may begin or go on there. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Difference, differences, type Json, shownJson } from '../differences.ts';
import { lockFolder } from '../lock.ts';
import { writeWhole, writingError } from '../write-whole.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { machine, versions } from './machine.ts';
import { RECORD } from './record.ts';

/** The files' names in the folder of a run. */
export const CONFIG = 'config.json';
export const FINAL_WEIGHTS = 'final.safetensors';
export const BEST_WEIGHTS = 'best.safetensors';
const CURVES = ['loss.svg', 'loss.png', 'accuracy.svg', 'accuracy.png'] as const;

const FILES = [CONFIG, RECORD, CHECKPOINT, FINAL_WEIGHTS, BEST_WEIGHTS, ...CURVES];

/** What makes a run what it is. */
export type Settings = { readonly [name: string]: Json };

/** config.json. */
export interface RunConfig {
  /** What tells it from other files. */
  readonly format: 'softpool-run';
  /** What must be the same for the run to continue. */
  readonly settings: Settings;
  /** Of Node, TensorFlow.js and this package. */
  readonly versions: { readonly [name: string]: string };
  /** What it began on. */
  readonly machine: { readonly [name: string]: string | number };
  /** When the run began, in ISO 8601. */
  readonly started: string;
}

/** A folder that a training must not begin or go on in, with the reason and what to do. */
export class RunFolderError extends Error {
  /** `'RunFolderError'`. */
  override readonly name = 'RunFolderError';
}

/** A run that is asked to continue with other settings. */
export class OtherSettingsError extends RunFolderError {
  /** An error that names what differs. */
  constructor(
    folder: string,
    /** What differs, as in `learningRate`. */
    readonly different: readonly Difference[],
  ) {
    const words = different.map(({ path, before, now }) => `${path} was ${shownJson(before)} and is now ${shownJson(now)}`);
    super(`${folder} cannot be continued with other settings: ${words.join('; ')}`);
  }
}

/** The folder of a run, ready and locked. */
interface OpenedRunFolder {
  /** Whether there is a checkpoint to go on from. */
  readonly hasCheckpoint: boolean;
  /** Unlocks it. */
  readonly release: () => void;
}

/**
 * Makes the folder ready. Throws, and changes nothing, where there is a run already and neither `resume` nor `force`, where it was made with other settings, or
 * where another process trains.
 */
export function openRunFolder(
  folder: string,
  settings: Settings,
  { resume, force, onWarning }: { resume: boolean; force: boolean; onWarning: (message: string) => void },
): OpenedRunFolder {
  if (resume && force) throw new RunFolderError('resume and force exclude each other: the one continues a run, the other replaces it');
  const present = FILES.filter((name) => existsSync(join(folder, name)));
  if (resume) {
    const config = readConfig(folder);
    const different = differences(config.settings, settings);
    if (different.length > 0) throw new OtherSettingsError(folder, different);
    warnOfVersions(config, onWarning);
    return { hasCheckpoint: present.includes(CHECKPOINT), release: locked(folder) };
  }
  if (present.length > 0 && !force) {
    throw new RunFolderError(`${folder} has a run already (${present[0]}); continue it with --resume, or replace it with --force`);
  }
  const release = locked(folder);
  try {
    beginRun(folder, settings, present);
    return { hasCheckpoint: false, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Makes the folder, if it is not there, and locks it. Throws a RunFolderError if another process has it. */
export function locked(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writingError(folder, error);
  }
  const lock = lockFolder(folder);
  if ('release' in lock) return lock.release;
  throw new RunFolderError(`process ${lock.heldBy} writes to ${folder}; wait for its end or stop it, or choose another folder`);
}

/** Removes what is left of a run before, and writes what this one is. */
function beginRun(folder: string, settings: Settings, leftovers: readonly string[]): void {
  try {
    for (const name of leftovers) rmSync(join(folder, name));
  } catch (error) {
    throw writingError(folder, error);
  }
  const config: RunConfig = {
    format: 'softpool-run',
    settings,
    versions: versions(),
    machine: machine(),
    started: new Date().toISOString(),
  };
  writeWhole(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads the configuration of a run.
 *
 * @param folder - The folder of the run.
 * @returns What was written when it began.
 * @throws RunFolderError if there is none, or it cannot be read.
 * @example
 * ```ts
 * function networkOf(run: string): unknown {
 *   return readConfig(run).settings['model'];
 * }
 * ```
 */
export function readConfig(folder: string): RunConfig {
  const path = join(folder, CONFIG);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new RunFolderError(`cannot read ${path}: ${message}`, { cause: error });
    throw new RunFolderError(`there is no run in ${folder}: it has no ${CONFIG}`, { cause: error });
  }
  try {
    const config = JSON.parse(text) as Partial<RunConfig> | null;
    if (config?.format === 'softpool-run' && typeof config.settings === 'object') return config as RunConfig;
  } catch (error) {
    throw new RunFolderError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new RunFolderError(`${path} is not the configuration of a run`);
}

function warnOfVersions(config: RunConfig, onWarning: (message: string) => void): void {
  const different = differences(config.versions, versions());
  if (different.length === 0) return;
  const words = different.map(({ path, before, now }) => `${path} ${shownJson(before)}, now ${shownJson(now)}`);
  onWarning(
    `the run was begun with other versions (${words.join('; ')}): what follows may differ in the last bits from a run without a stop`,
  );
}
