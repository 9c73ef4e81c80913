/**
 * Experiments on the SoftPool paper's questions, in Node.
 *
 * @module
 */
export { DOWNSAMPLING_METHODS, type DownsamplingOptions, downsamplingExperiment } from './downsampling/downsampling.ts';
export type { DownsamplingFigures, DownsamplingMethod, DownsamplingResult } from './downsampling/types.ts';
export { type LatencyOptions, latencyExperiment } from './latency/latency.ts';
export type { LatencyResult, LatencyTiming, PoolingName } from './latency/types.ts';
export { type ExperimentProgress, type ExperimentResult, type RunExperimentOptions, runExperiment } from './run/run-experiment.ts';
export type { Experiment, ExperimentRun, Report, ReportChart, ReportTable, RunContext } from './run/types.ts';
export { type ClassificationOptions, classificationExperiment } from './training/classification.ts';
export { type GradientOptions, gradientExperiment } from './training/gradient.ts';
export type { TrainingFigures } from './training/types.ts';
export { type VideoOptions, videoExperiment } from './training/video.ts';
