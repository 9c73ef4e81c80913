/** All numbers of one window. The library computes them, in float64. */
import { softPool1d, softPool1dGrad } from 'softpool';

/** What soft pooling makes of a window. */
export interface WindowNumbers {
  /** exp(β x) of each input, which may overflow. */
  readonly exponentials: readonly number[];
  readonly weights: readonly number[];
  /** The input times its weight. Their sum is `soft`. */
  readonly products: readonly number[];
  readonly average: number;
  readonly soft: number;
  readonly max: number;
  /** The formula as it is written, in float32: NaN where an exponential overflows. */
  readonly asWritten: number;
  /** Its sum of exponentials, which overflows before they do. */
  readonly sumAsWritten: number;
}

/** Pools one window of these inputs. */
export function windowNumbers(inputs: readonly number[], beta: number): WindowNumbers {
  const weights = gradientOf(inputs, beta, 'weights');
  const exponentials = inputs.map((x) => Math.exp(beta * x));
  const float32 = inputs.map((x) => Math.fround(Math.exp(Math.fround(beta * x))));
  const sum = float32.reduce((total, each) => Math.fround(total + each), 0);
  const weighted = float32.reduce((total, each, index) => Math.fround(total + Math.fround(each * (inputs[index] as number))), 0);
  return {
    exponentials,
    weights,
    products: inputs.map((x, index) => x * (weights[index] as number)),
    average: outputOf(inputs, 0),
    soft: outputOf(inputs, beta),
    max: Math.max(...inputs),
    asWritten: Math.fround(weighted / sum),
    sumAsWritten: sum,
  };
}

/** y of one window. */
export function outputOf(inputs: readonly number[], beta: number): number {
  const { data } = softPool1d({ data: Float64Array.from(inputs), shape: [1, inputs.length] }, { kernelSize: inputs.length, beta });
  return data[0] as number;
}

/** dy/dx of each input of one window. With `weights` these are the weights. */
export function gradientOf(inputs: readonly number[], beta: number, gradient: 'weights' | 'exact'): readonly number[] {
  const x = { data: Float64Array.from(inputs), shape: [1, inputs.length] };
  const dy = { data: Float64Array.of(1), shape: [1, 1] };
  return Array.from(softPool1dGrad(x, dy, { kernelSize: inputs.length, beta, gradient }).data);
}

/** dy/dx by central differences of y: the check of the exact gradient. */
export function differencesOf(inputs: readonly number[], beta: number): readonly number[] {
  const size = Math.max(1, ...inputs.map(Math.abs));
  // Small against 1/β too: the weights change over such a distance.
  const step = Math.min(size * 1e-5, 1e-3 / beta);
  return inputs.map((x, index) => {
    const moved = (by: number) => outputOf(inputs.with(index, x + by), beta);
    return (moved(step) - moved(-step)) / (2 * step);
  });
}
