/** The experiment `gradient`: the paper's gradient or the exact one, on pictures and clips. */
import { BACKBONES } from '@softpool/models/internal';
import { BACKENDS, type BackendName } from '@softpool/training/node';
import { checkKeys, checkOneOf, rangeError, typeError } from 'softpool/internal';
import { readExperiment } from '../run/experiment-folder.ts';
import type { Experiment } from '../run/types.ts';
import { type ClassificationOptions, classificationTasks, PICTURE_OPTIONS } from './classification.ts';
import { type TaskSettings, taskOf } from './tasks.ts';
import { trainingExperiment } from './training-experiment.ts';
import type { ResultOf, TaskVariants, TrainingFigures, TrainingTask } from './types.ts';
import { seedsOf, variantsOf } from './variants.ts';
import { CLIP_OPTIONS, type VideoOptions, videoTask } from './video.ts';

/** The options of {@link gradientExperiment}. */
export interface GradientOptions {
  /** How to train on pictures, without `from`. Default: as {@link classificationExperiment}. */
  readonly classification?: Omit<ClassificationOptions, 'seeds' | 'backend'> | undefined;
  /** How to train on clips, without `from`. Default: as {@link videoExperiment}. */
  readonly video?: Omit<VideoOptions, 'seeds' | 'backend'> | undefined;
  /** Number of seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /**
   * Folders of the experiments classification and video. Their tasks are compared here, and their
   * runs are not repeated. Default: none; `classification` and `video` then say what to train.
   */
  readonly from?: readonly string[] | undefined;
  /** TensorFlow.js backend. Default `'wasm'`. Not with `from`: the experiments have theirs. */
  readonly backend?: BackendName | undefined;
}

/**
 * The experiment `gradient`: does SoftPool train better with the paper's gradient or with the exact
 * one? Networks with bit-identical forward passes are trained with either, on pictures and clips.
 * Results are compared seed by seed.
 *
 * @param options - Sizes, and experiments whose runs to reuse.
 * @throws RangeError or TypeError for an invalid option; RunFolderError if a folder of `from` has
 *   no experiment. While it runs: the errors of training.
 * @example
 * ```ts
 * gradientExperiment({ seeds: 2 }).runs.length; // 12
 * ```
 */
export function gradientExperiment(options: GradientOptions = {}): Experiment<TrainingFigures> {
  checkKeys(CALL, options, ['classification', 'video', 'seeds', 'from', 'backend']);
  const { seeds = 5, from = [] } = options;
  if (!Array.isArray(from)) throw typeError(CALL, 'options.from', 'a list of folders', from);
  if (from.length > 0) {
    for (const name of ['classification', 'video', 'backend'] as const) {
      if (options[name] !== undefined) throw rangeError(CALL, `options.${name}`, 'left out with options.from', options[name]);
    }
  }
  const numbers = seedsOf(CALL, seeds);
  const { tasks, backend } = from.length > 0 ? tasksOf(from) : newTasks(options);
  const comparisons = tasks.map((task): TaskVariants => ({ task, ...(isOfClips(task) ? IN_CLIPS : IN_PICTURES) }));
  return trainingExperiment({
    name: 'gradient',
    title: "Gradient: the paper's or the exact one",
    comparisons,
    seeds: numbers,
    backend,
    from,
    check: (resultOf) => checkForward(comparisons, numbers, resultOf),
    method: [
      'The networks of a pair differ only in the gradient of their soft pools: the paper’s unless stated, or the exact one. “Everywhere” makes the later pools and the global average soft too. For each seed, the untrained networks of a pair were checked to give bit-identical outputs.',
      ...(from.length === 0 ? [] : [`Existing runs come from ${from.join(' and ')}, and their time is counted there.`]),
    ],
    paper: 'not comparable: we know of no figure in it that compares the two gradients.',
  });
}

const CALL = 'gradientExperiment';

const IN_PICTURES = {
  variants: variantsOf(['soft', 'soft-exact', 'soft-all', 'soft-all-exact']),
  pairs: [
    ['soft-exact', 'soft'],
    ['soft-all-exact', 'soft-all'],
  ],
} as const;
const IN_CLIPS = { variants: variantsOf(['soft', 'soft-exact']), pairs: [['soft-exact', 'soft']] } as const;

/** Networks for clips have all their soft pools where the paper's code has them. */
function isOfClips({ model }: TrainingTask): boolean {
  return BACKBONES[model].inputShape.length === 4;
}

interface Tasks {
  readonly tasks: readonly TrainingTask[];
  readonly backend: BackendName;
}

function newTasks({ classification = {}, video = {}, backend = 'wasm' }: GradientOptions): Tasks {
  const pictures = { call: CALL, path: 'options.classification' };
  const clips = { call: CALL, path: 'options.video' };
  checkOneOf(CALL, 'options.backend', backend, BACKENDS);
  checkKeys(CALL, classification, PICTURE_OPTIONS, pictures.path);
  checkKeys(CALL, video, CLIP_OPTIONS, clips.path);
  return { tasks: [...classificationTasks(classification, pictures), videoTask(video, clips)], backend };
}

/** The tasks of earlier experiments. */
function tasksOf(folders: readonly string[]): Tasks {
  const entries = folders.flatMap((folder) => {
    const { config } = readExperiment(folder);
    if (config.settings.tasks === undefined) throw new RangeError(`${folder} has the experiment ${config.name}, which trains no network`);
    return Object.values(config.settings.tasks as unknown as { readonly [task: string]: TaskSettings });
  });
  const backends = [...new Set(entries.map(({ backend }) => backend))];
  if (backends.length !== 1) throw new RangeError(`${folders.join(' and ')} have different backends: ${backends.join(', ')}`);
  return { tasks: entries.map(taskOf), backend: backends[0] as BackendName };
}

/** Throws unless the networks of each pair were equal before training. */
function checkForward(comparisons: readonly TaskVariants[], seeds: readonly number[], resultOf: ResultOf): void {
  for (const { task, variants, pairs } of comparisons) {
    for (const pair of pairs) {
      for (const seed of seeds) {
        const outputs = variants.filter(({ name }) => pair.includes(name)).map((variant) => resultOf(task, variant, seed).firstOutputs);
        if (new Set(outputs).size === 1) continue;
        throw new Error(
          `${task.name}: with seed ${seed}, ${pair.join(' and ')} differ before training, so their results are not comparable`,
        );
      }
    }
  }
}
