/**
 * Windows so few that a call into WebAssembly, with its copies, takes longer than to pool them: the formula in doubles, over a list of each
 * window's elements that is made once for all calls of a kind.
 */
import type { Problem } from '../calls.ts';
import { windows } from '../definition.ts';

/** Elements of windows, an element counted once for each window it is in. */
const MOST = 48;

/** The elements of each window, output by output, and where each window's end. */
export interface FewWindows {
  readonly taps: Int32Array;
  readonly ends: Int32Array;
}

/** The windows of a problem, if they are few, each channel weights by itself, and the elements are float32: doubles are then exact enough. */
export function fewWindows({ geometry, operator, dtype }: Problem): FewWindows | undefined {
  const outputs = geometry.outputShape.reduce((size, length) => size * length, 1);
  if (outputs > MOST || dtype !== 'float32' || (operator.weights === 'shared' && geometry.channels > 1)) return undefined;
  const inputs: number[][] = [];
  for (const { taps, channels } of windows(geometry, 'perChannel')) {
    if (taps.length > MOST) return undefined;
    for (const { input, output } of channels) inputs[output] = taps.map((tap) => input + tap);
  }
  const taps = Int32Array.from(inputs.flat());
  if (taps.length > MOST) return undefined;
  let end = 0;
  return { taps, ends: Int32Array.from(inputs, (window) => (end += window.length)) };
}

/** Pools them from `x` to `y`. False if something is not finite: the rules for that are the kernels'. */
export function poolFew({ taps, ends }: FewWindows, beta: number, x: ArrayLike<number>, y: Float32Array): boolean {
  let start = 0;
  for (let output = 0; output < ends.length; output++) {
    const end = ends[output] as number;
    let max = x[taps[start] as number] as number;
    for (let i = start + 1; i < end; i++) {
      const value = x[taps[i] as number] as number;
      if (value > max) max = value;
    }
    let weights = 0;
    let below = 0;
    for (let i = start; i < end; i++) {
      const difference = (x[taps[i] as number] as number) - max;
      const weight = difference === 0 ? 1 : exp(beta * difference);
      weights += weight;
      below += weight * difference;
    }
    const result = max + below / weights;
    if (!(Math.abs(result) < Infinity)) return false;
    y[output] = result;
    start = end;
  }
  return true;
}

/** 2^0, 2^-1, … */
const POWERS = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i);

/** exp(x) for x ≤ 0 to 1e-8, in half the time of Math.exp: 2^n exp(r) with r in ±ln2/2, by Taylor's series to degree 7. */
function exp(x: number): number {
  if (!(x > -700)) return Math.max(x, 0); // 0, or NaN
  const n = (0.5 - x * Math.LOG2E) | 0;
  const r = x + n * Math.LN2;
  const r2 = r * r;
  const low = 1 + r + r2 * (0.5 + r * (1 / 6));
  const high = 1 / 24 + r * (1 / 120) + r2 * (1 / 720 + r * (1 / 5040));
  return (POWERS[n] as number) * (low + r2 * r2 * high);
}
