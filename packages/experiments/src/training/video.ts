/** The experiment `video`: a small 3-D network on clips with each kind of pooling. */
import type { BackboneName } from '@softpool/models';
import { BACKENDS, type BackendName } from '@softpool/training/node';
import { checkInteger, checkKeys, checkOneOf, rangeError } from 'softpool/internal';
import type { Experiment } from '../run/types.ts';
import { checkTraining, type Place } from './check-training.ts';
import { motionTask } from './tasks.ts';
import { trainingExperiment } from './training-experiment.ts';
import type { TrainingFigures, TrainingTask } from './types.ts';
import { seedsOf, type VariantName, variantsOf } from './variants.ts';

/** The options of {@link videoExperiment}. */
export interface VideoOptions {
  /** The network. Default `'small3d'`. */
  readonly model?: BackboneName | undefined;
  /** Number of seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /** Number of epochs. Default 10. */
  readonly epochs?: number | undefined;
  /** Samples per step. Default 16. */
  readonly batchSize?: number | undefined;
  /** Initial learning rate. Default 0.05. */
  readonly learningRate?: number | undefined;
  /** Training clips, different ones for each seed. Default 480. */
  readonly limit?: number | undefined;
  /** Test clips, the same for all seeds. Default 800. */
  readonly testLimit?: number | undefined;
  /** Frames per clip. Default 8. */
  readonly frames?: number | undefined;
  /** Height and width in pixels. Default 16. */
  readonly size?: number | undefined;
  /** Standard deviation of the per-pixel noise, on a scale of 0 to 255. Default 15. */
  readonly noise?: number | undefined;
  /** Number of distractor figures. Default 1. */
  readonly clutter?: number | undefined;
  /** Standard deviation of the path jitter per frame, in 32nds of the size. Default 0.5. */
  readonly jitter?: number | undefined;
  /** How far motions deviate from their class, as for `movingShapes`. Default 1. */
  readonly ambiguity?: number | undefined;
  /** TensorFlow.js backend. Default `'wasm'`. */
  readonly backend?: BackendName | undefined;
}

const COMPARED: readonly VariantName[] = ['max', 'average', 'soft', 'soft-exact'];
const PAIRS: readonly (readonly [VariantName, VariantName])[] = [
  ['soft', 'max'],
  ['soft', 'average'],
  ['soft-exact', 'max'],
  ['soft-exact', 'soft'],
];

/** The options that say how to train, also within those of `gradientExperiment`. */
export const CLIP_OPTIONS: readonly string[] =
  'model epochs batchSize learningRate limit testLimit frames size noise clutter jitter ambiguity'.split(' ');

/** The smallest integers, as of `movingShapes`. */
const LEAST = { limit: 1, testLimit: 1, frames: 2, size: 8, clutter: 0 } as const;
const AMOUNTS = ['noise', 'jitter', 'ambiguity'] as const;

type Clips = Readonly<Record<keyof typeof LEAST | (typeof AMOUNTS)[number], number>>;

function checkClips({ call, path }: Place, clips: Clips): void {
  for (const [name, least] of Object.entries(LEAST)) checkInteger(call, `${path}.${name}`, clips[name as keyof typeof LEAST], least);
  for (const name of AMOUNTS) {
    if (!(Number.isFinite(clips[name]) && clips[name] >= 0)) throw rangeError(call, `${path}.${name}`, 'a number ≥ 0', clips[name]);
  }
}

/** The task of {@link videoExperiment}. */
export function videoTask(options: VideoOptions, place: Place): TrainingTask {
  const { model = 'small3d', epochs = 10, batchSize = 16, learningRate = 0.05, limit = 480, testLimit = 800 } = options;
  const { frames = 8, size = 16, noise = 15, clutter = 1, jitter = 0.5, ambiguity = 1 } = options;
  const scene = { frames, size, noise, clutter, jitter, ambiguity };
  checkTraining(place, 4, { model, epochs, batchSize, learningRate });
  checkClips(place, { ...scene, limit, testLimit });
  return motionTask({ model, epochs, batchSize, learningRate, samples: limit, testSamples: testLimit, ...scene });
}

/**
 * The experiment `video`: a 3-D network, trained from scratch with max, average and soft pooling
 * with both gradients, classifies the direction and speed of a figure. Results are compared seed by
 * seed.
 *
 * @param options - Network, sizes and difficulty.
 * @throws RangeError or TypeError for an invalid option. While it runs: the errors of training.
 * @example
 * ```ts
 * videoExperiment({ seeds: 3 }).runs.length; // 12
 * ```
 */
export function videoExperiment(options: VideoOptions = {}): Experiment<TrainingFigures> {
  const place = { call: 'videoExperiment', path: 'options' };
  checkKeys(place.call, options, [...CLIP_OPTIONS, 'seeds', 'backend']);
  const { seeds = 5, backend = 'wasm', ambiguity = 1 } = options;
  checkOneOf(place.call, 'options.backend', backend, BACKENDS);
  const best = ambiguity === 1 ? ' The motions of the classes overlap, so that 89.5 % is the best possible accuracy.' : '';
  return trainingExperiment({
    name: 'video',
    title: 'Video: kinds of pooling in one 3-D network',
    comparisons: [{ task: videoTask(options, place), variants: variantsOf(COMPARED), pairs: PAIRS }],
    seeds: seedsOf('videoExperiment', seeds),
    backend,
    method: [
      `The networks differ only in their pooling layers, all but the global average; unless stated, SoftPool has the paper’s gradient. Clips are generated: a textured figure moves in one of four directions, slowly or fast, among figures on random walks, in noise; chance is 12.5 %.${best}`,
    ],
    paper: 'not comparable: it claims gains on data sets of real actions; these clips are generated.',
  });
}
