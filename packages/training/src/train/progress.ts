/** Progress reports of a training. */
import type { StepProgress, TrainingRecipe } from './options.ts';
import type { Position } from './position.ts';

/** Returns a function that reports each step of an epoch. Speed is measured from this call on. */
export function progressOf({ epochs, batchSize }: TrainingRecipe, samples: number, from: Position) {
  const start = performance.now();
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  return (at: Position, { loss, learningRate }: { loss: number; learningRate: number }): StepProgress => {
    const seconds = (performance.now() - start) / 1000;
    const samplesPerSecond = (at.seen - from.seen) / seconds;
    const samplesLeft = Math.max(0, samples - at.batch * batchSize) + (epochs - at.epoch - 1) * samples;
    return {
      epoch: at.epoch + 1,
      epochs,
      step: at.step,
      stepOfEpoch: at.batch,
      stepsPerEpoch,
      loss,
      meanLoss: at.lossSum / at.seen,
      meanTop1: at.correct / at.seen,
      learningRate,
      samplesPerSecond,
      secondsLeft: samplesLeft / samplesPerSecond,
    };
  };
}
