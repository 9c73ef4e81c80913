/** The flags of `softpool train` that a run remembers as its settings, under the same names. */
import type { BackboneName } from '@softpool/models';
import type { BackendName, OtherSettingsError, Recipe, Settings, TrainingRecipe } from '@softpool/training/node';
import { kebabCase } from '../arguments/errors.ts';

/** Flags that must be equal to resume a run. Those of the recipe are the options of `train`. */
export interface RunFlags extends Omit<TrainingRecipe, ChosenByOptimizer>, Record<ChosenByOptimizer, number | undefined> {
  readonly model: BackboneName;
  readonly data: readonly string[];
  readonly validationShare: number;
  readonly pool: 'soft' | 'max' | 'average';
  readonly positions: 'paper' | 'all';
  readonly beta: number;
  readonly poolWeights: 'perChannel' | 'shared';
  readonly gradient: 'weights' | 'exact';
  /** [height, width] or [frames, height, width]; null: chosen by the network and the data. */
  readonly inputSize: readonly number[] | null;
  /** Null: chosen by the input size. */
  readonly augment: Recipe | null;
  readonly flip: boolean;
  /** Change of brightness, contrast and saturation in training. */
  readonly colorJitter: number;
  /** Normalization of each channel; null: chosen by the network. */
  readonly mean: readonly number[] | null;
  readonly std: readonly number[] | null;
  /** A file of initial weights; null: random weights. */
  readonly weights: string | null;
  /** A prefix of the names in `weights` that is removed; null: none. */
  readonly weightsPrefix: string | null;
  /** Modules of `weights` that are not loaded. */
  readonly except: readonly string[];
  /** Modules that are not trained. */
  readonly freeze: readonly string[];
  /** Number of training and of validation samples; 0: all. */
  readonly limit: number;
  readonly testLimit: number;
  readonly backend: BackendName;
}

/** Undefined: the default of the optimizer. */
type ChosenByOptimizer = 'learningRate' | 'weightDecay';

/** Defaults of the flags. Network and data have none. */
export const DEFAULTS: Omit<RunFlags, 'model' | 'data'> = {
  validationShare: 0.1,
  pool: 'soft',
  positions: 'paper',
  beta: 1,
  poolWeights: 'perChannel',
  gradient: 'weights',
  inputSize: null,
  augment: null,
  flip: true,
  colorJitter: 0,
  mean: null,
  std: null,
  weights: null,
  weightsPrefix: null,
  except: [],
  freeze: [],
  limit: 0,
  testLimit: 0,
  optimizer: 'sgd',
  epochs: 90,
  batchSize: 128,
  learningRate: undefined,
  momentum: 0.9,
  weightDecay: undefined,
  decayNormAndBias: true,
  schedule: 'step',
  stepSize: 30,
  gamma: 0.1,
  warmupEpochs: 0,
  clipGradNorm: 0,
  labelSmoothing: 0,
  seed: 0,
  backend: 'wasm',
};

/** The names of all flags. */
export const RUN_FLAGS = ['model', 'data', ...Object.keys(DEFAULTS)] as readonly (keyof RunFlags)[];

/** The flags with which a run started. */
export function flagsOf(settings: Settings): Partial<RunFlags> {
  const names = RUN_FLAGS.filter((name) => name in settings);
  return Object.fromEntries(names.map((name) => [name, settings[name]])) as Partial<RunFlags>;
}

/** Settings that differ, with the names of the flags. */
export function differentFlags({ different }: OtherSettingsError): string {
  const nameOf = (path: string): string => ((RUN_FLAGS as readonly string[]).includes(path) ? `--${kebabCase(path)}` : path);
  return different.map(({ path, before, now }) => `${nameOf(path)} was ${words(before)} and is now ${words(now)}`).join('; ');
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  return value === undefined || value === null ? 'not given' : String(value);
}
