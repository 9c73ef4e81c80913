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
export type { DataIdentity, WeightsIdentity } from './identity.ts';
export * from './index.ts';
export { BACKENDS, type BackendName, openBackend } from './train/backend.ts';
export { type Best, CheckpointError } from './train/checkpoint.ts';
export { TrainingDivergedError } from './train/divergence.ts';
export {
  type CorruptSample,
  type DataSource,
  type EpochResult,
  PAPER_RECIPE,
  type StepProgress,
  type TrainingRecipe,
  type TrainOptions,
} from './train/options.ts';
export type { EpochRecord, RecordTime } from './train/record.ts';
export { OtherSettingsError, type RunConfig, RunFolderError, readConfig, type Settings } from './train/run-folder.ts';
export type { Schedule } from './train/schedule.ts';
export { type TrainResult, train } from './train/train.ts';
export { WriteError } from './write-whole.ts';
