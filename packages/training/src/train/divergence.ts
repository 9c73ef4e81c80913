/** Errors of trainings that diverge. */

/** A loss or weight that is NaN or infinite. The message says where, and what to try. */
export class TrainingDivergedError extends Error {
  /** `'TrainingDivergedError'`. */
  override readonly name = 'TrainingDivergedError';
}

/** Says what happened, and what to try. */
export function whyDiverged(step: {
  readonly loss: number;
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly batch: { readonly x: Float32Array; readonly indices: Uint32Array };
}): string {
  const what = `the loss is ${step.loss} at step ${step.step} (epoch ${step.epoch}, learning rate ${step.learningRate})`;
  const { x, indices } = step.batch;
  const wrong = x.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    const sample = indices[Math.floor((wrong * indices.length) / x.length)];
    return `${what}: the input of sample ${sample} contains ${x[wrong]}; check this sample and the transform`;
  }
  const smaller = Number((step.learningRate / 10).toPrecision(2));
  return `${what}: training diverged; try a smaller learning rate, such as ${smaller}`;
}
