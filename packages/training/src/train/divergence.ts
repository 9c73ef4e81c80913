/** A training whose numbers ran away. */

/** A loss, or a weight, that is NaN or infinite; the message says where, and what to try. */
export class TrainingDivergedError extends Error {
  /** `'TrainingDivergedError'`. */
  override readonly name = 'TrainingDivergedError';
}

/** What happened, and what to try. */
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
    return `${what}: the input made of sample ${sample} has the value ${x[wrong]}; look at this sample and at the transform`;
  }
  return `${what}: the weights have run away; begin again with a smaller learning rate, such as ${Number((step.learningRate / 10).toPrecision(2))}`;
}
