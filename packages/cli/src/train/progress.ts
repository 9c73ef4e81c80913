/** What `softpool train` shows while it works: a bar on a terminal, lines elsewhere. */
import type { EpochResult, StepProgress } from '@softpool/models/node';
import { clearBar, createBar } from '../progress-bar.ts';
import { duration } from '../text.ts';

/** What is shown. */
export interface TrainingProgress {
  step(progress: StepProgress): void;
  epoch(result: EpochResult): void;
  /** A line of its own, with --quiet too. */
  line(text: string): void;
  stop(): void;
}

/** Milliseconds between the lines of a log. */
const LINE_EVERY = 10_000;

const BAR = 'epoch {epoch}/{epochs} {bar} {value}/{total} | loss {loss} | accuracy {accuracy} | {speed}/s | {left} left';

export function trainingProgress({ quiet }: { quiet: boolean }): TrainingProgress {
  const bar = !quiet && process.stderr.isTTY ? createBar(BAR, 20) : undefined;
  let lineAt = performance.now();
  let isShown = false;
  const line = (text: string): void => {
    if (isShown) clearBar();
    process.stderr.write(`${text}\n`);
  };
  return {
    step(progress) {
      if (bar !== undefined) {
        if (!isShown) bar.start(progress.stepsPerEpoch, 0);
        isShown = true;
        bar.update(progress.stepOfEpoch, shown(progress));
      } else if (!quiet && performance.now() - lineAt >= LINE_EVERY) {
        lineAt = performance.now();
        const { epoch, epochs, loss, accuracy, speed, left } = shown(progress);
        line(
          `epoch ${epoch}/${epochs}, step ${progress.stepOfEpoch}/${progress.stepsPerEpoch}: loss ${loss}, accuracy ${accuracy}, ${speed}/s, ${left} left`,
        );
      }
    },
    epoch(result) {
      lineAt = performance.now();
      if (!quiet) line(epochInWords(result));
    },
    line,
    stop() {
      if (isShown) bar?.stop();
      isShown = false;
    },
  };
}

function shown({ epoch, epochs, meanLoss, meanAccuracy, samplesPerSecond, secondsLeft }: StepProgress) {
  return {
    epoch,
    epochs,
    loss: meanLoss.toFixed(4),
    accuracy: percent(meanAccuracy),
    speed: `${samplesPerSecond.toPrecision(3).replace(/e.*/, '')} images`,
    left: duration(secondsLeft),
  };
}

function epochInWords({ epoch, epochs, trainingLoss, trainingAccuracy, validation, isBest, learningRate }: EpochResult): string {
  const training = `epoch ${epoch}/${epochs}, lr ${Number(learningRate.toPrecision(3))}: loss ${trainingLoss.toFixed(4)}, accuracy ${percent(trainingAccuracy)}`;
  if (validation === undefined) return training;
  const { loss, top1, top5 } = validation;
  return `${training}; validation: loss ${loss.toFixed(4)}, top-1 ${percent(top1)}, top-5 ${percent(top5)}${isBest ? ', the best so far' : ''}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
