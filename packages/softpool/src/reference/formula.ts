/**
 * The definition in float64 and plain loops: the oracle of every test, the fallback where
 * WebAssembly SIMD is missing, and `softpool/reference` for the tests of others. It is written to
 * be read beside the formula, not to be fast.
 *
 *     w_i = exp(β x_i) / Σ_j exp(β x_j)        y = Σ_i w_i x_i
 *
 * Infinities are the limit of the formula as those inputs grow together; β = 0 is the limit from
 * above. +∞ takes all weight, divided evenly among a window's +∞. −∞ has weight 0, but a window
 * that holds only −∞ weights its elements evenly.
 *
 * With shared weights a position counts once for each of its channels that is +∞. A −∞ at a
 * position that has weight through another channel makes its own channel's output −∞, unless that
 * channel also has a +∞, which wins. A finite input has weight, however small, even where a
 * floating-point number has underflowed to 0; only beside a +∞ its weight is 0.
 */
import type { Operator } from '../api/options.ts';
import type { DType } from '../api/tensor.ts';
import type { PoolGeometry } from '../geometry/pool-geometry.ts';
import { product } from '../geometry/product.ts';
import { windows } from '../geometry/window-taps.ts';
import { copyFromZeros, copyIntoZeros, withZeros } from '../geometry/zeros.ts';

/** The smallest normal number and the smallest number of the type that each is computed with. */
const SMALLEST = {
  float64: { normal: 2 ** -1022, any: 2 ** -1074 },
  float32: { normal: 2 ** -126, any: 2 ** -149 },
  float16: { normal: 2 ** -126, any: 2 ** -149 },
} as const;

/** Computes the output's elements, in the layout of the input. */
export function forward(x: ArrayLike<number>, geometry: PoolGeometry, operator: Operator): Float64Array {
  if (geometry.zeros !== undefined) return forward(paddedWithZeros(x, geometry), withZeros(geometry), operator);
  const { beta, weights } = operator;
  const y = new Float64Array(product(geometry.outputShape));
  for (const { taps, channels } of windows(geometry, weights)) {
    const inputs = channels.map(({ input }) => taps.map((tap) => x[input + tap] as number));
    const { total, weighs } = softmax(inputs, beta);
    channels.forEach(({ output }, c) => {
      y[output] = weightedSum(inputs[c] as number[], total, weighs);
    });
  }
  return y;
}

/**
 * Computes dL/dx from dy = dL/dy. As a lower limit (paper, section 3.2), the weight of a finite
 * input is at least the smallest normal number of the type, and its product with dL/dy, unless that
 * is 0, at least the smallest number in magnitude.
 */
export function backward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  geometry: PoolGeometry,
  operator: Operator,
  dtype: DType = 'float64',
): Float64Array {
  if (geometry.zeros !== undefined) {
    const padded = backward(paddedWithZeros(x, geometry), dy, withZeros(geometry), operator, dtype);
    const cropped = new Float64Array(product(geometry.inputShape));
    copyFromZeros(padded, cropped, geometry);
    return cropped;
  }
  const dx = gradientSums(x, dy, geometry, operator, dtype);
  if (dx.every(Number.isFinite)) return dx;
  // Sums that overflow are computed again, as multiples of a small number.
  const scaled = gradientSums(
    x,
    Array.from(dy, (g) => g * SCALE),
    geometry,
    operator,
    dtype,
  );
  return dx.map((value, i) => (Number.isFinite(value) ? value : (scaled[i] as number) / SCALE));
}

const SCALE = 2 ** -64;

function gradientSums(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  geometry: PoolGeometry,
  { beta, weights, gradient }: Operator,
  dtype: DType,
): Float64Array {
  const dx = new Float64Array(product(geometry.inputShape));
  for (const { taps, channels } of windows(geometry, weights)) {
    const inputs = channels.map(({ input }) => taps.map((tap) => x[input + tap] as number));
    const g = channels.map(({ output }) => dy[output] as number);
    const { total, perChannel, weighs } = softmax(inputs, beta);
    const centers = inputs.map((values) => meanLogit(values, total, weighs, beta));
    const infinite = inputs.some((values) => values.includes(Number.POSITIVE_INFINITY));
    taps.forEach((tap, i) => {
      const finite = inputs.some((values) => Number.isFinite(values[i]));
      const weight = finite ? atLeast(total[i] as number, SMALLEST[dtype].normal) : (total[i] as number);
      // The gradient of this position's logit: Σ_c g_c β (x_ci − y_c) over the channels whose y is
      // finite.
      const logitGradient = sum(
        centers.map((center, c) => (center ? (g[c] as number) * (logit(inputs[c]?.[i] as number, center.max, beta) - center.mean) : 0)),
      );
      channels.forEach(({ input }, c) => {
        const share = (perChannel[c] as number[])[i] as number;
        const moves = gradient === 'exact' && !infinite && share > 0 && Number.isFinite((inputs[c] as number[])[i]);
        const own = weight * (g[c] as number);
        const least = gradient === 'weights' && weight > 0 ? Math.sign(g[c] as number) * SMALLEST[dtype].any : 0;
        (dx[input + tap] as number) += (Math.abs(own) < Math.abs(least) ? least : own) + (moves ? share * logitGradient : 0);
      });
    });
  }
  return dx;
}

function paddedWithZeros(x: ArrayLike<number>, geometry: PoolGeometry): Float64Array {
  const padded = new Float64Array(product(withZeros(geometry).inputShape));
  copyIntoZeros(Float64Array.from(x), padded, geometry);
  return padded;
}

/**
 * The softmax over a window's positions. `total` is each position's weight, `perChannel` each
 * channel's share of it, and `weighs` whether it is above 0 before any underflow.
 */
function softmax(inputs: number[][], beta: number): { total: number[]; perChannel: number[][]; weighs: boolean[] } {
  const max = inputs.flat().reduce(maximum, Number.NEGATIVE_INFINITY);
  const masses = inputs.map((values) =>
    values.map((x) => {
      if (Number.isNaN(max)) return Number.NaN;
      if (x === max) return 1; // exp(0), and the limit if max is infinite
      return Number.isFinite(x) && Number.isFinite(max) ? Math.exp(logit(x, max, beta)) : 0;
    }),
  );
  const mass = sum(masses.flat());
  const perChannel = masses.map((values) => values.map((value) => value / mass));
  const total = (perChannel[0] as number[]).map((_, i) => sum(perChannel.map((values) => values[i] as number)));
  const weighs = total.map((weight, i) => (Number.isFinite(max) ? inputs.some((values) => Number.isFinite(values[i])) : weight > 0));
  return { total, perChannel, weighs };
}

/**
 * Σ w_i x_i, summed as differences from the maximum, so that it neither overflows nor leaves [min,
 * max].
 */
function weightedSum(x: number[], weights: number[], weighs: boolean[]): number {
  if (weights.some(Number.isNaN)) return Number.NaN;
  const weighted = x.filter((_, i) => (weights[i] as number) > 0);
  if (weighted.includes(Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  if (x.some((value, i) => value === Number.NEGATIVE_INFINITY && weighs[i])) return Number.NEGATIVE_INFINITY;
  const max = weighted.reduce(maximum);
  const min = weighted.reduce((least, value) => Math.min(least, value));
  const scale = Number.isFinite(max - min) ? 1 : 0.5; // the difference of ±max overflows
  const below = sum(x.map((value, i) => ((weights[i] as number) > 0 ? (weights[i] as number) * (value * scale - max * scale) : 0)));
  return Math.max(min, (max * scale + below) / scale);
}

/**
 * A channel's maximum, and its mean logit Σ w β (x − max). β (x − y) is β (x − max) minus that,
 * without rounding y first. Undefined if y is not finite.
 */
function meanLogit(x: number[], weights: number[], weighs: boolean[], beta: number): { max: number; mean: number } | undefined {
  if (!Number.isFinite(weightedSum(x, weights, weighs))) return undefined;
  const weighted = x.map((value, i) => ({ value, weight: weights[i] as number })).filter(({ weight }) => weight > 0);
  const max = weighted.map(({ value }) => value).reduce(maximum);
  return { max, mean: sum(weighted.map(({ value, weight }) => weight * logit(value, max, beta))) };
}

/** β (a − b), also where a − b overflows. */
function logit(a: number, b: number, beta: number): number {
  const difference = a - b;
  return Number.isFinite(difference) ? beta * difference : 2 * beta * (a / 2 - b / 2);
}

function maximum(a: number, b: number): number {
  return Math.max(a, b); // NaN if one is NaN
}

function atLeast(value: number, floor: number): number {
  return Math.max(value, floor); // NaN if value is NaN
}

/**
 * Neumaier's compensated sum: the oracle's error stays below one unit in the last place for windows
 * of any size.
 */
function sum(values: number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
}
