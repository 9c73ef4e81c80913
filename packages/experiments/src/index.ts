/**
 * The experiments of the SoftPool paper's questions, in Node.
 *
 * @module
 */
export { type ClassificationOptions, classificationExperiment } from './classification.ts';
export {
  DOWNSAMPLING_METHODS,
  type DownsamplingFigures,
  type DownsamplingMethod,
  type DownsamplingOptions,
  type DownsamplingResult,
  downsamplingExperiment,
} from './downsampling.ts';
export {
  type Experiment,
  type ExperimentProgress,
  type ExperimentResult,
  type ExperimentRun,
  type RunContext,
  type RunExperimentOptions,
  runExperiment,
} from './experiment.ts';
export { type GradientOptions, gradientExperiment } from './gradient.ts';
export { type LatencyOptions, type LatencyResult, type LatencyTiming, latencyExperiment, type PoolingName } from './latency.ts';
export type { Report, ReportChart, ReportTable } from './report.ts';
export type { TrainingFigures } from './training-task.ts';
export { type VideoOptions, videoExperiment } from './video.ts';
