/** The experiment `classification`: one network on pictures with each kind of pooling. */
import type { BackboneName } from '@softpool/models';
import { BACKENDS, type BackendName, RECIPES, type Recipe } from '@softpool/training/node';
import { checkInteger, checkKeys, checkOneOf, rangeError } from 'softpool/internal';
import type { Experiment } from '../run/types.ts';
import { checkData, checkTraining, type Place } from './check-training.ts';
import { pictureTask } from './tasks.ts';
import { trainingExperiment } from './training-experiment.ts';
import type { TrainingFigures, TrainingTask } from './types.ts';
import { seedsOf, type VariantName, variantsOf } from './variants.ts';

/** The options of {@link classificationExperiment}. */
export interface ClassificationOptions {
  /**
   * Paths or generators of pictures, as for `openDataSet`; each gets a table of its own. Default:
   * the generator `textured-shapes`.
   */
  readonly data?: readonly string[] | undefined;
  /** The network. Default `'small2d'`. */
  readonly model?: BackboneName | undefined;
  /** Number of seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /** Number of epochs. Default 8. */
  readonly epochs?: number | undefined;
  /** Samples per step. Default 32. */
  readonly batchSize?: number | undefined;
  /** Initial learning rate. Default 0.05. */
  readonly learningRate?: number | undefined;
  /** Most training pictures, a different selection for each seed; 0: all. Default 3000. */
  readonly limit?: number | undefined;
  /** Most test pictures; 0: all. Default 0. */
  readonly testLimit?: number | undefined;
  /** [height, width] of the input in pixels. Default: those of the pictures. */
  readonly inputSize?: readonly number[] | undefined;
  /** Augmentation recipe. Default `'none'`. */
  readonly augment?: Recipe | undefined;
  /** TensorFlow.js backend. Default `'wasm'`. */
  readonly backend?: BackendName | undefined;
}

/** The options that say how to train, also within those of `gradientExperiment`. */
export const PICTURE_OPTIONS: readonly string[] = 'data model epochs batchSize learningRate limit testLimit inputSize augment'.split(' ');

const COMPARED: readonly VariantName[] = ['max', 'average', 'average-all', 'soft', 'soft-exact', 'soft-all', 'soft-all-exact'];

/**
 * The questions: SoftPool or what it replaces; which gradient; which positions; and whether those
 * matter or SoftPool in them.
 */
const PAIRS: readonly (readonly [VariantName, VariantName])[] = [
  ['soft', 'max'],
  ['soft', 'average'],
  ['soft-exact', 'max'],
  ['soft-exact', 'soft'],
  ['soft-all', 'soft'],
  ['soft-all', 'average-all'],
  ['soft-all-exact', 'soft-all'],
];

/** The tasks of {@link classificationExperiment}, one for each source of pictures. */
export function classificationTasks(options: ClassificationOptions, place: Place): TrainingTask[] {
  const { data = ['textured-shapes'], model = 'small2d', epochs = 8, batchSize = 32, learningRate = 0.05 } = options;
  const { limit = 3000, testLimit = 0, inputSize = null, augment = 'none' } = options;
  const { call, path } = place;
  checkData(place, data);
  checkTraining(place, 3, { model, epochs, batchSize, learningRate });
  checkInteger(call, `${path}.limit`, limit, 0);
  checkInteger(call, `${path}.testLimit`, testLimit, 0);
  checkOneOf(call, `${path}.augment`, augment, RECIPES);
  if (
    inputSize !== null &&
    !(Array.isArray(inputSize) && inputSize.length === 2 && inputSize.every((side) => Number.isSafeInteger(side) && side > 0))
  ) {
    throw rangeError(call, `${path}.inputSize`, '[height, width], two positive integers', inputSize);
  }
  return data.map((source) => pictureTask(source, { model, epochs, batchSize, learningRate, limit, testLimit, inputSize, augment }));
}

/**
 * The experiment `classification`: the same network, trained from scratch with max, average and
 * soft pooling in its stem, with both gradients, and with average and soft pooling in all
 * positions. Results are compared seed by seed.
 *
 * @param options - Data, network and sizes.
 * @throws RangeError or TypeError for an invalid option. While it runs: the errors of reading the
 *   data and of training.
 * @example
 * ```ts
 * const data = ['textured-shapes?samples=90'];
 * const { runs } = classificationExperiment({ data, seeds: 2, epochs: 1 });
 * runs.length; // 14
 * runs[0]?.id; // 'textured-shapes/max/seed-1'
 * ```
 */
export function classificationExperiment(options: ClassificationOptions = {}): Experiment<TrainingFigures> {
  const place = { call: 'classificationExperiment', path: 'options' };
  checkKeys(place.call, options, [...PICTURE_OPTIONS, 'seeds', 'backend']);
  const { seeds = 5, backend = 'wasm' } = options;
  checkOneOf(place.call, 'options.backend', backend, BACKENDS);
  return trainingExperiment({
    name: 'classification',
    title: 'Classification: kinds of pooling in one network',
    comparisons: classificationTasks(options, place).map((task) => ({ task, variants: variantsOf(COMPARED), pairs: PAIRS })),
    seeds: seedsOf('classificationExperiment', seeds),
    backend,
    method: [
      'The networks differ only in their pooling layers. As in the paper, only the pool of the stem is replaced; “everywhere” also replaces the later pools and, by soft pooling, the global average. Unless stated, SoftPool has the paper’s gradient.',
    ],
    paper:
      'not comparable: its abstract claims gains on ImageNet-1K (an early version: “in the order of 1–2 %”), with larger networks and data.',
  });
}
