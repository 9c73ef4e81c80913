/** How far a training is. */

/** The best epoch so far. */
export interface Best {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Top-1 accuracy on the validation data, 0–1. */
  readonly top1: number;
  /** Loss on the validation data. */
  readonly loss: number;
}

/** How far a training is, besides its weights and the state of its optimizer. */
export interface Position {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed in total. */
  readonly step: number;
  /** Number of the epoch's next batch. */
  readonly batch: number;
  /** Samples seen in the epoch so far. */
  readonly seen: number;
  /** Correct samples in the epoch so far. */
  readonly correct: number;
  /** Sum of the samples' losses in the epoch so far. */
  readonly lossSum: number;
  /** Corrupt samples skipped in the epoch so far. */
  readonly skipped: number;
  readonly best: Best | null;
}

export const START: Position = { epoch: 0, step: 0, batch: 0, seen: 0, correct: 0, lossSum: 0, skipped: 0, best: null };

/** What a position cannot exceed. */
export interface Extent {
  readonly epochs: number;
  /** Batches of an epoch. */
  readonly batches: number;
  /** Samples of an epoch. */
  readonly samples: number;
}

/** Lines of the record up to a position: one for each step and each epoch. */
export function recordLines({ step, epoch }: Position): number {
  return step + epoch;
}

/** Returns a value from a file as a position. Throws an Error that names the wrong field. */
export function checkedPosition(value: unknown, { epochs, batches, samples }: Extent): Position {
  const fields = (typeof value === 'object' ? value : null) as { [Name in keyof Position]?: unknown } | null;
  const refuse = (name: string, expected: string, received: unknown): never => {
    throw new Error(`its position is damaged: ${name} must be ${expected}, received ${JSON.stringify(received) ?? 'nothing'}`);
  };
  if (fields === null) return refuse('it', 'an object', value);
  const integer = (name: 'epoch' | 'step' | 'batch' | 'seen' | 'correct' | 'skipped', least: number, most: number): number => {
    const number = fields[name];
    if (Number.isInteger(number) && (number as number) >= least && (number as number) <= most) return number as number;
    return refuse(name, `an integer from ${least} to ${most}`, number);
  };
  const epoch = integer('epoch', 0, epochs);
  const batch = integer('batch', 0, epoch === epochs ? 0 : batches);
  // A batch whose samples are all corrupt is not a step.
  const step = integer('step', 0, epoch * batches + batch);
  const seen = integer('seen', 0, batch === 0 ? 0 : samples);
  const correct = integer('correct', 0, seen);
  const skipped = integer('skipped', 0, samples - seen);
  const { lossSum, best = null } = fields;
  if (typeof lossSum !== 'number') return refuse('lossSum', 'a number', lossSum);
  if (best !== null && !isBest(best, epoch)) return refuse('best', `an epoch from 1 to ${epoch} with its results, or null`, best);
  return { epoch, step, batch, seen, correct, lossSum, skipped, best };
}

function isBest(value: unknown, epochs: number): value is Best {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, top1, loss } = value as { [Name in keyof Best]?: unknown };
  const isEpoch = Number.isInteger(epoch) && (epoch as number) >= 1 && (epoch as number) <= epochs;
  return isEpoch && typeof top1 === 'number' && top1 >= 0 && top1 <= 1 && typeof loss === 'number';
}
