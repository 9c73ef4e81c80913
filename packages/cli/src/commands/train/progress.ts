/** Progress of `softpool train`: a bar on a terminal, lines elsewhere. */
import type { EpochResult, StepProgress } from '@softpool/training/node';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { duration, threeDigits } from '../../shared/text.ts';

/** Shows progress. */
export interface TrainingProgress {
  step(progress: StepProgress): void;
  epoch(result: EpochResult): void;
  /** Writes a line, even with --quiet. */
  line(text: string): void;
  stop(): void;
}

/** Milliseconds between progress lines. */
const LINE_EVERY = 10_000;

export function trainingProgress({ quiet }: { quiet: boolean }): TrainingProgress {
  const bar = createProgressBar({ quiet, width: 20, timeLeft: false });
  let lineAt = performance.now();
  return {
    step(progress) {
      const { stepOfEpoch, stepsPerEpoch } = progress;
      if (bar.isThere) bar.update(stepOfEpoch, stepsPerEpoch, stepText(progress));
      else if (!quiet && performance.now() - lineAt >= LINE_EVERY) {
        lineAt = performance.now();
        bar.line(stepText(progress));
      }
    },
    epoch(result) {
      lineAt = performance.now();
      if (!quiet) bar.line(epochText(result));
    },
    line: bar.line,
    stop: bar.stop,
  };
}

function stepText(progress: StepProgress): string {
  const { epoch, epochs, stepOfEpoch, stepsPerEpoch, meanLoss, meanAccuracy, samplesPerSecond, secondsLeft } = progress;
  const step = `epoch ${epoch}/${epochs}, step ${stepOfEpoch}/${stepsPerEpoch}`;
  const figures = `loss ${meanLoss.toFixed(4)}, accuracy ${percent(meanAccuracy)}, ${threeDigits(samplesPerSecond)} images/s`;
  return `${step}: ${figures}, ${duration(secondsLeft)} left`;
}

function epochText({ epoch, epochs, trainingLoss, trainingAccuracy, validation, isBest, learningRate }: EpochResult): string {
  const training = `epoch ${epoch}/${epochs}, learning rate ${Number(learningRate.toPrecision(3))}: loss ${trainingLoss.toFixed(4)}, accuracy ${percent(trainingAccuracy)}`;
  if (validation === undefined) return training;
  const { loss, top1, top5 } = validation;
  return `${training}; validation: loss ${loss.toFixed(4)}, top-1 ${percent(top1)}, top-5 ${percent(top5)}${isBest ? ', best so far' : ''}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
