/** Runs `softpool onnx bench`: two models in turn on the same input, and how long each takes. */
import { EXIT } from '../exit-codes.ts';
import { printable } from '../text.ts';
import type { BenchFlags } from './check.ts';
import { table } from './report.ts';
import { openPair } from './runtime.ts';

/** Runs of each that are not measured: memory is taken, and code is read. */
const WARM_UP = 3;

/** Runs the command; resolves to its exit status. */
export async function runBench(before: string, after: string, flags: BenchFlags): Promise<number> {
  const { sessions, inputs } = await openPair(before, after, flags);
  const times: [number[], number[]] = [[], []];
  for (let run = -WARM_UP; run < flags.runs; run++) {
    for (const [index, session] of sessions.entries()) {
      const start = performance.now();
      await session.run(inputs);
      if (run >= 0) times[index]?.push(performance.now() - start);
    }
  }
  const [was, is] = times.map(summary) as [Summary, Summary];
  const ratio = is.median / was.median;
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ before: { model: before, ...was }, after: { model: after, ...is }, runs: flags.runs, ratio }, null, 2)}\n`,
    );
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
