/** Runs `softpool check`. */
import { type Drift, driftMeter, type NamedTensors } from '@softpool/onnx/internal';
import { EXIT } from '../../shared/exit-codes.ts';
import { openPair, type PairFlags } from '../../shared/inference/open-pair.ts';
import type { RunnableModel } from '../../shared/inference/runnable-model.ts';
import { printJson } from '../../shared/print-json.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { table } from '../../shared/table.ts';
import { shapeText, threeDigits } from '../../shared/text.ts';

/**
 * Runs the command; resolves to its exit code: a failure if an output has another shape, or an
 * image cannot be read.
 */
export async function runCheck(before: string, after: string, flags: PairFlags): Promise<number> {
  const { models, inputs } = await openPair(before, after, flags);
  const meter = driftMeter();
  const bar = createProgressBar({ quiet: flags.quiet });
  let [runs, problems] = [0, 0];
  try {
    const onProblem = (problem: string): void => {
      problems++;
      bar.line(`softpool: skipped ${problem}`);
    };
    for await (const tensors of inputs.each(onProblem)) {
      meter.add(await outputsOf(models[0], tensors), await outputsOf(models[1], tensors));
      runs++;
      const done = runs + problems;
      if (inputs.count > 1) bar.update(done, inputs.count, `${done}/${inputs.count} images`);
    }
  } finally {
    bar.stop();
  }
  if (runs === 0) throw new Error('none of the images can be read');
  const outputs = meter.drifts();
  const isSame = outputs.every(({ shape, shapeAfter }) => shape.join() === shapeAfter?.join());
  const { images } = inputs;
  if (flags.json) printJson({ before, after, runs, images, outputs });
  else if (!flags.quiet) process.stdout.write(`${driftsTable(outputs)}\n${images === undefined ? '' : `images: ${images}\n`}`);
  if (!isSame) process.stderr.write('softpool: the models have outputs of different shapes\n');
  return isSame && problems === 0 ? EXIT.ok : EXIT.failed;
}

async function outputsOf(model: RunnableModel, tensors: NamedTensors): Promise<NamedTensors> {
  const prepared = model.prepare(tensors);
  try {
    return await prepared.run();
  } finally {
    prepared.dispose();
  }
}

/** A line for each output. */
function driftsTable(drifts: readonly Drift[]): string {
  const percent = (share: number | null): string => (share === null ? '' : `${threeDigits(100 * share)} %`);
  const rows = drifts.map(({ output, type, shape, shapeAfter, largest, relative, changed, sameTop1 }) => [
    output,
    type,
    shapeText(shape),
    shapeAfter === null ? 'missing' : shapeAfter.join() === shape.join() ? 'the same' : shapeText(shapeAfter),
    largest === null ? '' : threeDigits(largest),
    percent(relative),
    percent(changed),
    sameTop1 === null ? '' : `${sameTop1.same} of ${sameTop1.rows}`,
  ]);
  return table(
    ['output', 'type', 'shape', 'shape after', 'largest difference', 'RMS difference, of RMS output', 'elements changed', 'same top-1'],
    rows,
  );
}
