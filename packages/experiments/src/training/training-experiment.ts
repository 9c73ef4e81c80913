/** Experiments that train each task with each kind of pooling and each seed, and compare them. */
import type { BackendName, Json } from '@softpool/training/node';
import { readExperiment } from '../run/experiment-folder.ts';
import type { Experiment, ExperimentRun, Report } from '../run/types.ts';
import { trainingReport } from './report.ts';
import { checkData, runTask } from './run-task.ts';
import type { PoolingVariant, ResultOf, TrainingFigures, TrainingPlan, TrainingTask } from './types.ts';

/** Creates the experiment of a plan. */
export function trainingExperiment(plan: TrainingPlan): Experiment<TrainingFigures> {
  const { name, comparisons, seeds, backend, from = [] } = plan;
  const tasks: { [task: string]: Json } = {};
  for (const { task } of comparisons) {
    if (Object.hasOwn(tasks, task.name)) throw new RangeError(`${name}: two tasks have the name ${task.name}; rename one of their folders`);
    tasks[task.name] = taskSettings(task, backend);
  }
  const known = resultsFrom(from, tasks);
  const runs = comparisons.flatMap(({ task, variants }) =>
    seeds.flatMap((seed) =>
      variants.map((variant): ExperimentRun<TrainingFigures> => {
        const id = idOf(task, variant, seed);
        const found = known.get(id);
        return {
          id,
          async perform(context) {
            if (found === undefined) return await runTask(task, variant, seed, backend, context);
            checkData(task, found.data, context.results);
            return found;
          },
        };
      }),
    ),
  );
  return {
    name,
    settings: { tasks },
    from,
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

function taskSettings({ model, recipe, settings }: TrainingTask, backend: BackendName): Json {
  return { model, ...recipe, backend, ...settings };
}

/** Results of other experiments, for tasks with equal settings. */
function resultsFrom(folders: readonly string[], tasks: { readonly [task: string]: Json }): Map<string, TrainingFigures> {
  const found = new Map<string, TrainingFigures>();
  for (const folder of folders) {
    const { config, lines } = readExperiment<TrainingFigures>(folder);
    const others = (config.settings.tasks ?? {}) as { readonly [task: string]: Json };
    const same = Object.keys(others).filter((task) => JSON.stringify(others[task]) === JSON.stringify(tasks[task]));
    if (same.length === 0) throw new RangeError(`${folder} has no results for ${Object.keys(tasks).join(' or ')} with these settings`);
    for (const { run, result } of lines) if (same.some((task) => run.startsWith(`${task}/`))) found.set(run, result);
  }
  return found;
}
