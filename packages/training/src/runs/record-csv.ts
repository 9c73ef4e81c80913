/** The epochs of a run as comma-separated values. */
import type { EpochRecord } from './record.ts';

/** The columns, each with its value. */
const COLUMNS: Readonly<Record<string, (epoch: EpochRecord) => number | null | undefined>> = {
  epoch: ({ epoch }) => epoch,
  step: ({ step }) => step,
  learning_rate: ({ learningRate }) => learningRate,
  training_loss: ({ training }) => training.loss,
  training_top1: ({ training }) => training.top1,
  validation_loss: ({ validation }) => validation?.loss,
  validation_top1: ({ validation }) => validation?.top1,
  validation_top5: ({ validation }) => validation?.top5,
};

/** A header and a line for each epoch. Shares are 0–1; what is missing or not finite is empty. */
export function epochsCsv(epochs: readonly EpochRecord[]): string {
  const lines = epochs.map((epoch) =>
    Object.values(COLUMNS)
      .map((value) => value(epoch) ?? '')
      .join(','),
  );
  return [Object.keys(COLUMNS).join(','), ...lines, ''].join('\n');
}
