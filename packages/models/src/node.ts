/**
 * Data, training and evaluation in Node.
 *
 * @module
 */
export type { Chart } from './charts.ts';
export { type CifarOptions, cifarDataSet } from './data/cifar.ts';
export { type ClipFolderOptions, clipFolder } from './data/clip-folder.ts';
export type { Crop } from './data/crops.ts';
export { type EmojiOptions, emojiDataSet } from './data/emoji.ts';
export { type IdxOptions, idxDataSet } from './data/idx.ts';
export { type ImageNetValidationOptions, imageFolder, imageNetValidation } from './data/image-folder.ts';
export { type OpenDataSetOptions, openDataSet, type Part } from './data/open-data-set.ts';
export { RECIPES, type Recipe, type RecipeOptions, type RecipeTransforms, transformsOf } from './data/recipes.ts';
export { createTransform, IMAGENET_NORMALIZATION, type Normalization, type TransformOptions } from './data/transforms.ts';
export type { Difference, Json } from './differences.ts';
export { confusionChart } from './evaluation/confusion-chart.ts';
export { type EvaluateOptions, type EvaluationProgress, evaluate } from './evaluation/evaluate.ts';
export { encodeEvaluation, MergeError, mergeEvaluations, parseEvaluation } from './evaluation/merge.ts';
export type { ClassResult, EvaluationResult, EvaluationSubject, Shard, SkippedSample } from './evaluation/result.ts';
export type { Tally } from './evaluation/tally.ts';
export { type ClassificationOptions, classificationExperiment } from './experiments/classification.ts';
export {
  DOWNSAMPLING_METHODS,
  type DownsamplingFigures,
  type DownsamplingMethod,
  type DownsamplingOptions,
  type DownsamplingResult,
  downsamplingExperiment,
} from './experiments/downsampling.ts';
export {
  type Experiment,
  type ExperimentProgress,
  type ExperimentResult,
  type ExperimentRun,
  type RunContext,
  type RunExperimentOptions,
  runExperiment,
} from './experiments/experiment.ts';
export { type GradientOptions, gradientExperiment } from './experiments/gradient.ts';
export { type LatencyOptions, type LatencyResult, type LatencyTiming, latencyExperiment, type PoolingName } from './experiments/latency.ts';
export type { Report, ReportChart, ReportTable } from './experiments/report.ts';
export type { TrainingFigures } from './experiments/training-task.ts';
export { type VideoOptions, videoExperiment } from './experiments/video.ts';
export type { DataIdentity, WeightsIdentity } from './identity.ts';
export { BACKENDS, type BackendName, openBackend } from './training/backend.ts';
export { type Best, CheckpointError } from './training/checkpoint.ts';
export { TrainingDivergedError } from './training/divergence.ts';
export {
  type CorruptSample,
  type DataSource,
  type EpochResult,
  PAPER_RECIPE,
  type StepProgress,
  type TrainingRecipe,
  type TrainOptions,
} from './training/options.ts';
export type { EpochRecord, RecordTime } from './training/record.ts';
export { OtherSettingsError, type RunConfig, RunFolderError, readConfig, type Settings } from './training/run-folder.ts';
export type { Schedule } from './training/schedule.ts';
export { type TrainResult, train } from './training/train.ts';
export { readWeights } from './weights/read-weights.ts';
export { WriteError } from './write-whole.ts';
