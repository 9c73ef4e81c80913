/** Learning rates over the epochs of a training. */

/** How the learning rate goes down. */
export type Schedule = 'step' | 'cosine' | 'constant';

/** What a learning rate depends on. */
export interface LearningRateOptions {
  /** The learning rate of the first epoch. */
  readonly learningRate: number;
  /**
   * `'step'`: multiplied by `gamma` after every `stepSize` epochs; `'cosine'`: half a wave of a cosine from the first epoch towards zero, without
   * restarts (Loshchilov and Hutter, 2017); `'constant'`.
   */
  readonly schedule: Schedule;
  /** Epochs between the steps of `'step'`. */
  readonly stepSize: number;
  /** The factor of each step. */
  readonly gamma: number;
  /** The number of all epochs. */
  readonly epochs: number;
}

/** The learning rate of an epoch, the first of which is 0: as PyTorch's StepLR and CosineAnnealingLR. */
export function learningRateOf(epoch: number, { learningRate, schedule, stepSize, gamma, epochs }: LearningRateOptions): number {
  if (schedule === 'step') return learningRate * gamma ** Math.floor(epoch / stepSize);
  if (schedule === 'cosine') return (learningRate * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
  return learningRate;
}
