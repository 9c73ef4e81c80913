/** The experiment `classification`: one network, pictures, and the kinds of pooling. */
import { existsSync } from 'node:fs';
import type { BackboneName } from '@softpool/models';
import type { BackendName, Recipe } from '@softpool/training/node';
import type { Experiment } from './experiment.ts';
import { pictureTask } from './tasks.ts';
import { trainingExperiment } from './training-experiment.ts';
import type { TrainingFigures, TrainingTask } from './training-task.ts';
import { seedsOf, type VariantName, variantsOf } from './variants.ts';

/** The options of {@link classificationExperiment}. */
export interface ClassificationOptions {
  /** Sources of pictures as of `openDataSet`, each a table of its own. Default: where Debian's dataset-fashion-mnist has its files. */
  readonly data?: readonly string[] | undefined;
  /** Default `'small2d'`. */
  readonly network?: BackboneName | undefined;
  /** How many seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /** Default 8. */
  readonly epochs?: number | undefined;
  /** Default 32. */
  readonly batchSize?: number | undefined;
  /** At the start. Default 0.05. */
  readonly learningRate?: number | undefined;
  /** The most pictures to train on, another choice for each seed; 0: all. Default 3000. */
  readonly limit?: number | undefined;
  /** The most pictures to test on; 0: all. Default 0. */
  readonly testLimit?: number | undefined;
  /** Pixels in height and width of the input; 0: those of the pictures. Default 0. */
  readonly size?: number | undefined;
  /** Default `'none'`. */
  readonly augment?: Recipe | undefined;
  /** Default `'wasm'`. */
  readonly backend?: BackendName | undefined;
}

/** Where Debian's dataset-fashion-mnist has its files. */
export const FASHION_MNIST = '/usr/share/datasets/fashion-mnist';

const COMPARED: readonly VariantName[] = ['max', 'avg', 'soft', 'soft-exact', 'soft-all', 'soft-all-exact'];

/** Of them: is SoftPool better than what it replaces; which gradient; which positions. */
const PAIRS: readonly (readonly [VariantName, VariantName])[] = [
  ['soft', 'max'],
  ['soft', 'avg'],
  ['soft-exact', 'max'],
  ['soft-exact', 'soft'],
  ['soft-all', 'soft'],
  ['soft-all-exact', 'soft-all'],
];

/** The task that a source of pictures is, by the options of {@link classificationExperiment}. */
export function classificationTask(source: string, options: ClassificationOptions): TrainingTask {
  const { network = 'small2d', epochs = 8, batchSize = 32, learningRate = 0.05 } = options;
  const { limit = 3000, testLimit = 0, size = 0, augment = 'none' } = options;
  const task = pictureTask(source, { network, epochs, batchSize, learningRate, limit, testLimit, size, augment });
  return source !== FASHION_MNIST || existsSync(FASHION_MNIST) ? task : { ...task, open: () => Promise.reject(new Error(MISSING)) };
}

const MISSING = `${FASHION_MNIST} is not there: install Debian's package dataset-fashion-mnist, or name other data`;

/**
 * The experiment `classification`: the same network, trained from scratch with max, average and soft pooling in its stem, soft pooling with both gradients,
 * and soft pooling in all positions. Pairs of the comparison are seeds.
 *
 * @param options - The data, the network, the sizes.
 * @throws RangeError if an option makes no sense. While it runs: what reading the data and training throw.
 * @example
 * ```ts
 * const { runs } = classificationExperiment({ data: ['textured-shapes?samples=90'], seeds: 2, epochs: 1 });
 * runs.length; // 12
 * runs[0]?.id; // 'textured-shapes/max/seed-1'
 * ```
 */
export function classificationExperiment(options: ClassificationOptions = {}): Experiment<TrainingFigures> {
  const { data = [FASHION_MNIST], seeds = 5, backend = 'wasm' } = options;
  const tasks = data.map((source) => classificationTask(source, options));
  return trainingExperiment({
    name: 'classification',
    title: 'Classification: kinds of pooling in one network',
    comparisons: tasks.map((task) => ({ task, variants: variantsOf(COMPARED), pairs: PAIRS })),
    seeds: seedsOf('classificationExperiment', seeds),
    backend,
    method: [
      'One network, which differs in nothing but its pools. Only the pool of the stem is replaced, as in the paper; “everywhere” soft pooling takes the place of the pools behind it too, and of the global average. Soft pooling has the paper’s gradient where it is not said.',
    ],
    paper:
      'not comparable: its abstract claims gains on ImageNet-1K (an early version: “in the order of 1–2 %”), by networks and data of another size.',
  });
}
