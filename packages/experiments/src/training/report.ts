/** Tables and charts of experiments that train. */
import type { ChartSpec } from '@softpool/training/internal';
import { differenceCell, intervalCell, meanCell, probabilityCell } from '../report/cells.ts';
import { UNCUT } from '../report/report.ts';
import type { Report, ReportChart, ReportTable } from '../run/types.ts';
import { holm, pairedDifference, summaryOf, verdictOf } from '../statistics/paired.ts';
import { RECIPE } from './recipe.ts';
import type { PoolingVariant, ResultOf, TaskVariants, TrainingFigures, TrainingPlan } from './types.ts';

export function trainingReport(plan: TrainingPlan, resultOf: ResultOf): Report {
  const { title, comparisons, seeds, method, paper } = plan;
  const parts = comparisons.map((comparison) => reportOf(comparison, seeds, resultOf));
  return {
    title,
    method: [
      ...method,
      `SGD with momentum ${RECIPE.momentum}, weight decay ${RECIPE.weightDecay.toExponential()} and a ${RECIPE.schedule} learning rate schedule, the same for all kinds and tuned for none. Each kind of pooling is trained with the seeds ${seeds.join(', ')}, which set initial weights, order and generated data. Accuracy is measured after the last epoch on held-out data. Means and standard deviations are over the seeds.`,
    ],
    tables: parts.flatMap(({ tables }) => tables),
    paper,
    charts: parts.flatMap(({ charts }) => charts),
    figures: parts.map(({ figures }) => figures),
  };
}

/** The part of the report on one task. */
function reportOf({ task, variants, pairs }: TaskVariants, seeds: readonly number[], resultOf: ResultOf) {
  const resultsOf = (variant: PoolingVariant): TrainingFigures[] => seeds.map((seed) => resultOf(task, variant, seed));
  const named = (name: string): PoolingVariant => variants.find((variant) => variant.name === name) as PoolingVariant;
  const summaries = variants.map((variant) => {
    const results = resultsOf(variant);
    return {
      variant: variant.name,
      words: variant.words,
      top1: summaryOf(results.map(top1Of)),
      loss: summaryOf(results.map(({ loss }) => loss ?? Number.NaN)),
      trainingLoss: summaryOf(results.map(lastLoss)),
    };
  });
  const compared = pairs.map(([one, other]) => {
    const [first, second] = [resultsOf(named(one)), resultsOf(named(other))];
    return {
      one,
      other,
      words: `${named(one).words} − ${named(other).words}`,
      top1: pairedDifference(first.map(top1Of), second.map(top1Of)),
      trainingLoss: pairedDifference(first.map(lastLoss), second.map(lastLoss)),
    };
  });
  const adjusted = holm(compared.map(({ top1 }) => top1.p));
  const all = variants.flatMap(resultsOf);
  const mostSkipped = (part: 'training' | 'test'): number => Math.max(...all.map(({ skipped }) => skipped?.[part] ?? 0));
  const skipped = { training: mostSkipped('training'), test: mostSkipped('test') };
  const { model, recipe, name } = task;
  const { epochs, batchSize, learningRate } = recipe;
  const tables: ReportTable[] = [
    {
      title: `${name}: ${model}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, batches of ${batchSize}, learning rate ${learningRate}`,
      head: ['pools', 'accuracy, %', 'loss', 'training loss, last epoch'],
      rows: summaries.map(({ words, top1, loss, trainingLoss }) => [
        words,
        meanCell(top1, 2),
        meanCell(loss, 4),
        meanCell(trainingLoss, 4),
      ]),
      note:
        skipped.training + skipped.test > 0
          ? `Corrupt samples were skipped: in a run at most ${skipped.training} of the training data and ${skipped.test} of the test data.`
          : undefined,
    },
    {
      title: `${name}: differences, seed by seed`,
      head: ['', 'accuracy, points', '95 % interval', 'p, adjusted', 'accuracy is', 'training loss'],
      rows: compared.map(({ words, top1, trainingLoss }, i) => [
        words,
        differenceCell(top1, 2),
        intervalCell(top1, 2),
        probabilityCell(adjusted[i] ?? null),
        verdictOf(top1, adjusted[i] ?? null),
        differenceCell(trainingLoss, 4),
      ]),
      note:
        seeds.length < 2
          ? 'A single seed does not allow a significance test.'
          : `Means of the ${seeds.length} differences with their standard errors. The intervals are Student's, each for its single comparison. p is from Student's paired test${pairs.length === 1 ? '' : `, adjusted for all ${pairs.length} comparisons by Holm's method`}; below 0.05 a difference counts as significant.`,
    },
  ];
  const byVariant = variants.map((variant) => ({ variant, results: resultsOf(variant) }));
  const charts: ReportChart[] = [
    { name: `${name}-accuracy`, spec: accuracyChart(name, byVariant) },
    { name: `${name}-training-loss`, spec: lossChart(name, byVariant) },
  ];
  const figures = {
    task: name,
    model,
    ...recipe,
    seeds: [...seeds],
    skipped,
    variants: summaries,
    differences: compared.map((pair, i) => ({ ...pair, adjusted: adjusted[i] ?? null })),
  };
  return { tables, charts, figures };
}

const top1Of = ({ top1 }: TrainingFigures): number => 100 * top1;
const lastLoss = ({ trainingLoss }: TrainingFigures): number => trainingLoss.at(-1) ?? Number.NaN;

/**
 * A color for each kind of pooling. On white each has a contrast of at least 3. Any two are told
 * apart with any kind of color vision, by tone or lightness.
 */
const COLORS = ['#4477aa', '#c08400', '#882255', '#000000', '#ee6677', '#332288', '#6b4c00'];
const color = { field: 'pools', type: 'nominal', sort: null, scale: { range: COLORS } } as const;

interface VariantResults {
  readonly variant: PoolingVariant;
  readonly results: readonly TrainingFigures[];
}

/** A dot for each seed, and a tick at their mean. */
function accuracyChart(task: string, variants: readonly VariantResults[]): ChartSpec {
  const values = variants.flatMap(({ variant, results }) => results.map((result) => ({ pools: variant.words, top1: top1Of(result) })));
  const y = { field: 'pools', type: 'nominal', title: null, sort: null } as const;
  const title = 'accuracy on the test data, %';
  return {
    width: 480,
    height: { step: 34 },
    config: UNCUT,
    title: `${task}: a dot per seed, a tick at their mean`,
    data: { values },
    encoding: { y, color: { ...color, legend: null } },
    layer: [
      {
        mark: { type: 'point', filled: true, opacity: 0.6, size: 50 },
        encoding: { x: { field: 'top1', type: 'quantitative', title, scale: { zero: false } } },
      },
      {
        mark: { type: 'tick', thickness: 3, size: 24 },
        encoding: { x: { aggregate: 'mean', field: 'top1', type: 'quantitative', title } },
      },
    ],
  };
}

/** Each epoch's loss, averaged over the seeds. */
function lossChart(task: string, variants: readonly VariantResults[]): ChartSpec {
  const values = variants.flatMap(({ variant, results }) =>
    results.flatMap(({ trainingLoss }) => trainingLoss.map((loss, index) => ({ pools: variant.words, epoch: index + 1, loss }))),
  );
  return {
    width: 480,
    height: 300,
    config: UNCUT,
    title: `${task}: training loss, mean over the seeds`,
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', title: 'epoch', scale: { nice: false }, axis: { tickMinStep: 1, format: 'd' } },
      y: { aggregate: 'mean', field: 'loss', type: 'quantitative', title: 'loss (cross-entropy)', scale: { zero: false } },
      color: { ...color, title: null },
    },
  };
}
