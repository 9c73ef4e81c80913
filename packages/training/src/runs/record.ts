/**
 * record.jsonl: a line of JSON per step and epoch. Everything but `time` is the same in every run
 * with the same seed.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll, writingError } from './write-file.ts';

/** Name of the file in a run's folder. */
export const RECORD = 'record.jsonl';

/** The result of a step. */
interface StepRecord {
  readonly type: 'step';
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Number of the step, from 1. */
  readonly step: number;
  readonly samples: number;
  /** Mean loss of the batch before the step. */
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly time: RecordTime;
}

/** The result of an epoch. Shares are 0–1; a loss that is not finite is null. */
export interface EpochRecord {
  /** Distinguishes epochs from other lines. */
  readonly type: 'epoch';
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Total number of steps so far. */
  readonly step: number;
  /** Means over the epoch's steps, while the weights changed. */
  readonly training: {
    /** Samples used. */
    readonly samples: number;
    /** Corrupt samples skipped. */
    readonly skipped: number;
    /** Mean cross-entropy. */
    readonly loss: number;
    /** Share of correct samples. */
    readonly accuracy: number;
  };
  /** Results on the validation data after the epoch. */
  readonly validation?: {
    /** Samples used. */
    readonly samples: number;
    /** Corrupt samples skipped. */
    readonly skipped: number;
    /** Mean cross-entropy. */
    readonly loss: number | null;
    /** Share of samples whose label has the largest logit. */
    readonly top1: number;
    /** Share of samples whose label has one of the five largest logits. */
    readonly top5: number;
  };
  /** The epoch's learning rate. */
  readonly learningRate: number;
  /** Whether this is the best epoch so far. */
  readonly isBest: boolean;
  /** Date and duration. */
  readonly time: RecordTime;
}

/** A training that failed. */
interface FailureRecord {
  readonly type: 'failure';
  readonly epoch: number;
  readonly step: number;
  readonly message: string;
  readonly time: RecordTime;
}

export type RecordLine = StepRecord | EpochRecord | FailureRecord;

/** Date and duration of a step or an epoch. */
export interface RecordTime {
  /** When the line was written, in ISO 8601. */
  readonly at: string;
  /** Duration of the step or epoch. */
  readonly seconds: number;
}

/** A record open for writing. */
export interface OpenRecord {
  append(line: RecordLine): void;
  /** Syncs all lines to disk and returns the file's length. */
  flush(): number;
  close(): void;
}

/** Opens a run's record and truncates it to `bytes`. Throws if it is shorter: lines are missing. */
export function openRecord(folder: string, bytes: number): OpenRecord {
  const path = join(folder, RECORD);
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw writingError(path, error);
    }
  };
  const file = guarded(() => openSync(path, 'a+'));
  try {
    const size = fstatSync(file).size;
    if (size < bytes) throw new Error(`${path} lost lines: it has ${size} bytes, but had ${bytes} at the checkpoint`);
    guarded(() => ftruncateSync(file, bytes));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    append: (line) => guarded(() => writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`))),
    flush: () =>
      guarded(() => {
        fsyncSync(file);
        return fstatSync(file).size;
      }),
    close: () => closeSync(file),
  };
}

/** Reads the epochs of a run's record. */
export function readEpochs(folder: string): EpochRecord[] {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordLine)
    .filter((line) => line.type === 'epoch');
}
