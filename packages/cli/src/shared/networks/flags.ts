/** What `softpool train` can be told, and what of it a run remembers. */
import type { BackboneName } from '@softpool/models';
import type { BackendName, OtherSettingsError, Recipe, Schedule, Settings } from '@softpool/training/node';
import { kebabCase } from '../arguments/errors.ts';

/** The flags that make a run what it is: the same for a run that is resumed. */
export interface RunFlags {
  readonly model: BackboneName;
  readonly data: readonly string[];
  readonly valSplit: number;
  readonly pool: 'soft' | 'max' | 'avg';
  readonly positions: 'paper' | 'all';
  readonly beta: number;
  readonly poolWeights: 'shared' | 'perChannel';
  readonly gradient: 'weights' | 'exact';
  /** Frames, height and width, or height and width; null: by the network and the data. */
  readonly input: readonly number[] | null;
  /** Null: by the input. */
  readonly augment: Recipe | null;
  readonly flip: boolean;
  /** A file of weights to begin with. */
  readonly weights: string | null;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly normDecay: boolean;
  readonly lrSchedule: Schedule;
  readonly lrStepSize: number;
  readonly lrGamma: number;
  readonly labelSmoothing: number;
  readonly seed: number;
  readonly backend: BackendName;
}

/** What is taken where nothing is said; network and data have no default. */
export const DEFAULTS: Omit<RunFlags, 'model' | 'data'> = {
  valSplit: 0.1,
  pool: 'soft',
  positions: 'paper',
  beta: 1,
  poolWeights: 'perChannel',
  gradient: 'weights',
  input: null,
  augment: null,
  flip: true,
  weights: null,
  epochs: 90,
  batchSize: 128,
  lr: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  normDecay: true,
  lrSchedule: 'step',
  lrStepSize: 30,
  lrGamma: 0.1,
  labelSmoothing: 0,
  seed: 0,
  backend: 'wasm',
};

/** What a flag is called in the settings of a run; those that the training itself keeps are called as its options. */
const SETTING: Readonly<Record<keyof RunFlags, string>> = {
  model: 'model',
  data: 'data',
  valSplit: 'valSplit',
  pool: 'pool',
  positions: 'positions',
  beta: 'beta',
  poolWeights: 'poolWeights',
  gradient: 'gradient',
  input: 'input',
  augment: 'augment',
  flip: 'flip',
  weights: 'initialWeights',
  epochs: 'epochs',
  batchSize: 'batchSize',
  lr: 'learningRate',
  momentum: 'momentum',
  weightDecay: 'weightDecay',
  normDecay: 'decayNormAndBias',
  lrSchedule: 'schedule',
  lrStepSize: 'stepSize',
  lrGamma: 'gamma',
  labelSmoothing: 'labelSmoothing',
  seed: 'seed',
  backend: 'backend',
};

/** The flags that a run was begun with. */
export function flagsOf(settings: Settings): Partial<RunFlags> {
  const known = Object.entries(SETTING).flatMap(([flag, setting]) => (setting in settings ? [[flag, settings[setting]]] : []));
  return Object.fromEntries(known) as Partial<RunFlags>;
}

/** Settings that differ, in the words of the command line. */
export function differentFlags({ different }: OtherSettingsError): string {
  const flagOf = (path: string): string => {
    const flag = Object.entries(SETTING).find(([, setting]) => setting === path)?.[0];
    return flag === undefined ? path : `--${kebabCase(flag)}`;
  };
  return different.map(({ path, before, now }) => `${flagOf(path)} was ${said(before)} and is now ${said(now)}`).join('; ');
}

function said(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  return value === undefined || value === null ? 'not given' : String(value);
}
