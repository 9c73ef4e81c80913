/** Runs `softpool onnx check`: two models on the same input, and how far their outputs are from each other. */
import type { Tensor } from 'onnxruntime-node';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../text.ts';
import type { InputFlags } from './inputs.ts';
import { shapeInWords, table } from './report.ts';
import { openPair } from './runtime.ts';

/** What commander makes of the arguments. */
export interface CheckFlags extends InputFlags {
  readonly threads?: number;
  readonly json?: boolean;
}

/** Those of `bench`. */
export interface BenchFlags extends CheckFlags {
  readonly runs: number;
}

/** How far an output is from what it was. */
interface Drift {
  readonly output: string;
  readonly shape: readonly number[];
  /** Its shape in the second model; `null`, if that has no such output. */
  readonly shapeAfter: readonly number[] | null;
  /** The largest difference; `null`, if the shapes differ or there are no numbers. */
  readonly largest: number | null;
  /** The root of the mean square of the differences, over that of the first model's output. */
  readonly relative: number | null;
}

/** Runs the command; resolves to its exit status: failed, if an output has another shape. */
export async function runCheck(before: string, after: string, flags: CheckFlags): Promise<number> {
  const { sessions, inputs } = await openPair(before, after, flags);
  const [was, is] = [await sessions[0].run(inputs), await sessions[1].run(inputs)];
  const drifts = Object.entries(was).map(([output, tensor]) => driftOf(output, tensor, is[output]));
  const isSame = drifts.every(({ shape, shapeAfter }) => shape.join() === shapeAfter?.join());
  if (flags.json) process.stdout.write(`${JSON.stringify({ before, after, outputs: drifts }, null, 2)}\n`);
  else {
    const rows = drifts.map(({ output, shape, shapeAfter, largest, relative }) => [
      printable(output),
      shapeInWords(shape),
      shapeAfter === null ? 'is gone' : shapeAfter.join() === shape.join() ? 'the same' : shapeInWords(shapeAfter),
      largest?.toPrecision(3) ?? '',
      relative === null ? '' : `${(100 * relative).toPrecision(3)} %`,
    ]);
    process.stdout.write(`${table(['output', 'shape', 'and after', 'largest difference', 'rms difference'], rows)}\n`);
  }
  if (!isSame) process.stderr.write('softpool: an output has another shape\n');
  return isSame ? EXIT.ok : EXIT.failed;
}

function driftOf(output: string, was: Tensor, is: Tensor | undefined): Drift {
  const sizes = { output, shape: was.dims, shapeAfter: is?.dims ?? null };
  const [a, b] = [was.data, is?.data];
  const isNumbers = (data: unknown): data is Float32Array | Float64Array => data instanceof Float32Array || data instanceof Float64Array;
  if (!isNumbers(a) || !isNumbers(b) || a.length !== b.length) return { ...sizes, largest: null, relative: null };
  let [largest, squares, scale] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [value, other] = [a[i] ?? 0, b[i] ?? 0];
    const difference = Object.is(value, other) ? 0 : Math.abs(other - value);
    largest = Number.isNaN(difference) ? Number.NaN : Math.max(largest, difference);
    squares += difference ** 2;
    scale += value ** 2;
  }
  return { ...sizes, largest, relative: squares === 0 ? 0 : Math.sqrt(squares / scale) };
}
