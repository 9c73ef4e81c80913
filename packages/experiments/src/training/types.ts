/** Experiments that train: tasks, kinds of pooling, and their results. */
import type { BackboneName, BackboneOptions } from '@softpool/models';
import type { BackendName, DataSource, Json } from '@softpool/training/node';

/** What a network is trained for. */
export interface TrainingTask {
  /** As in `fashion-mnist`. */
  readonly name: string;
  readonly model: BackboneName;
  readonly recipe: TaskRecipe;
  /** Further settings of the task, such as its data. */
  readonly settings: { readonly [name: string]: Json };
  /** Opens the data of a seed. */
  open(seed: number): Promise<{ readonly training: DataSource; readonly test: DataSource; readonly digest?: string }>;
}

/** How to train: SGD with momentum 0.9, weight decay 1e-4 and a cosine schedule. */
interface TaskRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** A kind of pooling to compare. */
export interface PoolingVariant {
  /** As in `soft-exact`. */
  readonly name: string;
  /** Name in tables. */
  readonly words: string;
  readonly options: Pick<BackboneOptions, 'pool' | 'positions' | 'gradient'>;
}

/** The results of a run. */
export type TrainingFigures = {
  /** Top-1 accuracy on the test data after the last epoch, 0–1. */
  readonly top1: number;
  /** Cross-entropy on the test data; `null` if it is not finite. */
  readonly loss: number | null;
  /** Mean cross-entropy of each epoch's steps, while the weights changed. */
  readonly trainingLoss: readonly number[];
  /** Total number of steps. */
  readonly steps: number;
  /**
   * Digest of the untrained network's outputs for the first test samples. Equal digests mean equal
   * forward passes.
   */
  readonly firstOutputs: string;
  /**
   * Digest of the classes and labels of all data, also of what was not used. Generated clips have
   * none.
   */
  readonly data?: string;
  /** Numbers of corrupt samples, which were skipped, if any. */
  readonly skipped?: {
    /** In the training data. */
    readonly training: number;
    /** In the test data. */
    readonly test: number;
  };
};

/** What to train and compare. */
export interface TrainingPlan {
  /** As in `classification`. */
  readonly name: string;
  readonly title: string;
  readonly comparisons: readonly TaskVariants[];
  /** Seeds of weights, order and generated data. */
  readonly seeds: readonly number[];
  readonly backend: BackendName;
  /** The paper's own claim, or why there is none to compare with. */
  readonly paper: string;
  /** Paragraphs on the method, besides what all experiments have in common. */
  readonly method: readonly string[];
  /** Folders of experiments whose results are reused for equal tasks. */
  readonly from?: readonly string[] | undefined;
  /** Throws if the results are not comparable. */
  readonly check?: ((results: ResultOf) => void) | undefined;
}

/** A task and the kinds of pooling to compare in it. */
export interface TaskVariants {
  readonly task: TrainingTask;
  readonly variants: readonly PoolingVariant[];
  /** Pairs of variant names; the difference is the first minus the second. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Returns the result of a task, a variant and a seed. */
export type ResultOf = (task: TrainingTask, variant: PoolingVariant, seed: number) => TrainingFigures;
