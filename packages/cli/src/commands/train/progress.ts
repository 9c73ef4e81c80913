/** Progress of `softpool train`: a bar on a terminal, lines elsewhere. */
import type { EpochResult, StepProgress } from '@softpool/training/node';
import type { SampleWord } from '../../shared/networks/network.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { duration, percent, threeDigits } from '../../shared/text.ts';

/** Shows progress. */
export interface TrainingProgress {
  /** Sets what samples are called: `'images'` (the default) or `'clips'`. */
  countAs(samples: SampleWord): void;
  step(progress: StepProgress): void;
  epoch(result: EpochResult): void;
  /** Writes a line, even with --quiet. */
  line(text: string): void;
  stop(): void;
}

/** Milliseconds between progress lines. */
const LINE_EVERY = 10_000;

export function trainingProgress({ quiet }: { quiet: boolean }): TrainingProgress {
  let unit = 'images';
  const bar = createProgressBar({ quiet, width: 20, timeLeft: false });
  let lineAt = performance.now();
  return {
    step(progress) {
      const { stepOfEpoch, stepsPerEpoch } = progress;
      if (bar.isThere) bar.update(stepOfEpoch, stepsPerEpoch, stepText(progress, unit));
      else if (!quiet && performance.now() - lineAt >= LINE_EVERY) {
        lineAt = performance.now();
        bar.line(stepText(progress, unit));
      }
    },
    epoch(result) {
      lineAt = performance.now();
      if (!quiet) bar.line(epochText(result));
    },
    countAs(samples) {
      unit = samples;
    },
    line: bar.line,
    stop: bar.stop,
  };
}

function stepText(progress: StepProgress, unit: string): string {
  const { epoch, epochs, stepOfEpoch, stepsPerEpoch, meanLoss, meanTop1, samplesPerSecond, secondsLeft } = progress;
  const step = `epoch ${epoch}/${epochs}, step ${stepOfEpoch}/${stepsPerEpoch}`;
  const figures = `loss ${meanLoss.toFixed(4)}, top-1 ${percent(meanTop1)}, ${threeDigits(samplesPerSecond)} ${unit}/s`;
  return `${step}: ${figures}, ${duration(secondsLeft)} left`;
}

function epochText({ epoch, epochs, trainingLoss, trainingTop1, validation, isBest, learningRate }: EpochResult): string {
  const training = `epoch ${epoch}/${epochs}, learning rate ${Number(learningRate.toPrecision(3))}: loss ${trainingLoss.toFixed(4)}, top-1 ${percent(trainingTop1)}`;
  if (validation === undefined) return training;
  const { loss, top1, top5 } = validation;
  return `${training}; validation: loss ${loss.toFixed(4)}, top-1 ${percent(top1)}, top-5 ${percent(top5)}${isBest ? ', best so far' : ''}`;
}
