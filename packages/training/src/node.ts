/**
 * Data sets, training and evaluation in Node. Includes everything from `@softpool/training`.
 *
 * @module
 */
export { BACKENDS, type BackendName, openBackend } from './backends/open-backend.ts';
export type { Chart } from './charts/chart.ts';
export { confusionChart } from './charts/confusion-chart.ts';
export { type CifarOptions, cifarDataSet } from './data/files/cifar.ts';
export { type ClipFolderOptions, clipFolder } from './data/files/clip-folder.ts';
export { type EmojiOptions, emojiDataSet } from './data/files/emoji.ts';
export { type IdxOptions, idxDataSet } from './data/files/idx.ts';
export { type ImageNetValidationOptions, imageFolder, imageNetValidation } from './data/files/image-folder.ts';
export { type OpenDataSetOptions, openDataSet, UnknownClassError } from './data/open-data-set.ts';
export type { Crop } from './data/transforms/crops.ts';
export { RECIPES, type Recipe, type RecipeOptions, type RecipeTransforms, transformsOf } from './data/transforms/recipes.ts';
export { createTransform, IMAGENET_NORMALIZATION, type TransformOptions } from './data/transforms/transforms.ts';
export type { Classifier } from './evaluate/classifier.ts';
export { type EvaluateOptions, type EvaluationProgress, evaluate } from './evaluate/evaluate.ts';
export type { ClassResult, EvaluationResult, EvaluationSubject, Shard } from './evaluate/result.ts';
export { encodeEvaluation, MergeError, mergeEvaluations, parseEvaluation } from './evaluate/shards.ts';
export type { Tally } from './evaluate/tally.ts';
export * from './index.ts';
export type { DataFingerprint, WeightsFingerprint } from './runs/fingerprints.ts';
export type { Difference, Json } from './runs/json-diff.ts';
export { type EpochRecord, RecordError, type RecordTime } from './runs/record.ts';
export { ExistingRunError, OtherSettingsError, type RunConfig, RunFolderError, readConfig, type Settings } from './runs/run-folder.ts';
export { WriteError } from './runs/write-file.ts';
export { CheckpointError } from './train/checkpoint.ts';
export { TrainingDivergedError } from './train/divergence.ts';
export {
  type DataSource,
  type EpochResult,
  PAPER_RECIPE,
  type StepProgress,
  type TrainingRecipe,
  type TrainOptions,
} from './train/options.ts';
export type { Best } from './train/position.ts';
export type { Schedule } from './train/schedule.ts';
export { type TrainResult, train } from './train/train.ts';
