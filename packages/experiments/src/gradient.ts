/** The experiment `gradient`: the paper's gradient or the exact one, of pictures and of clips. */
import { BACKBONES } from '@softpool/models/internal';
import type { BackendName } from '@softpool/training/node';
import { type ClassificationOptions, classificationTask, FASHION_MNIST } from './classification.ts';
import type { Experiment } from './experiment.ts';
import { readExperiment } from './experiment-folder.ts';
import { type TaskSettings, taskOf } from './tasks.ts';
import { type ResultOf, type TaskVariants, trainingExperiment } from './training-experiment.ts';
import type { TrainingFigures, TrainingTask } from './training-task.ts';
import { seedsOf, variantsOf } from './variants.ts';
import { type VideoOptions, videoTask } from './video.ts';

/** The options of {@link gradientExperiment}. */
export interface GradientOptions {
  /** How pictures are trained. Default: as of {@link classificationExperiment}. */
  readonly classification?: Omit<ClassificationOptions, 'seeds' | 'backend'> | undefined;
  /** How clips are trained. Default: as of {@link videoExperiment}. */
  readonly video?: Omit<VideoOptions, 'seeds' | 'backend'> | undefined;
  /** How many seeds: 1, 2, … Default 5. */
  readonly seeds?: number | undefined;
  /**
   * Folders of the experiments classification and video: what they trained is what is compared here, and the runs that they have are not made again.
   * Default: none; then `classification` and `video` say what is trained.
   */
  readonly from?: readonly string[] | undefined;
  /** Default `'wasm'`. */
  readonly backend?: BackendName | undefined;
}

/**
 * The experiment `gradient`: does SoftPool train better with the paper's gradient or with the exact one? Networks that are the same, forward, bit for bit, are
 * trained with either, on pictures and on clips. Pairs of the comparison are seeds.
 *
 * @param options - The sizes, and experiments whose runs are taken.
 * @throws RangeError if an option makes no sense; RunFolderError if a folder of `from` has no experiment. While it runs: what training throws.
 * @example
 * ```ts
 * gradientExperiment({ seeds: 2 }).runs.length; // 12
 * ```
 */
export function gradientExperiment(options: GradientOptions = {}): Experiment<TrainingFigures> {
  const { seeds = 5, from = [] } = options;
  const numbers = seedsOf('gradientExperiment', seeds);
  const { tasks, backend } = from.length > 0 ? tasksOf(from) : tasksAnew(options);
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
      'Each pair of networks differs in the gradient of its soft pools alone: the paper’s where it is not said, or the exact one. “Everywhere” the pools behind the stem and the global average are soft too. Before training the two give the same outputs for the same samples, bit for bit: that was checked for each seed.',
      ...(from.length === 0 ? [] : [`Runs that are there already are those of ${from.join(' and ')}; their time is counted there.`]),
    ],
    paper: 'not comparable: no figure of it that compares the two gradients is known here.',
  });
}

const IN_PICTURES = {
  variants: variantsOf(['soft', 'soft-exact', 'soft-all', 'soft-all-exact']),
  pairs: [
    ['soft-exact', 'soft'],
    ['soft-all-exact', 'soft-all'],
  ],
} as const;
const IN_CLIPS = { variants: variantsOf(['soft', 'soft-exact']), pairs: [['soft-exact', 'soft']] } as const;

/** Networks of clips have all their soft pools where the paper's code has them. */
function isOfClips({ network }: TrainingTask): boolean {
  return BACKBONES[network].inputShape.length === 4;
}

function tasksAnew({ classification = {}, video = {}, backend = 'wasm' }: GradientOptions): {
  tasks: TrainingTask[];
  backend: BackendName;
} {
  const { data = [FASHION_MNIST] } = classification;
  return { tasks: [...data.map((source) => classificationTask(source, classification)), videoTask(video)], backend };
}

/** The tasks of experiments that were made. */
function tasksOf(folders: readonly string[]): { tasks: TrainingTask[]; backend: BackendName } {
  const entries = folders.flatMap((folder) => {
    const { config } = readExperiment(folder);
    if (config.settings.tasks === undefined) throw new RangeError(`${folder} has the experiment ${config.name}, which trains no network`);
    return Object.values(config.settings.tasks as unknown as { readonly [task: string]: TaskSettings });
  });
  const backends = [...new Set(entries.map(({ backend }) => backend))];
  if (backends.length !== 1) throw new RangeError(`${folders.join(' and ')} were made on different backends: ${backends.join(', ')}`);
  return { tasks: entries.map(taskOf), backend: backends[0] as BackendName };
}

/** Two networks of a pair must be the same before they are trained. */
function checkForward(comparisons: readonly TaskVariants[], seeds: readonly number[], resultOf: ResultOf): void {
  for (const { task, variants, pairs } of comparisons) {
    for (const pair of pairs) {
      for (const seed of seeds) {
        const outputs = variants.filter(({ name }) => pair.includes(name)).map((variant) => resultOf(task, variant, seed).firstOutputs);
        if (new Set(outputs).size === 1) continue;
        throw new Error(
          `${task.name}: with seed ${seed}, ${pair.join(' and ')} do not begin with the same outputs; their results cannot be compared`,
        );
      }
    }
  }
}
