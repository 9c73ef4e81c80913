/** Runs `softpool onnx bench`: two models in turn on the same input, and how long each takes. */
import { EXIT } from '../../shared/exit-codes.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { table } from '../../shared/table.ts';
import { json, printable } from '../../shared/text.ts';
import type { CheckFlags } from './check.ts';
import type { Feed, Feeds } from './feeds.ts';
import { openPair } from './runtime.ts';

/** What commander makes of the arguments. */
export interface BenchFlags extends CheckFlags {
  readonly runs: number;
}

/** Runs of each that are not measured: memory is taken, and code is read. */
const WARM_UP = 3;

/** What takes less is over before a bar is read: in milliseconds. */
const SHORT = 1000;

const BAR = '{bar} {value}/{total} runs | {eta_formatted} left';

/** Runs the command; resolves to its exit status. */
export async function runBench(before: string, after: string, flags: BenchFlags): Promise<number> {
  const { models, feeds } = await openPair(before, after, flags);
  const feed = await firstOf(feeds);
  const times: [number[], number[]] = [[], []];
  const bar = createProgressBar(BAR);
  const begin = performance.now();
  try {
    for (let run = -WARM_UP; run < flags.runs; run++) {
      for (const [index, model] of models.entries()) {
        const start = performance.now();
        await model(feed);
        if (run >= 0) times[index]?.push(performance.now() - start);
      }
      if (performance.now() - begin > SHORT) bar.update(Math.max(0, run + 1), flags.runs);
    }
  } finally {
    bar.stop();
  }
  const [was, is] = times.map(summary) as [Summary, Summary];
  const ratio = is.median / was.median;
  if (flags.json) {
    const result = { before: { model: before, ...was }, after: { model: after, ...is }, runs: flags.runs, ratio };
    process.stdout.write(`${json(result)}\n`);
    return EXIT.ok;
  }
  const row = (model: string, { median, lower, upper }: Summary, times: string): string[] => [
    printable(model),
    median.toPrecision(4),
    `${lower.toPrecision(4)} – ${upper.toPrecision(4)}`,
    times,
  ];
  const rows = [row(before, was, ''), row(after, is, `× ${ratio.toFixed(3)}`)];
  process.stdout.write(`${table(['model', 'ms', 'middle half', 'as long'], rows)}\n`);
  return EXIT.ok;
}

/** Of several images the first: how long a model takes does not depend on what is in them. */
async function firstOf({ each }: Feeds): Promise<Feed> {
  const stop = (problem: string): never => {
    throw new Error(problem);
  };
  for await (const feed of each(stop)) return feed;
  throw new Error('there is no image that can be read');
}

interface Summary {
  /** In milliseconds. */
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

function summary(times: readonly number[]): Summary {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) };
}
