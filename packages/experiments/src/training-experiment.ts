/** Experiments that train: each task with each kind of pooling and each seed, and kinds compared seed by seed. */
import type { BackendName, Json } from '@softpool/training/node';
import type { Experiment, ExperimentRun } from './experiment.ts';
import { readExperiment } from './experiment-folder.ts';
import type { Report } from './report.ts';
import { trainingReport } from './training-report.ts';
import { type PoolingVariant, type TrainingFigures, type TrainingTask, trainedOnce } from './training-task.ts';

/** What is trained, and what is compared. */
export interface TrainingPlan {
  /** As in `classification`. */
  readonly name: string;
  readonly title: string;
  readonly comparisons: readonly TaskVariants[];
  /** Of the weights, the order and the data that are drawn. */
  readonly seeds: readonly number[];
  readonly backend: BackendName;
  /** The paper's own claim, or why there is nothing to compare with. */
  readonly paper: string;
  /** Paragraphs on how it was done, besides what is the same in all of them. */
  readonly method: readonly string[];
  /** Folders of experiments whose results are taken where their task is the same. */
  readonly from?: readonly string[] | undefined;
  /** What the results must have in common: throws if they have not. */
  readonly check?: ((results: ResultOf) => void) | undefined;
}

/** A task, and what is compared in it. */
export interface TaskVariants {
  readonly task: TrainingTask;
  readonly variants: readonly PoolingVariant[];
  /** By the variants' names: the first less the second. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** The result of a task, a variant and a seed. */
export type ResultOf = (task: TrainingTask, variant: PoolingVariant, seed: number) => TrainingFigures;

/** The experiment of a plan. */
export function trainingExperiment(plan: TrainingPlan): Experiment<TrainingFigures> {
  const { name, comparisons, seeds, backend, from = [] } = plan;
  if (seeds.length === 0) throw new RangeError(`${name}: at least one seed is needed`);
  const tasks: { [task: string]: Json } = {};
  for (const { task } of comparisons) {
    if (task.name in tasks) throw new RangeError(`${name}: two tasks are called ${task.name}; give one of their folders another name`);
    tasks[task.name] = taskSettings(task, backend);
  }
  const known = resultsFrom(from, tasks);
  const runs = comparisons.flatMap(({ task, variants }) =>
    seeds.flatMap((seed) =>
      variants.map((variant): ExperimentRun<TrainingFigures> => {
        const id = idOf(task, variant, seed);
        const found = known.get(id);
        return { id, perform: async (context) => found ?? (await trainedOnce(task, variant, seed, backend, context)) };
      }),
    ),
  );
  return {
    name,
    settings: { tasks },
    runs,
    report: (results): Report => {
      const resultOf: ResultOf = (task, variant, seed) => results.get(idOf(task, variant, seed)) as TrainingFigures;
      plan.check?.(resultOf);
      return trainingReport(plan, resultOf);
    },
  };
}

function idOf(task: TrainingTask, variant: PoolingVariant, seed: number): string {
  return `${task.name}/${variant.name}/seed-${seed}`;
}

function taskSettings({ network, recipe, settings }: TrainingTask, backend: BackendName): Json {
  return { network, ...recipe, backend, ...settings };
}

/** What other experiments have found, of tasks that are the same here. */
function resultsFrom(folders: readonly string[], tasks: { readonly [task: string]: Json }): Map<string, TrainingFigures> {
  const found = new Map<string, TrainingFigures>();
  for (const folder of folders) {
    const { config, lines } = readExperiment<TrainingFigures>(folder);
    const theirs = (config.settings.tasks ?? {}) as { readonly [task: string]: Json };
    const same = Object.keys(theirs).filter((task) => JSON.stringify(theirs[task]) === JSON.stringify(tasks[task]));
    if (same.length === 0)
      throw new RangeError(`${folder} has no results of a task that is the same as one here (${Object.keys(tasks).join(', ')})`);
    for (const { run, result } of lines) if (same.some((task) => run.startsWith(`${task}/`))) found.set(run, result);
  }
  return found;
}
