/**
 * Counts of an evaluation. All are integers, so that shards add up to the same totals in any order;
 * losses are rounded to multiples of 2⁻⁴⁰ (about 10⁻¹²) first.
 */
import { crossEntropyOf, predictionOf, rankOfLabel } from './logits.ts';

/** Counts of samples. */
export interface Tally {
  /** Number of samples. */
  samples: number;
  /** Samples whose label has the largest logit. */
  top1: number;
  /** Samples whose label has one of the five largest logits. */
  top5: number;
  /** Sum of the finite losses, in units of 2⁻⁴⁰. */
  lossUnits: bigint;
  /** Samples whose loss is not finite. */
  notFinite: number;
  /**
   * Samples at [label × classes + prediction]. Those without a prediction count in `notFinite`
   * only.
   */
  readonly confusion: Uint32Array;
}

const UNITS = 2 ** 40;

export function emptyTally(classes: number): Tally {
  return { samples: 0, top1: 0, top5: 0, lossUnits: 0n, notFinite: 0, confusion: new Uint32Array(classes * classes) };
}

/** Counts one sample. */
export function countSample(tally: Tally, logits: Float32Array, label: number): void {
  const rank = rankOfLabel(logits, label);
  const loss = crossEntropyOf(logits, label);
  const prediction = predictionOf(logits);
  tally.samples++;
  if (rank === 0) tally.top1++;
  if (rank < 5) tally.top5++;
  if (Number.isFinite(loss)) tally.lossUnits += BigInt(Math.round(loss * UNITS));
  else tally.notFinite++;
  const cell = label * logits.length + prediction;
  if (prediction >= 0) tally.confusion[cell] = (tally.confusion[cell] as number) + 1;
}

/**
 * The cells of a confusion matrix with samples: label, prediction and number. There are far fewer
 * than cells if there are many classes.
 */
export function cellsOf(confusion: Uint32Array, classes: number): [label: number, prediction: number, count: number][] {
  const cells: [number, number, number][] = [];
  for (let cell = 0; cell < confusion.length; cell++) {
    const count = confusion[cell] as number;
    if (count > 0) cells.push([Math.floor(cell / classes), cell % classes, count]);
  }
  return cells;
}

/** Adds the counts of other samples. */
export function addTally(tally: Tally, other: Tally): void {
  tally.samples += other.samples;
  tally.top1 += other.top1;
  tally.top5 += other.top5;
  tally.lossUnits += other.lossUnits;
  tally.notFinite += other.notFinite;
  const { confusion } = tally;
  for (let cell = 0; cell < confusion.length; cell++) confusion[cell] = (confusion[cell] as number) + (other.confusion[cell] as number);
}

/** Mean loss; NaN without samples or if a loss is not finite. */
export function meanLoss({ samples, lossUnits, notFinite }: Tally): number {
  return notFinite > 0 || samples === 0 ? Number.NaN : Number(lossUnits) / UNITS / samples;
}
