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
 * Every x is seen from its own window, as its distance from y, so that windows may lie far apart.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type PoolProblem, runSoftPool, runSoftPoolGrad } from './kernel.ts';
import { where } from './where.ts';
import { windowsApart } from './windows-apart.ts';

/** The largest finite number of float32. */
const HIGHEST = 3.4028234663852886e38;

/**
 * The gradient kernels give elements far below the maximum a weight of up to 2⁻¹²⁰, so that they
 * can still be trained. Here they have none.
 */
const NO_WEIGHT = 2 ** -119;

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
  const { elements, withWindows, problem: apart } = windowsApart(call, problem);
  const { axes } = apart.geometry;
  const [inputShape, outputShape] = [[...apart.geometry.inputShape], [...apart.geometry.outputShape]];
  const isLast = layout === 'channelsLast';
  const channelAxis = isLast ? 2 : 1;
  const isOne = factor.rank === 0;
  // Three axes: TensorFlow.js's GPU backends lack many ops for five.
  const flat = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, isLast ? [batch, -1, channels] : [batch, channels, -1]);
  const factors = isOne || isLast ? factor : tf.expandDims(factor, 1);
  const collected = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, isOne ? undefined : isLast ? [0, 1] : [0, 2]);
  const overChannels = (reduce: typeof tf.max | typeof tf.sum, of: tf.Tensor): tf.Tensor => reduce(of, channelAxis, true);
  const withOutput = (op: typeof tf.sub | typeof tf.mul, each: tf.Tensor, output: tf.Tensor): tf.Tensor =>
    flat(withWindows(op, tf.reshape(each, inputShape), tf.reshape(output, outputShape)));
  const taps = axes.reduce((size, { kernelSize }) => size * kernelSize, 1);
  /** Sums over windows, of finite numbers: β = 0 averages. */
  const summed = (terms: tf.Tensor): tf.Tensor => {
    const options = { ...apart.options, weights: 'perChannel', beta: 0 } as const;
    return tf.mul(flat(runSoftPool(call, tf.reshape(terms, inputShape), { ...apart, options })), taps);
  };

  const given = flat(elements(x));
  const gradient = flat(where(tf.notEqual(tf.abs(y), Number.POSITIVE_INFINITY), dy, 0, y.shape));
  const mean = finite(flat(y));
  const logits = tf.mul(given, factors);
  const weights = runSoftPoolGrad(call, tf.reshape(logits, inputShape), tf.ones(outputShape), apart);
  const w = tf.relu(tf.sub(flat(weights), NO_WEIGHT));
  const fromMean = (numbers: tf.Tensor): tf.Tensor => finite(withOutput(tf.sub, numbers, summed(tf.mul(w, numbers))));
  // y is rounded, which could not be squared where x is near the largest number.
  const distance = fromMean(finite(withOutput(tf.sub, finite(given), mean)));
  const weighted = tf.mul(w, distance);
  if (problem.options.weights !== 'shared') return collected(tf.mul(gradient, summed(tf.mul(weighted, distance))));

  // With one β, shared weights are the same from any origin that all channels share.
  const origin = tf.add(overChannels(tf.max, mean), tf.zerosLike(mean));
  const values = isOne ? finite(withOutput(tf.sub, finite(given), origin)) : finite(given);
  const exponents = finite(tf.mul(logits, problem.options.beta ?? 1));
  const masses = tf.exp(tf.sub(exponents, overChannels(tf.max, exponents)));
  const parts = tf.mul(tf.div(masses, overChannels(tf.sum, masses)), values);
  const moved = overChannels(tf.sum, withOutput(tf.mul, weighted, gradient));
  return collected(tf.mul(moved, fromMean(parts)));
}

/** x with the largest finite numbers for infinities, which are NaN times a weight of 0. */
function finite(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(x, -HIGHEST, HIGHEST);
}
