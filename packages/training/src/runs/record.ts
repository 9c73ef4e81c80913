/**
 * record.jsonl: a line of JSON per step and epoch. Everything but `time` is the same in every run
 * with the same seed.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
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
  readonly top1: number;
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
    /** Share of samples whose label had the largest logit. */
    readonly top1: number;
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
  readonly reason: string;
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
  /** Syncs all lines to disk. */
  flush(): void;
  close(): void;
}

/** A record that cannot be continued. The message names the file and the line. */
export class RecordError extends Error {
  /** `'RecordError'`. */
  override readonly name = 'RecordError';
}

/**
 * Opens a run's record with its first `lines` lines, and removes the others. Throws a `RecordError`
 * if there are fewer, or if one of them is damaged.
 */
export function openRecord(folder: string, lines: number): OpenRecord {
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
    const kept = firstLines(
      guarded(() => readFileSync(path)),
      lines,
      path,
    );
    parsedLines(kept, path);
    guarded(() => ftruncateSync(file, kept.length));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    append: (line) => guarded(() => writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`))),
    flush: () => guarded(() => fsyncSync(file)),
    close: () => closeSync(file),
  };
}

/** Reads the epochs of a run's record. */
export function readEpochs(folder: string): EpochRecord[] {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return [];
  return parsedLines(readFileSync(path), path).filter((line) => line.type === 'epoch');
}

const NEW_LINE = 10;

function firstLines(bytes: Buffer, lines: number, path: string): Buffer {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    end = 1 + bytes.indexOf(NEW_LINE, end);
    if (end === 0) throw new RecordError(`${path} lost lines: it has ${line}, but had ${lines} at the checkpoint`);
  }
  return bytes.subarray(0, end);
}

function parsedLines(bytes: Buffer, path: string): RecordLine[] {
  const lines = bytes.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => parsedLine(line, `${path}, line ${index + 1}`));
}

const TYPES: readonly unknown[] = ['step', 'epoch', 'failure'] satisfies RecordLine['type'][];

function parsedLine(line: string, place: string): RecordLine {
  try {
    const value = JSON.parse(line) as RecordLine | null;
    if (TYPES.includes(value?.type)) return value as RecordLine;
  } catch (error) {
    throw new RecordError(`${place} is damaged: ${(error as Error).message}`, { cause: error });
  }
  throw new RecordError(`${place} is damaged: it is not a step or an epoch`);
}
