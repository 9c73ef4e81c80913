/** Learning rate schedules. */

/** How the learning rate decreases. */
export type Schedule = 'step' | 'cosine' | 'constant';

export const SCHEDULES: readonly Schedule[] = ['step', 'cosine', 'constant'];

/** The parameters of a schedule. */
export interface LearningRateOptions {
  /** Learning rate of the first epoch. */
  readonly learningRate: number;
  /**
   * `'step'`: multiplied by `gamma` every `stepSize` epochs; `'cosine'`: half a cosine wave down to
   * zero, without restarts (Loshchilov and Hutter, 2017); `'constant'`.
   */
  readonly schedule: Schedule;
  /** Epochs between the steps of `'step'`. */
  readonly stepSize: number;
  /** Factor of each step. */
  readonly gamma: number;
  /** Epochs of linear warm-up, before the schedule starts. */
  readonly warmupEpochs: number;
  /** Total number of epochs, with those of the warm-up. */
  readonly epochs: number;
}

/** Share of the learning rate with which a warm-up starts, as in torchvision's reference script. */
const WARMUP_START = 0.01;

/**
 * Learning rate of an epoch, counted from 0: PyTorch's StepLR and CosineAnnealingLR, after LinearLR
 * during the warm-up.
 */
export function learningRateOf(epoch: number, options: LearningRateOptions): number {
  const { learningRate, schedule, stepSize, gamma, warmupEpochs, epochs } = options;
  if (epoch < warmupEpochs) return learningRate * (WARMUP_START + ((1 - WARMUP_START) * epoch) / warmupEpochs);
  const since = epoch - warmupEpochs;
  if (schedule === 'step') return learningRate * gamma ** Math.floor(since / stepSize);
  if (schedule === 'cosine') return (learningRate * (1 + Math.cos((Math.PI * since) / (epochs - warmupEpochs)))) / 2;
  return learningRate;
}
