/**
 * What an evaluation counts. All of it is integers, so that parts add up to the same totals in whatever order: also the losses, each of which is
 * rounded to a multiple of 2⁻⁴⁰ (about 10⁻¹²) first.
 */
import { crossEntropyOf, predictionOf, rankOfLabel } from './logits.ts';

/** Counts of samples. */
export interface Tally {
  /** Samples in all. */
  samples: number;
  /** How many had their label first. */
  top1: number;
  /** How many had it among the first five. */
  top5: number;
  /** The sum of the finite losses, in units of 2⁻⁴⁰. */
  lossUnits: bigint;
  /** How many had a loss that is not finite. */
  notFinite: number;
  /** At [label × classes + prediction]: how many samples. Those without a prediction are in `notFinite` alone. */
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

/** Adds the counts of other samples. */
export function addTally(tally: Tally, other: Tally): void {
  tally.samples += other.samples;
  tally.top1 += other.top1;
  tally.top5 += other.top5;
  tally.lossUnits += other.lossUnits;
  tally.notFinite += other.notFinite;
  for (const [cell, count] of other.confusion.entries()) tally.confusion[cell] = (tally.confusion[cell] as number) + count;
}

/** The mean loss; NaN if one of them was not finite, or there is no sample. */
export function meanLoss({ samples, lossUnits, notFinite }: Tally): number {
  return notFinite > 0 || samples === 0 ? Number.NaN : Number(lossUnits) / UNITS / samples;
}
