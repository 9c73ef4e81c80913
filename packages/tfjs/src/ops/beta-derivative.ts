/**
 * The derivative of soft pooling with respect to β. With weights per channel it is the variance in
 * the window:
 *
 *     dL/dβ = Σ g Σ w (x − y)²
 *
 * With shared weights, the weight of a position changes as u: the mean of its channels by their
 * shares of the weight, or one channel's part of it if each has its own β:
 *
 *     dL/dβ = Σ (Σ_c g w (x − y)) (u − Σ w u)
 *
 * In float32 these are exact only if every x is seen from its own window. So windows are laid side
 * by side, and numbers are taken from the maximum of the window, which is not rounded.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type PoolProblem, runSoftPool, runSoftPoolGrad } from './kernel.ts';
import { where } from './where.ts';
import { windowsApart } from './windows-apart.ts';

/** The largest finite number of float32. */
const HIGHEST = 3.4028234663852886e38;

/**
 * A weight of this or less is 0: the gradient kernels give elements far below the maximum the
 * smallest normal number, so that they can still be trained.
 */
const NO_WEIGHT = 1.2e-38;

/** x, y and g = dL/dy of a problem, and β over the β of the problem, a scalar or `[channels]`. */
export interface BetaProblem {
  readonly call: string;
  readonly problem: PoolProblem;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly dy: tf.Tensor;
  readonly factor: tf.Tensor;
}

/**
 * dL/dβ, in the shape of `factor`. A window whose mean is infinite has no part in it: it stays
 * infinite for every β.
 */
export function betaDerivative({ call, problem, x, y, dy, factor }: BetaProblem): tf.Tensor {
  const { layout, batch, channels } = problem.geometry;
  if (batch === 0) return tf.zerosLike(factor);
  const { elements, spread, problem: apart } = windowsApart(call, problem);
  const { axes, inputShape, outputShape } = apart.geometry;
  const isLast = layout === 'channelsLast';
  const channelAxis = isLast ? 2 : 1;
  const isOne = factor.rank === 0;
  // Three axes: TensorFlow.js's GPU backends lack many ops for five.
  const flat = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, isLast ? [batch, -1, channels] : [batch, channels, -1]);
  const factors = isOne || isLast ? factor : tf.expandDims(factor, 1);
  const collected = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, isOne ? undefined : isLast ? [0, 1] : [0, 2]);
  const overChannels = (reduce: typeof tf.max | typeof tf.sum, of: tf.Tensor): tf.Tensor => reduce(of, channelAxis, true);
  const toElements = (windows: tf.Tensor): tf.Tensor => flat(spread(tf.reshape(windows, [...outputShape])));
  const pooled = (values: tf.Tensor, beta: number): tf.Tensor => {
    const options = { ...apart.options, weights: 'perChannel', beta } as const;
    return flat(runSoftPool(call, tf.reshape(values, [...inputShape]), { ...apart, options }));
  };
  const taps = axes.reduce((product, { kernelSize }) => product * kernelSize, 1);
  /** Sums over windows, of finite numbers: β = 0 averages. */
  const summed = (terms: tf.Tensor): tf.Tensor => tf.mul(pooled(terms, 0), taps);

  const isOut = isInfinite(flat(y));
  const g = where(isOut, 0, flat(dy), isOut.shape);
  const given = flat(elements(x));
  const maximum = finite(pooled(given, HIGHEST));
  const fromMaximum = tf.sub(given, toElements(maximum));
  const isShared = problem.options.weights === 'shared';
  // With one β, shared weights are the same from any origin that all channels share.
  const fromOrigin = isOne ? tf.sub(given, toElements(tf.maximum(maximum, overChannels(tf.max, maximum)))) : given;
  const values = isShared ? fromOrigin : fromMaximum;
  const logits = tf.mul(values, factors);
  const weights = flat(runSoftPoolGrad(call, tf.reshape(logits, [...inputShape]), tf.ones([...outputShape]), apart));
  const w = where(tf.greater(weights, NO_WEIGHT), weights, 0, weights.shape);
  const fromMean = (numbers: tf.Tensor): tf.Tensor => tf.sub(numbers, toElements(summed(tf.mul(w, numbers))));
  const distance = fromMean(finite(fromMaximum));
  const weighted = tf.mul(w, distance);
  if (!isShared) return collected(tf.mul(g, summed(tf.mul(weighted, distance))));

  const exponents = tf.clipByValue(tf.mul(logits, problem.options.beta ?? 1), -HIGHEST, HIGHEST);
  const masses = tf.exp(tf.sub(exponents, overChannels(tf.max, exponents)));
  const shares = tf.div(masses, overChannels(tf.sum, masses));
  const moved = overChannels(tf.sum, tf.mul(weighted, toElements(g)));
  return collected(tf.mul(moved, fromMean(tf.mul(shares, finite(values)))));
}

function isInfinite(x: tf.Tensor): tf.Tensor {
  return tf.greater(tf.abs(x), HIGHEST);
}

/** x with 0 for the infinities: what has no weight would be NaN times 0. */
function finite(x: tf.Tensor): tf.Tensor {
  return where(isInfinite(x), 0, x, x.shape);
}
