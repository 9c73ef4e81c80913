/** The options of a training, and their checks. */
import { checkSeed } from '@softpool/models/internal';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkInteger, checkKeys, checkOneOf, checkSignal, rangeError, typeError } from 'softpool/internal';
import type { CorruptSample, DataSet, Transform } from '../data/data-set.ts';
import type { EvaluationResult } from '../evaluate/result.ts';
import type { PartOf } from '../optional.ts';
import type { Json } from '../runs/json-diff.ts';
import type { Settings } from '../runs/run-folder.ts';
import { OPTIMIZERS } from './optimizer.ts';
import { SCHEDULES, type Schedule } from './schedule.ts';

/** Samples and their transform. */
export interface DataSource {
  /** The samples. */
  readonly dataSet: DataSet;
  /** With augmentation for training, without for validation. */
  readonly transform: Transform;
}

/** How to train a network. The defaults are those of the paper's script. */
export interface TrainingRecipe {
  /** Number of epochs. Default 90. */
  readonly epochs: number;
  /** Samples per step. Default 128. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /** Initial learning rate, above 0. Default 0.1, or 0.001 for `'adamw'`. */
  readonly learningRate: number;
  /**
   * `'sgd'` (default), or `'adamw'` with PyTorch's β₁ = 0.9, β₂ = 0.999 and ε = 1e-8. The defaults
   * of the learning rate and the weight decay follow from it.
   */
  readonly optimizer: (typeof OPTIMIZERS)[number];
  /** SGD momentum, from 0 to below 1. Default 0.9. Not for `'adamw'`. */
  readonly momentum: number;
  /**
   * Weight decay λ ≥ 0. SGD adds λ w to the gradient; AdamW shrinks w. Default 1e-4, or 0.01 for
   * `'adamw'`.
   */
  readonly weightDecay: number;
  /**
   * Apply weight decay to biases and normalization too. Default `true`, as in the paper's script.
   */
  readonly decayNormAndBias: boolean;
  /**
   * Learning rate schedule. `'step'` (default) multiplies it by `gamma` every `stepSize` epochs;
   * `'cosine'` decreases it to 0 along half a cosine wave; `'constant'` keeps it.
   */
  readonly schedule: Schedule;
  /** Epochs between the steps of the schedule `'step'`. Default 30. */
  readonly stepSize: number;
  /** Factor of each step of the schedule `'step'`. Default 0.1. */
  readonly gamma: number;
  /**
   * Epochs in which the learning rate grows linearly from 1 % of `learningRate`, fewer than
   * `epochs`. The schedule starts after them. Default 0.
   */
  readonly warmupEpochs: number;
  /** The largest norm of all gradients of a step together; 0 (default): no limit. */
  readonly clipGradNorm: number;
  /** Label smoothing, from 0 to below 1. Default 0. */
  readonly labelSmoothing: number;
  /**
   * Seed of shuffling, augmentation and dropout: a 32-bit integer. Default 0. The initial weights
   * have a seed of their own, in `createBackbone`.
   */
  readonly seed: number;
}

/** The options of `train`. */
export interface TrainOptions extends PartOf<TrainingRecipe> {
  /** The network, with logits [batch, classes] as its output. Its weights change. */
  readonly model: LayersModel;
  /** Data to train on. */
  readonly trainingData: DataSource;
  /** Data to measure on after each epoch. Without it there is no best epoch. */
  readonly validationData?: DataSource | undefined;
  /** Folder of the run. Created if necessary. */
  readonly output: string;
  /**
   * Resume the run in `output` from its checkpoint. Without a checkpoint, it starts over.
   * `maxCorrupt` and the options of checkpoints are those with which the run started, unless given.
   * Default `false`.
   */
  readonly resume?: boolean | undefined;
  /** Replace the run in `output`. Default `false`. */
  readonly force?: boolean | undefined;
  /** Check options, data and folder without training or writing anything. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /**
   * Further settings of the run, such as the network's name. Kept in `config.json`; a run resumes
   * only with equal settings.
   */
  readonly settings?: { readonly [name: string]: Json } | undefined;
  /** Write a checkpoint every n steps too. Default: only by epoch and time. */
  readonly checkpointSteps?: number | undefined;
  /**
   * Keep the weights of every n-th epoch, in `epoch-<n>.safetensors`. Default: only the best
   * and the last.
   */
  readonly checkpointEpochs?: number | undefined;
  /**
   * Write a checkpoint every n seconds too. Default 300. One also follows each step of more
   * than half a second, unless checkpoints take more than a twentieth of the time.
   */
  readonly checkpointSeconds?: number | undefined;
  /** Most corrupt samples per data set and epoch. Default 1 % of the samples, at least 1. */
  readonly maxCorrupt?: number | undefined;
  /** Draw loss and accuracy at the end. Default `true`. */
  readonly curves?: boolean | undefined;
  /** Stops the training after the current step, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each step. */
  readonly onStep?: ((progress: StepProgress) => void) | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((result: EpochResult) => void) | undefined;
  /** Called for each corrupt sample, which is skipped. */
  readonly onCorrupt?: ((sample: CorruptSample) => void) | undefined;
  /** Called with warnings, such as that the run started with another version. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Progress of a training after a step. */
export interface StepProgress {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Total number of epochs. */
  readonly epochs: number;
  /** Steps completed in total. */
  readonly step: number;
  /** Steps completed in this epoch. */
  readonly stepOfEpoch: number;
  /** Steps per epoch. */
  readonly stepsPerEpoch: number;
  /** Loss of this step's batch. */
  readonly loss: number;
  /** Mean loss over the epoch so far. */
  readonly meanLoss: number;
  /** Mean top-1 accuracy over the epoch so far, 0–1. */
  readonly meanTop1: number;
  /** The epoch's learning rate. */
  readonly learningRate: number;
  /** Samples per second in this epoch and process. */
  readonly samplesPerSecond: number;
  /** Estimated seconds for the remaining steps, without validation. */
  readonly secondsLeft: number;
}

/** The results of an epoch. */
export interface EpochResult {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Total number of epochs. */
  readonly epochs: number;
  /** Mean loss over the epoch's steps, while the weights changed. */
  readonly trainingLoss: number;
  /** Mean top-1 accuracy over the epoch's steps, 0–1. */
  readonly trainingTop1: number;
  /** Results on the validation data after the epoch. */
  readonly validation?: Pick<EvaluationResult, 'loss' | 'top1' | 'top5'>;
  /** The epoch's learning rate. */
  readonly learningRate: number;
  /** Whether this is the best epoch so far. */
  readonly isBest: boolean;
}

/** Options that may differ when a run resumes. Unless given again they stay as they were. */
const ADJUSTABLE = ['checkpointSteps', 'checkpointEpochs', 'checkpointSeconds', 'maxCorrupt'] as const;

/** The adjustable options that are given, else those `before`, for config.json. */
export function adjustableOf(options: TrainOptions, before: Settings = {}): Settings {
  const entries = ADJUSTABLE.map((name) => [name, options[name] ?? before[name] ?? null] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

const NAMES = [
  ...['model', 'trainingData', 'validationData', 'output', 'resume', 'force', 'dryRun', 'settings'],
  ...ADJUSTABLE,
  ...['curves', 'signal', 'onStep', 'onEpoch', 'onCorrupt', 'onWarning'],
];

/** Checks all options but the recipe's and the data. Throws a RangeError or TypeError. */
export function checkOptions(options: TrainOptions): void {
  checkKeys('train', options, [...NAMES, ...Object.keys(PAPER_RECIPE)]);
  const { output, settings = {}, checkpointSteps, checkpointEpochs, checkpointSeconds = 0, maxCorrupt = 0, signal } = options;
  if (typeof output !== 'string' || output === '') throw typeError('train', 'options.output', 'the path of a folder', output);
  for (const name of ['resume', 'force', 'dryRun', 'curves'] as const) {
    checkOneOf('train', `options.${name}`, options[name] ?? false, [true, false]);
  }
  for (const [name, value] of Object.entries({ checkpointSteps, checkpointEpochs })) {
    if (value !== undefined) checkInteger('train', `options.${name}`, value, 1);
  }
  if (!(typeof checkpointSeconds === 'number' && checkpointSeconds >= 0)) {
    throw rangeError('train', 'options.checkpointSeconds', 'a number ≥ 0', checkpointSeconds);
  }
  checkInteger('train', 'options.maxCorrupt', maxCorrupt, 0);
  checkSignal('train', signal);
  for (const name of ['onStep', 'onEpoch', 'onCorrupt', 'onWarning'] as const) {
    if (typeof (options[name] ?? checkOptions) !== 'function') throw typeError('train', `options.${name}`, 'a function', options[name]);
  }
  checkJson(settings);
}

/** Before a run is replaced: settings that cannot be written would leave none. */
function checkJson(settings: unknown): void {
  if (typeof settings !== 'object' || settings === null) throw typeError('train', 'options.settings', 'an object', settings);
  try {
    JSON.stringify(settings);
  } catch (error) {
    throw new TypeError(`train: options.settings cannot be written as JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** The recipe of the paper's training script. */
export const PAPER_RECIPE: TrainingRecipe = {
  epochs: 90,
  batchSize: 128,
  optimizer: 'sgd',
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  decayNormAndBias: true,
  schedule: 'step',
  stepSize: 30,
  gamma: 0.1,
  warmupEpochs: 0,
  clipGradNorm: 0,
  labelSmoothing: 0,
  seed: 0,
};

/** What differs with AdamW: PyTorch's defaults. */
const ADAMW_DEFAULTS = { learningRate: 0.001, weightDecay: 0.01 } as const;

/** Completes a recipe with its defaults. Throws a RangeError or TypeError for an invalid option. */
export function recipeOf(options: PartOf<TrainingRecipe>): TrainingRecipe {
  const defaults = { ...PAPER_RECIPE, ...(options.optimizer === 'adamw' && ADAMW_DEFAULTS) };
  const names = Object.keys(defaults) as (keyof TrainingRecipe)[];
  const entries = names.map((name) => [name, options[name] ?? defaults[name]] as const);
  const recipe = Object.fromEntries(entries) as unknown as TrainingRecipe;
  for (const name of ['epochs', 'batchSize', 'stepSize'] as const) checkInteger('train', `options.${name}`, recipe[name], 1);
  checkInteger('train', 'options.warmupEpochs', recipe.warmupEpochs, 0);
  if (recipe.warmupEpochs > 0 && recipe.warmupEpochs >= recipe.epochs) {
    throw rangeError('train', 'options.warmupEpochs', `below options.epochs, ${recipe.epochs}`, recipe.warmupEpochs);
  }
  checkOneOf('train', 'options.optimizer', recipe.optimizer, OPTIMIZERS);
  checkOneOf('train', 'options.schedule', recipe.schedule, SCHEDULES);
  checkOneOf('train', 'options.decayNormAndBias', recipe.decayNormAndBias, [true, false]);
  checkSeed('train', recipe.seed);
  // The default is not refused, so that a whole recipe can be given with one option changed.
  const refuse = (name: keyof TrainingRecipe, condition: string): void => {
    if (recipe[name] !== defaults[name]) throw rangeError('train', `options.${name}`, `left out unless ${condition}`, recipe[name]);
  };
  if (recipe.optimizer !== 'sgd') refuse('momentum', "options.optimizer is 'sgd'");
  if (recipe.schedule !== 'step') for (const name of ['stepSize', 'gamma'] as const) refuse(name, "options.schedule is 'step'");
  const check = (name: keyof TrainingRecipe, expected: string, holds: (value: number) => boolean): void => {
    const value = recipe[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || !holds(value))
      throw rangeError('train', `options.${name}`, expected, value);
  };
  check('learningRate', 'a finite number above 0', (value) => value > 0);
  check('gamma', 'a finite number above 0', (value) => value > 0);
  check('momentum', 'a number from 0 to below 1', (value) => value >= 0 && value < 1);
  check('labelSmoothing', 'a number from 0 to below 1', (value) => value >= 0 && value < 1);
  check('weightDecay', 'a finite number ≥ 0', (value) => value >= 0);
  check('clipGradNorm', 'a finite number ≥ 0', (value) => value >= 0);
  return recipe;
}
