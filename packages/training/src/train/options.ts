/** What a training is asked for, checked. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DataSet, Transform } from '../data/data-set.ts';
import type { Json } from '../differences.ts';
import type { EvaluationResult } from '../evaluation/result.ts';
import type { Schedule } from './schedule.ts';

/** Samples, and what makes a network's input of each. */
export interface DataSource {
  /** The samples. */
  readonly dataSet: DataSet;
  /** For training with augmentation, for validation without. */
  readonly transform: Transform;
}

/** How a network is trained; the defaults are those of the paper's script. */
export interface TrainingRecipe {
  /** How often each sample is seen. Default 90. */
  readonly epochs: number;
  /** Samples per step. Default 128. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /** The learning rate that the schedule starts with. Default 0.1. */
  readonly learningRate: number;
  /** What stays of the velocity from step to step, from 0 to below 1. Default 0.9. */
  readonly momentum: number;
  /** λ in g + λ w. Default 1e-4. */
  readonly weightDecay: number;
  /** Whether biases, and the scales and shifts of normalization, decay too. Default `true`, as in the paper's script. */
  readonly decayNormAndBias: boolean;
  /** Default `'step'`: the learning rate is multiplied by `gamma` every `stepSize` epochs. Or `'cosine'`, or `'constant'`. */
  readonly schedule: Schedule;
  /** Epochs between the steps of the schedule `'step'`. Default 30. */
  readonly stepSize: number;
  /** The factor of each of them. Default 0.1. */
  readonly gamma: number;
  /** From 0 (default) to below 1. */
  readonly labelSmoothing: number;
  /** What order, augmentation and dropout depend on: an integer of 32 bits. Default 0. The model's initial weights have a seed of their own. */
  readonly seed: number;
}

/** The options of `train`. */
export interface TrainOptions extends Partial<TrainingRecipe> {
  /** The network, with logits [batch, classes] as its output. Its weights are changed. */
  readonly model: LayersModel;
  /** What it learns from. */
  readonly trainingData: DataSource;
  /** What it is measured on after each epoch. Without it there is no best epoch. */
  readonly validationData?: DataSource | undefined;
  /** The folder of the run. It is made if it is not there. */
  readonly out: string;
  /** Continue the run in `out`, from its checkpoint. A run that has none yet begins. Default `false`. */
  readonly resume?: boolean | undefined;
  /** Replace the run in `out`. Default `false`. */
  readonly force?: boolean | undefined;
  /** Whatever else makes the run what it is, such as the network's name. It is kept in `config.json`, and a run is only resumed with the same. */
  readonly settings?: { readonly [name: string]: Json } | undefined;
  /** A checkpoint is written after each epoch, and after this many steps. Default: not by steps. */
  readonly checkpointSteps?: number | undefined;
  /** And after this many seconds. Default 300. */
  readonly checkpointSeconds?: number | undefined;
  /** How many samples of a data set may be corrupt before the training stops. Default 0.01 of them. */
  readonly maxCorrupt?: number | undefined;
  /** Whether loss and accuracy are drawn at the end. Default `true`. */
  readonly curves?: boolean | undefined;
  /** Stops the training after the step that is being computed; a checkpoint is written. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each step. */
  readonly onStep?: ((progress: StepProgress) => void) | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((result: EpochResult) => void) | undefined;
  /** Called when a sample of either data set cannot be used. It is left out. */
  readonly onCorrupt?: ((sample: CorruptSample) => void) | undefined;
  /** Called with what a user should know, such as that another version continues a run. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A sample that was left out. */
export interface CorruptSample {
  /** Its index in the data set. */
  readonly index: number;
  /** What names it and says what is wrong. */
  readonly message: string;
}

/** Where a training is after a step. */
export interface StepProgress {
  /** From 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Steps done in all. */
  readonly step: number;
  /** Steps done in this epoch. */
  readonly stepOfEpoch: number;
  /** Steps that an epoch has. */
  readonly stepsPerEpoch: number;
  /** The loss of the step's batch. */
  readonly loss: number;
  /** The mean over the epoch so far. */
  readonly meanLoss: number;
  /** The same of the accuracy, from 0 to 1. */
  readonly meanAccuracy: number;
  /** That of the epoch. */
  readonly learningRate: number;
  /** Samples per second, over the steps of this epoch in this process. */
  readonly samplesPerSecond: number;
  /** What all remaining steps will take at this speed, without validation. */
  readonly secondsLeft: number;
}

/** What an epoch gave. */
export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** The mean over the steps of the epoch, while the weights changed. */
  readonly trainingLoss: number;
  /** The same of the accuracy, from 0 to 1. */
  readonly trainingAccuracy: number;
  /** Of the validation data, after the epoch. */
  readonly validation?: Pick<EvaluationResult, 'loss' | 'top1' | 'top5'>;
  /** That of the epoch. */
  readonly learningRate: number;
  /** Whether it is the best so far. */
  readonly isBest: boolean;
}

/** The recipe of the paper's training script. */
export const PAPER_RECIPE: TrainingRecipe = {
  epochs: 90,
  batchSize: 128,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  decayNormAndBias: true,
  schedule: 'step',
  stepSize: 30,
  gamma: 0.1,
  labelSmoothing: 0,
  seed: 0,
};

/** The recipe of some options. Throws RangeError or TypeError that names the option, what was expected and what came. */
export function recipeOf(options: Partial<TrainingRecipe>): TrainingRecipe {
  const given = Object.fromEntries(
    Object.keys(PAPER_RECIPE).map((name) => [name, options[name as keyof TrainingRecipe] ?? PAPER_RECIPE[name as keyof TrainingRecipe]]),
  );
  const recipe = given as unknown as TrainingRecipe;
  for (const [name, { expected, holds }] of Object.entries(CHECKS)) {
    const value = recipe[name as keyof TrainingRecipe];
    if (!holds(value))
      throw new RangeError(`train: options.${name} must be ${expected}, received ${JSON.stringify(value) ?? String(value)}`);
  }
  return recipe;
}

interface Check {
  readonly expected: string;
  holds(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const count: Check = { expected: 'a positive integer', holds: (value) => Number.isSafeInteger(value) && (value as number) > 0 };
const positive: Check = { expected: 'a finite number above 0', holds: (value) => isNumber(value) && value > 0 };
const belowOne: Check = { expected: 'a number from 0 to below 1', holds: (value) => isNumber(value) && value >= 0 && value < 1 };

const CHECKS: Readonly<Record<keyof TrainingRecipe, Check>> = {
  epochs: count,
  batchSize: count,
  learningRate: positive,
  momentum: belowOne,
  weightDecay: { expected: 'a finite number ≥ 0', holds: (value) => isNumber(value) && value >= 0 },
  decayNormAndBias: { expected: 'true or false', holds: (value) => typeof value === 'boolean' },
  schedule: { expected: "'step', 'cosine' or 'constant'", holds: (value) => ['step', 'cosine', 'constant'].includes(value as string) },
  stepSize: count,
  gamma: positive,
  labelSmoothing: belowOne,
  seed: { expected: 'an integer of 32 bits', holds: (value) => isNumber(value) && ((value | 0) === value || value >>> 0 === value) },
};
