/** Learning rate schedules. */

/** How the learning rate decreases. */
export type Schedule = 'step' | 'cosine' | 'constant';

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
  /** Total number of epochs. */
  readonly epochs: number;
}

/** Learning rate of an epoch, counted from 0: PyTorch's StepLR and CosineAnnealingLR. */
export function learningRateOf(epoch: number, { learningRate, schedule, stepSize, gamma, epochs }: LearningRateOptions): number {
  if (schedule === 'step') return learningRate * gamma ** Math.floor(epoch / stepSize);
  if (schedule === 'cosine') return (learningRate * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
  return learningRate;
}
