/** What `softpool train` shows while it works: a bar on a terminal, lines elsewhere. */
import { clearLine, cursorTo } from 'node:readline';
import type { EpochResult, StepProgress } from '@softpool/models/node';
import { SingleBar } from 'cli-progress';

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

export function trainingProgress({ quiet }: { quiet: boolean }): TrainingProgress {
  const bar = !quiet && process.stderr.isTTY ? progressBar() : undefined;
  let lineAt = performance.now();
  let isShown = false;
  const line = (text: string): void => {
    if (isShown) {
      cursorTo(process.stderr, 0);
      clearLine(process.stderr, 0);
    }
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

function progressBar(): SingleBar {
  const bar = new SingleBar({
    format: 'epoch {epoch}/{epochs} {bar} {value}/{total} | loss {loss} | accuracy {accuracy} | {speed}/s | {left} left',
    barsize: 20,
    hideCursor: true,
    stream: process.stderr,
    clearOnComplete: true,
    gracefulExit: false,
  });
  process.once('exit', () => bar.stop()); // whatever ends the command must bring the cursor back
  return bar;
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

/** As in `2 h 05 min`, `5 min 20 s` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}
