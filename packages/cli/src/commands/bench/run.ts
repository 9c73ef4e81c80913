/** Runs `softpool bench`. */
import type { NamedTensors } from '@softpool/onnx/internal';
import { EXIT } from '../../shared/exit-codes.ts';
import type { Inputs } from '../../shared/inference/inputs.ts';
import { openPair, type PairFlags } from '../../shared/inference/open-pair.ts';
import { printJson } from '../../shared/print-json.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { right, table } from '../../shared/table.ts';
import { type Quartiles, quartiles } from './quartiles.ts';

/** What commander makes of the arguments. */
export interface BenchFlags extends PairFlags {
  readonly runs: number;
}

/** Untimed runs before the timed ones: they allocate memory and compile code. */
const WARM_UP = 3;

/** A bar appears after this time, in milliseconds. */
const BAR_AFTER = 1000;

/** Runs the command; resolves to its exit code. */
export async function runBench(before: string, after: string, flags: BenchFlags): Promise<number> {
  const { models, inputs } = await openPair(before, after, flags);
  const tensors = await firstOf(inputs);
  const prepared = models.map((model) => model.prepare(tensors));
  const times: [number[], number[]] = [[], []];
  const bar = createProgressBar({ quiet: flags.quiet });
  const begin = performance.now();
  try {
    for (let run = -WARM_UP; run < flags.runs; run++) {
      for (const [index, model] of prepared.entries()) {
        const start = performance.now();
        await model.run();
        if (run >= 0) times[index]?.push(performance.now() - start);
      }
      const done = Math.max(0, run + 1);
      if (performance.now() - begin > BAR_AFTER) bar.update(done, flags.runs, `${done}/${flags.runs} runs`);
    }
  } finally {
    bar.stop();
    for (const model of prepared) model.dispose();
  }
  const [was, is] = times.map(quartiles) as [Quartiles, Quartiles];
  const ratio = is.median / was.median;
  const report = { before: { model: before, ...was }, after: { model: after, ...is }, runs: flags.runs, ratio };
  if (flags.json) printJson(report);
  else if (!flags.quiet) process.stdout.write(`${reportTable(report)}\n`);
  return EXIT.ok;
}

/** The time does not depend on what an image shows, so the first one is enough. */
async function firstOf({ each }: Inputs): Promise<NamedTensors> {
  const stop = (problem: string): never => {
    throw new Error(problem);
  };
  for await (const tensors of each(stop)) return tensors;
  throw new Error('none of the images can be read');
}

/** Milliseconds of a run. */
type Timed = Quartiles & { readonly model: string };

function reportTable({ before, after, ratio }: { readonly before: Timed; readonly after: Timed; readonly ratio: number }): string {
  const row = ({ model, firstQuartile, median, thirdQuartile }: Timed, times: string): string[] => [
    model,
    median.toPrecision(4),
    `${firstQuartile.toPrecision(4)} – ${thirdQuartile.toPrecision(4)}`,
    times,
  ];
  return table(
    ['model', right('median ms'), right('quartiles'), right('relative')],
    [row(before, '1'), row(after, `× ${ratio.toFixed(3)}`)],
  );
}
