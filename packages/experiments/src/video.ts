/** The experiment `video`: a small 3-D network, clips whose classes need time, and the kinds of pooling. */
import type { BackboneName } from '@softpool/models';
import type { BackendName } from '@softpool/training/node';
import type { Experiment } from './experiment.ts';
import { motionTask } from './tasks.ts';
import { trainingExperiment } from './training-experiment.ts';
import type { TrainingFigures } from './training-task.ts';
import { seedsOf, type VariantName, variantsOf } from './variants.ts';

/** The options of {@link videoExperiment}. */
export interface VideoOptions {
  /** Default `'small3d'`. */
  readonly network?: BackboneName | undefined;
  /** How many seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /** Default 10. */
  readonly epochs?: number | undefined;
  /** Default 16. */
  readonly batchSize?: number | undefined;
  /** At the start. Default 0.05. */
  readonly learningRate?: number | undefined;
  /** Clips to train on, others for each seed. Default 480. */
  readonly limit?: number | undefined;
  /** Clips to test on, the same for all. Default 800. */
  readonly testLimit?: number | undefined;
  /** Frames of a clip. Default 8. */
  readonly frames?: number | undefined;
  /** Pixels in height and width. Default 16. */
  readonly size?: number | undefined;
  /** The standard deviation of each pixel's noise, on a scale of 0 to 255. Default 15. */
  readonly noise?: number | undefined;
  /** Figures that are in the way. Default 1. */
  readonly clutter?: number | undefined;
  /** The standard deviation of the figure's place around its path, in 32nds of the size. Default 0.5. */
  readonly jitter?: number | undefined;
  /** By how much motions may differ from those of their class: as of `movingShapes`. Default 1. */
  readonly ambiguity?: number | undefined;
  /** Default `'wasm'`. */
  readonly backend?: BackendName | undefined;
}

const COMPARED: readonly VariantName[] = ['max', 'avg', 'soft', 'soft-exact'];
const PAIRS: readonly (readonly [VariantName, VariantName])[] = [
  ['soft', 'max'],
  ['soft', 'avg'],
  ['soft-exact', 'max'],
  ['soft-exact', 'soft'],
];

/** The task, by the options of {@link videoExperiment}. */
export function videoTask(options: VideoOptions) {
  const { network = 'small3d', epochs = 10, batchSize = 16, learningRate = 0.05, limit = 480, testLimit = 800 } = options;
  const { frames = 8, size = 16, noise = 15, clutter = 1, jitter = 0.5, ambiguity = 1 } = options;
  return motionTask({
    network,
    epochs,
    batchSize,
    learningRate,
    samples: limit,
    testSamples: testLimit,
    frames,
    size,
    noise,
    clutter,
    jitter,
    ambiguity,
  });
}

/**
 * The experiment `video`: a 3-D network trained from scratch with max, average and soft pooling, the latter with both gradients, to tell where to and how fast
 * a figure moves. Pairs of the comparison are seeds.
 *
 * @param options - The network, the sizes, how hard the clips are.
 * @throws RangeError if an option makes no sense. While it runs: what training throws.
 * @example
 * ```ts
 * videoExperiment({ seeds: 3 }).runs.length; // 12
 * ```
 */
export function videoExperiment(options: VideoOptions = {}): Experiment<TrainingFigures> {
  const { seeds = 5, backend = 'wasm', ambiguity = 1 } = options;
  return trainingExperiment({
    name: 'video',
    title: 'Video: kinds of pooling in one 3-D network',
    comparisons: [{ task: videoTask(options), variants: variantsOf(COMPARED), pairs: PAIRS }],
    seeds: seedsOf('videoExperiment', seeds),
    backend,
    method: [
      `One network, which differs in nothing but its pools, all but the global average; soft pooling has the paper’s gradient where it is not said. Clips are made by a seed: a textured figure moves to one of four sides, slowly or fast, among others that stagger, in noise; chance is 12.5 %.${ambiguity === 1 ? ' The motions of the classes overlap: none can be right more often than 89.5 % of the times.' : ''}`,
    ],
    paper: 'not comparable: it claims gains on data sets of real actions; these clips are made by a generator.',
  });
}
