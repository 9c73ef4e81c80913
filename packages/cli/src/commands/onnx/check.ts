/** Runs `softpool onnx check`: two models on the same input, and how far their outputs are from each other. */
import { EXIT } from '../../shared/exit-codes.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { json } from '../../shared/text.ts';
import { driftMeter } from './drift.ts';
import type { InputFlags } from './feeds.ts';
import { driftsTable } from './report.ts';
import { openPair } from './runtime.ts';

/** What commander makes of the arguments. */
export interface CheckFlags extends InputFlags {
  readonly threads?: number;
  readonly json?: boolean;
}

const BAR = '{bar} {value}/{total} images | {eta_formatted} left';

/** Runs the command; resolves to its exit status: failed, if an output has another shape, or an image could not be read. */
export async function runCheck(before: string, after: string, flags: CheckFlags): Promise<number> {
  const { models, feeds } = await openPair(before, after, flags);
  const meter = driftMeter();
  const bar = createProgressBar(BAR);
  let [runs, problems] = [0, 0];
  try {
    const onProblem = (problem: string): void => {
      problems++;
      bar.line(`softpool: left out: ${problem}`);
    };
    for await (const feed of feeds.each(onProblem)) {
      meter.add(await models[0](feed), await models[1](feed));
      runs++;
      if (feeds.count > 1) bar.update(runs + problems, feeds.count);
    }
  } finally {
    bar.stop();
  }
  if (runs === 0) throw new Error('there is no image that can be read');
  const outputs = meter.drifts();
  const isSame = outputs.every(({ shape, shapeAfter }) => shape.join() === shapeAfter?.join());
  process.stdout.write(`${flags.json ? json({ before, after, runs, outputs }) : driftsTable(outputs)}\n`);
  if (!isSame) process.stderr.write('softpool: an output has another shape\n');
  return isSame && problems === 0 ? EXIT.ok : EXIT.failed;
}
