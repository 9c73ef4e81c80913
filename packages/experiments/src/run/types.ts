/** Experiments, their runs and their reports. */
import type { ChartSpec } from '@softpool/training/internal';
import type { Json, Settings } from '@softpool/training/node';

/** An experiment: independent runs, and a report on all of them. */
export interface Experiment<Result extends Json = Json> {
  /** As in `classification`. */
  readonly name: string;
  /** Settings that must be equal for results to share a table. */
  readonly settings: Settings;
  /** Folders of other experiments that it reads, which it must not replace. */
  readonly from?: readonly string[] | undefined;
  /** The runs, in order. */
  readonly runs: readonly ExperimentRun<Result>[];
  /** Makes the report from the results of all runs, by their ids. */
  report(results: ReadonlyMap<string, Result>): Report;
}

/** A run of an experiment. */
export interface ExperimentRun<Result extends Json = Json> {
  /** Its own relative path in the experiment's folder, as in `fashion-mnist/soft/seed-1`. */
  readonly id: string;
  /**
   * Performs the run. After an interruption it finds its folder as it left it. A result with NaN or
   * ±∞, which JSON cannot hold, is an error.
   */
  perform(context: RunContext): Promise<Result>;
}

/** What a run gets. */
export interface RunContext {
  /** A folder for its files, which may not exist yet. */
  readonly folder: string;
  /** The results of completed runs, by their ids. */
  readonly results: ReadonlyMap<string, Json>;
  /** Stops the run, which then rejects. */
  readonly signal: AbortSignal | undefined;
  /** Reports progress: the share that is done, 0–1, and a few words. */
  onProgress(share: number, words: string): void;
  /** Reports a warning, such as that a sample is skipped. */
  onWarning(message: string): void;
}

/** The report of an experiment. */
export interface Report {
  /** Title. */
  readonly title: string;
  /** What was done and how it was measured, in paragraphs. */
  readonly method: readonly string[];
  /** The results. */
  readonly tables: readonly ReportTable[];
  /** The paper's own claim, or `not comparable: why`. */
  readonly paper: string;
  /** The results as charts. */
  readonly charts: readonly ReportChart[];
  /** The results for programs. */
  readonly figures: Json;
}

/** A table of a report. */
export interface ReportTable {
  /** Title. */
  readonly title: string;
  /** Column titles. */
  readonly head: readonly string[];
  /** Rows. The first cell names the row; the others are right-aligned. */
  readonly rows: readonly (readonly string[])[];
  /** How to read the table. */
  readonly note?: string | undefined;
}

/** A chart of a report. */
export interface ReportChart {
  /** Name of its files, without extension. */
  readonly name: string;
  /** The chart for vega-lite. */
  readonly spec: ChartSpec;
}

/** The contents of experiment.json. */
export interface ExperimentConfig {
  readonly format: 'softpool-experiment';
  readonly name: string;
  readonly settings: Settings;
  readonly versions: { readonly [name: string]: string };
  readonly machine: { readonly [name: string]: string | number };
  /** When the experiment started, in ISO 8601. */
  readonly started: string;
}
