/**
 * The error that each element of a result may have: the contract's table, and the scales it refers
 * to.
 *
 * The forward pass: `relative` times the larger of |y| and the range of the window's finite inputs.
 *
 * The paper's gradient, Σ w g: `relative` times Σ |g| over the windows that hold the element.
 *
 * The exact gradient has terms larger than |g|, and their sum cannot be more exact than they are.
 * With logits as distances from the maxima, t_ki = β (max − x_ki) over all channels k that share
 * weights, l_ci = β (max_c − x_ci) in one channel, and share_ki = e^(−t_ki) / Σ e^(−t),
 *
 *     dx_ki = Σ_windows ( W_i g_k + share_ki Σ_c g_c (L_c − l_ci) )
 *     W_i = Σ_k share_ki        L_c = Σ_i W_i l_ci
 *
 * A rounding error in t_ki changes share_ki by t_ki times as much, so that a share counts as a_ki =
 * share_ki (1 + t_ki) and a weight as A_i = Σ_k a_ki. The scale of dx_ki is the same sum, of
 * magnitudes:
 *
 *     Σ_windows ( |g_k| + a_ki Σ_c |g_c| (1 + Λ_c + l_ci) )        Λ_c = Σ_i A_i l_ci
 *
 * where the 1 is the unit of logits: smaller ones need not be exact to their last bit. For one
 * channel l = t, and the bracket is a small multiple of |g| for all inputs. For several it can be
 * large, if a channel varies much at positions whose weight comes from another.
 *
 * An element in several windows is a sum of as many terms, and every addition may lose half a unit
 * of its result, however exact the terms are: each window after the first allows another `step`
 * times the sum of the terms' magnitudes.
 *
 * A NaN in dL/dy may give 0 or NaN for an element without weight: its tolerance is infinite.
 */
import type { DType, Gradient, Operator, PoolGeometry } from 'softpool/internal';
import { product } from 'softpool/internal';

interface Tolerance {
  /**
   * Relative to the scale: two units in the last place of float32, in which float16 is computed
   * too.
   */
  readonly relative: number;
  /** Half a unit in the last place, which a step of a long sum may lose. */
  readonly step: number;
  /** The spacing of the smallest numbers computed with: every product may lose one. */
  readonly spacing: number;
  /**
   * Weights below this may be lost: e^−80 is near the end of float32's range, e^−700 of float64's.
   */
  readonly leastWeight: number;
  /** The largest number of the type. */
  readonly largest: number;
  /** The error of rounding the result to the type. */
  readonly rounding: (magnitude: number) => number;
}

/** The contract. */
export const TOLERANCES: Record<DType, Tolerance> = {
  float64: {
    relative: 1e-14,
    step: 2 ** -53,
    spacing: 2 ** -1074,
    leastWeight: Math.exp(-700),
    largest: Number.MAX_VALUE,
    rounding: () => 0,
  },
  float32: {
    relative: 2 * 2 ** -23,
    step: 2 ** -24,
    spacing: 2 ** -149,
    leastWeight: Math.exp(-80),
    largest: (2 - 2 ** -23) * 2 ** 127,
    rounding: () => 0,
  },
  float16: {
    relative: 2 * 2 ** -23,
    step: 2 ** -24,
    spacing: 2 ** -149,
    leastWeight: Math.exp(-80),
    largest: 65504,
    rounding: halfUnitOfFloat16,
  },
};

/** Half the distance between the float16 numbers around a magnitude. */
function halfUnitOfFloat16(magnitude: number): number {
  return 2 ** (Math.max(-14, Math.min(15, Math.floor(Math.log2(magnitude)))) - 11);
}

/** Bounds of the outputs. */
export interface ForwardBounds {
  /**
   * The formula in plain float64 loops, for finite inputs of moderate size; the definition covers
   * all.
   */
  readonly plain: Float64Array;
  readonly tolerance: Float64Array;
  /** The least, largest and mean of the window's inputs. */
  readonly least: Float64Array;
  readonly largest: Float64Array;
  readonly mean: Float64Array;
}

/**
 * The gradient in plain float64 loops, for finite inputs of moderate size, and each element's
 * tolerance.
 */
export interface GradientBounds {
  readonly plain: Float64Array;
  readonly tolerance: Float64Array;
}

/** The bounds of every output. */
export function forwardBounds(x: ArrayLike<number>, geometry: PoolGeometry, operator: Operator, dtype: DType): ForwardBounds {
  const { bounds, visit } = collectForward(geometry, dtype);
  eachWindow(x, geometry, operator, visit);
  return bounds;
}

/** The bounds of every element of a gradient. */
export function gradientBounds(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  geometry: PoolGeometry,
  operator: Operator,
  dtype: DType,
): GradientBounds {
  const { bounds, visit } = collectGradient(dy, geometry, operator, dtype);
  eachWindow(x, geometry, operator, visit);
  return bounds();
}

/** The bounds of the outputs and of gradients, in one pass over the windows. */
export function allBounds(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  geometry: PoolGeometry,
  operator: Omit<Operator, 'gradient'>,
  gradients: readonly Gradient[],
  dtype: DType,
): { forward: ForwardBounds; gradients: GradientBounds[] } {
  const forward = collectForward(geometry, dtype);
  const backward = gradients.map((gradient) => collectGradient(dy, geometry, { ...operator, gradient }, dtype));
  eachWindow(x, geometry, operator, (window) => {
    forward.visit(window);
    for (const { visit } of backward) visit(window);
  });
  return { forward: forward.bounds, gradients: backward.map(({ bounds }) => bounds()) };
}

function collectForward(geometry: PoolGeometry, dtype: DType): { bounds: ForwardBounds; visit: (window: WindowView) => void } {
  const { relative, spacing } = TOLERANCES[dtype];
  const size = product(geometry.outputShape);
  const [plain, tolerance, least, largest, mean] = Array.from({ length: 5 }, () => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const visit = ({ taps, channels, inputs, outputs, weights: finite }: WindowView): void => {
    const weights = weightsOfInfinities(inputs, taps, channels) ?? finite;
    for (let c = 0; c < channels; c++) {
      const at = outputs[c] as number;
      let [min, max, finiteMin, finiteMax] = [Infinity, -Infinity, Infinity, -Infinity];
      let [sum, below] = [0, 0];
      for (let i = 0; i < taps; i++) {
        const value = inputs[c * taps + i] as number;
        min = Math.min(min, value);
        max = Math.max(max, value);
        if (Number.isFinite(value)) {
          finiteMin = Math.min(finiteMin, value);
          finiteMax = Math.max(finiteMax, value);
        }
        sum += value / taps;
      }
      for (let i = 0; i < taps; i++) if (weights[i]) below += (weights[i] as number) * ((inputs[c * taps + i] as number) - max);
      plain[at] = max + below;
      least[at] = min;
      largest[at] = max;
      mean[at] = Math.min(max, sum); // rounding can take the sum beyond the largest number
      // The range of ±the largest float64 would overflow, so each end is scaled by itself.
      const range = finiteMax >= finiteMin ? relative * finiteMax - relative * finiteMin : 0;
      const magnitude = Number.isFinite(plain[at]) ? relative * Math.abs(plain[at] as number) : 0;
      tolerance[at] = Math.max(range, magnitude, spacing * Math.max(2, taps));
    }
  };
  return { bounds: { plain, tolerance, least, largest, mean }, visit };
}

function collectGradient(
  dy: ArrayLike<number>,
  geometry: PoolGeometry,
  operator: Operator,
  dtype: DType,
): { bounds: () => GradientBounds; visit: (window: WindowView) => void } {
  const { relative, step, spacing, leastWeight } = TOLERANCES[dtype];
  const size = product(geometry.inputShape);
  const [plain, tolerance] = [new Float64Array(size), new Float64Array(size)];
  const windows = new Uint32Array(size);
  const magnitude = new Float64Array(size); // of all terms; an infinity's weight is at most 1
  const exact = operator.gradient === 'exact';
  const group = operator.weights === 'shared' ? geometry.channels : 1;
  const most = mostTaps(geometry);
  // Of one window, reused for the next.
  const [g, magnitudes] = [new Float64Array(group), new Float64Array(group)];
  const weightErrors = new Float64Array(most);
  const own = new Float64Array(group * most); // l_ci
  const mean = new Float64Array(group); // L_c
  const meanMagnitude = new Float64Array(group); // Λ_c
  const visit = ({ taps, channels, inputs, offsets, outputs, logits, shares, weights }: WindowView): void => {
    for (let c = 0; c < channels; c++) {
      g[c] = dy[outputs[c] as number] as number;
      magnitudes[c] = Math.abs(g[c] as number);
    }
    const amplified = (k: number, i: number): number => {
      const share = shares[k * taps + i] as number;
      if (share === 0) return 0;
      // A share below the least may be lost, which matters if another channel varies without bound.
      return share * (1 + (logits[k * taps + i] as number)) + (channels > 1 && share < leastWeight ? leastWeight / relative : 0);
    };
    if (exact) {
      for (const kept of [weightErrors, own, mean, meanMagnitude]) kept.fill(0);
      for (let i = 0; i < taps; i++) {
        for (let k = 0; k < channels; k++) (weightErrors[i] as number) += amplified(k, i);
      }
      for (let c = 0; c < channels; c++) {
        let max = -Infinity;
        for (let i = 0; i < taps; i++) if (Number.isFinite(inputs[c * taps + i])) max = Math.max(max, inputs[c * taps + i] as number);
        for (let i = 0; i < taps; i++) {
          const value = inputs[c * taps + i] as number;
          if (!Number.isFinite(value)) continue;
          own[c * taps + i] = logit(operator.beta, max, value);
          if (weights[i] as number) (mean[c] as number) += (weights[i] as number) * (own[c * taps + i] as number);
          if (weightErrors[i] as number) (meanMagnitude[c] as number) += (weightErrors[i] as number) * (own[c * taps + i] as number);
        }
      }
    }
    for (let i = 0; i < taps; i++) {
      let [logitGradient, logitMagnitude] = [0, 0];
      for (let c = 0; exact && c < channels; c++) {
        logitGradient += (g[c] as number) * ((mean[c] as number) - (own[c * taps + i] as number));
        logitMagnitude += (magnitudes[c] as number) * (1 + (meanMagnitude[c] as number) + (own[c * taps + i] as number));
      }
      for (let k = 0; k < channels; k++) {
        const at = (offsets[k] as number) + (offsets[channels + i] as number);
        const share = shares[k * taps + i] as number;
        (plain[at] as number) += (weights[i] as number) * (g[k] as number) + (share > 0 ? share * logitGradient : 0);
        const moved = amplified(k, i);
        (windows[at] as number)++;
        const weight = Number.isFinite(inputs[k * taps + i]) ? (weights[i] as number) : 1;
        (magnitude[at] as number) += weight * (magnitudes[k] as number) + (share > 0 ? Math.abs(share * logitGradient) : 0);
        if (Number.isNaN(exact ? logitMagnitude : g[k])) tolerance[at] = Infinity;
        (tolerance[at] as number) += relative * ((magnitudes[k] as number) + (moved > 0 ? moved * logitMagnitude : 0)) + 2 * spacing;
      }
    }
  };
  const bounds = (): GradientBounds => {
    for (let at = 0; at < size; at++) {
      (tolerance[at] as number) += Math.max(0, (windows[at] as number) - 1) * step * (magnitude[at] as number);
    }
    return { plain, tolerance };
  };
  return { bounds, visit };
}

/** One window of all channels that share weights. Its arrays are reused for the next window. */
interface WindowView {
  readonly taps: number;
  readonly channels: number;
  /** The values of each channel: channels × taps. */
  readonly inputs: Float64Array;
  /** The first element of each channel in x; behind them, the offset of each tap from it. */
  readonly offsets: Int32Array;
  /** Each channel's element of y. */
  readonly outputs: Int32Array;
  /**
   * t = β (max − x), and its share e^−t / Σ e^−t: channels × taps; 0 for values that are not
   * finite.
   */
  readonly logits: Float64Array;
  readonly shares: Float64Array;
  /** The sum of the channels' shares for each tap. */
  readonly weights: Float64Array;
}

/** The number of elements of the largest window. */
function mostTaps({ axes }: PoolGeometry): number {
  return axes.reduce((size, { count }) => size * count.reduce((a, b) => Math.max(a, b)), 1);
}

function eachWindow(
  x: ArrayLike<number>,
  geometry: PoolGeometry,
  operator: Omit<Operator, 'gradient'>,
  visit: (window: WindowView) => void,
): void {
  const { layout, batch, channels: all } = geometry;
  const line = { inputSize: 1, outputSize: 1, start: [0], count: [1], dilation: 1 };
  const [depth, height, width] = [line, line, ...geometry.axes].slice(-3) as [typeof line, typeof line, typeof line];
  const inputSpace = depth.inputSize * height.inputSize * width.inputSize;
  const outputSpace = depth.outputSize * height.outputSize * width.outputSize;
  const first = layout === 'channelsFirst';
  const group = operator.weights === 'shared' ? all : 1;
  const most = mostTaps(geometry);
  const positions = new Int32Array(most);
  const offsets = new Int32Array(group + most);
  const outputs = new Int32Array(group);
  const [inputs, logits, shares] = [new Float64Array(group * most), new Float64Array(group * most), new Float64Array(group * most)];
  const weights = new Float64Array(most);
  let position = 0;
  for (let d = 0; d < depth.outputSize; d++) {
    for (let h = 0; h < height.outputSize; h++) {
      for (let w = 0; w < width.outputSize; w++, position++) {
        let taps = 0;
        for (let i = 0; i < (depth.count[d] as number); i++) {
          const slice = ((depth.start[d] as number) + i * depth.dilation) * height.inputSize;
          for (let j = 0; j < (height.count[h] as number); j++) {
            const row = (slice + (height.start[h] as number) + j * height.dilation) * width.inputSize;
            for (let k = 0; k < (width.count[w] as number); k++) positions[taps++] = row + (width.start[w] as number) + k * width.dilation;
          }
        }
        for (let n = 0; n < batch; n++) {
          for (let c = 0; c < all; c += group) {
            for (let k = 0; k < group; k++) {
              offsets[k] = n * all * inputSpace + (c + k) * (first ? inputSpace : 1);
              outputs[k] = n * all * outputSpace + (c + k) * (first ? outputSpace : 1) + position * (first ? 1 : all);
            }
            for (let i = 0; i < taps; i++) offsets[group + i] = (positions[i] as number) * (first ? 1 : all);
            for (let k = 0; k < group; k++) {
              for (let i = 0; i < taps; i++) inputs[k * taps + i] = x[(offsets[k] as number) + (offsets[group + i] as number)] as number;
            }
            softmax(operator.beta, taps, group, inputs, logits, shares, weights);
            visit({ taps, channels: group, inputs, offsets, outputs, logits, shares, weights });
          }
        }
      }
    }
  }
}

function softmax(
  beta: number,
  taps: number,
  channels: number,
  inputs: Float64Array,
  logits: Float64Array,
  shares: Float64Array,
  weights: Float64Array,
): void {
  let max = -Infinity;
  for (let j = 0; j < taps * channels; j++) if (Number.isFinite(inputs[j])) max = Math.max(max, inputs[j] as number);
  let total = 0;
  for (let j = 0; j < taps * channels; j++) {
    const finite = Number.isFinite(inputs[j]);
    logits[j] = finite ? logit(beta, max, inputs[j] as number) : 0;
    shares[j] = finite ? Math.exp(-(logits[j] as number)) : 0;
    total += shares[j] as number;
  }
  weights.fill(0);
  for (let j = 0; j < taps * channels; j++) {
    (shares[j] as number) /= total || 1;
    (weights[j % taps] as number) += shares[j] as number;
  }
}

/** The share of each tap in the +∞ of a window, which then have all the weight, if it holds one. */
function weightsOfInfinities(inputs: Float64Array, taps: number, channels: number): Float64Array | undefined {
  const window = inputs.subarray(0, taps * channels);
  if (!window.includes(Infinity)) return undefined;
  const shares = new Float64Array(taps);
  const total = window.filter((value) => value === Infinity).length;
  for (const [j, value] of window.entries()) if (value === Infinity) (shares[j % taps] as number) += 1 / total;
  return shares;
}

/** β (max − x), also where the difference overflows. */
function logit(beta: number, max: number, x: number): number {
  return Number.isFinite(max - x) ? beta * (max - x) : 2 * beta * (max / 2 - x / 2);
}
