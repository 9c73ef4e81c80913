/** record.jsonl: a line of JSON for each step and each epoch. What depends on the clock is in `time`; the rest is the same in every run with one seed. */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll, writingError } from '../write-whole.ts';

/** The file's name in the folder of a run. */
export const RECORD = 'record.jsonl';

/** What a step gave. */
interface StepRecord {
  readonly type: 'step';
  /** From 1, as steps are. */
  readonly epoch: number;
  readonly step: number;
  readonly samples: number;
  /** Of the batch, before its step. */
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly time: RecordTime;
}

/** What an epoch gave. Shares are from 0 to 1; a loss that is not finite is null. */
export interface EpochRecord {
  /** What tells it from other lines. */
  readonly type: 'epoch';
  /** From 1. */
  readonly epoch: number;
  /** Steps done in all. */
  readonly step: number;
  /** Over the steps of the epoch, while the weights changed. */
  readonly training: {
    /** Samples that were used. */
    readonly samples: number;
    /** Corrupt ones that were left out. */
    readonly skipped: number;
    /** The mean cross-entropy. */
    readonly loss: number;
    /** The share of samples that were right. */
    readonly accuracy: number;
  };
  /** Of the validation data, after the epoch. */
  readonly validation?: {
    /** Samples that were used. */
    readonly samples: number;
    /** Corrupt ones that were left out. */
    readonly skipped: number;
    /** The mean cross-entropy. */
    readonly loss: number | null;
    /** The share of samples whose label has the largest logit. */
    readonly top1: number;
    /** The share of samples whose label has one of the five largest. */
    readonly top5: number;
  };
  /** That of the epoch. */
  readonly learningRate: number;
  /** Whether it was the best so far. */
  readonly isBest: boolean;
  /** The clock. */
  readonly time: RecordTime;
}

/** A training that could not go on. */
interface FailureRecord {
  readonly type: 'failure';
  readonly epoch: number;
  readonly step: number;
  readonly message: string;
  readonly time: RecordTime;
}

export type RecordLine = StepRecord | EpochRecord | FailureRecord;

/** The clock. */
export interface RecordTime {
  /** When the line was written, in ISO 8601. */
  readonly at: string;
  /** What the step or the epoch took. */
  readonly seconds: number;
}

/** A record that is being written. */
export interface OpenRecord {
  append(line: RecordLine): void;
  /** Brings all that was appended to the disk; its length then. */
  flush(): number;
  close(): void;
}

/** Opens the record of a run, and cuts off what is behind `bytes`. Throws if it is shorter: lines are then missing. */
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
    if (size < bytes) throw new Error(`${path} has ${size} bytes, and had ${bytes} when the checkpoint was written: lines are missing`);
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

/** The epochs in the record of a run. */
export function readEpochs(folder: string): EpochRecord[] {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordLine)
    .filter((line) => line.type === 'epoch');
}
