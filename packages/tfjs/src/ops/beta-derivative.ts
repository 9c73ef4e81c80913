/**
 * The derivative of soft pooling with respect to β. With weights per channel it is the variance in
 * the window, of the window's own mean:
 *
 *     dL/dβ = Σ g Σ w (x − y)²
 *
 * With shared weights, the weight of a position changes as u, the mean of its channels by their
 * shares of the weight, or one channel's part of it if each has its own β:
 *
 *     dL/dβ = Σ (Σ_c g w (x − y)) (u − a)
 *
 * for any a in a window: it is the average of u there, so that little cancels. For both, windows
 * are laid side by side, since an element in two windows has two y.
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
  const apart = windowsApart(call, problem);
  const { inputShape, outputShape } = apart.problem.geometry;
  const isLast = layout === 'channelsLast';
  const channelAxis = isLast ? 2 : 1;
  // Three axes: TensorFlow.js's GPU backends lack many ops for five.
  const flat = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, isLast ? [batch, -1, channels] : [batch, channels, -1]);
  const factors = factor.rank === 0 || isLast ? factor : tf.expandDims(factor, 1);
  const spread = (tensor: tf.Tensor): tf.Tensor => flat(apart.spread(tf.reshape(tensor, [...outputShape])));
  const pooled = (values: tf.Tensor, options: Partial<PoolProblem['options']> = {}): tf.Tensor => {
    const { geometry, options: own } = apart.problem;
    const changed = { geometry, options: { ...own, ...options } as PoolProblem['options'] };
    return flat(runSoftPool(call, tf.reshape(values, [...inputShape]), changed));
  };
  const weightsOf = (logits: tf.Tensor): tf.Tensor => {
    const w = flat(runSoftPoolGrad(call, tf.reshape(logits, [...inputShape]), tf.ones([...outputShape]), apart.problem));
    return where(tf.greater(w, NO_WEIGHT), w, 0, w.shape);
  };
  const collected = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, factor.rank === 0 ? undefined : isLast ? [0, 1] : [0, 2]);

  const mean = flat(y);
  const g = where(isInfinite(mean), 0, flat(dy), mean.shape);
  const elements = flat(apart.elements(x));
  const fromMean = tf.sub(elements, spread(finite(mean)));
  const distance = finite(fromMean);

  const variance = (): tf.Tensor => {
    const logits = tf.mul(fromMean, factors);
    const weighted = tf.mul(tf.mul(weightsOf(logits), distance), distance);
    // What is left of the mean: y is rounded.
    const rest = finite(tf.div(pooled(logits), factors));
    return tf.sub(collected(tf.mul(spread(g), weighted)), collected(tf.mul(g, tf.square(rest))));
  };
  const shared = (): tf.Tensor => {
    const logits = tf.mul(elements, factors);
    const moved = tf.sum(tf.mul(tf.mul(weightsOf(logits), distance), spread(g)), channelAxis, true);
    const exponents = tf.clipByValue(tf.mul(logits, problem.options.beta ?? 1), -HIGHEST, HIGHEST);
    const masses = tf.exp(tf.sub(exponents, tf.max(exponents, channelAxis, true)));
    const u = tf.mul(tf.div(masses, tf.sum(masses, channelAxis, true)), finite(elements));
    const held = where(tf.less(elements, -HIGHEST), Number.NEGATIVE_INFINITY, u, u.shape);
    const average = finite(pooled(held, { beta: 0, weights: 'perChannel' }));
    return collected(tf.mul(moved, tf.sub(u, spread(average))));
  };
  return problem.options.weights === 'shared' ? shared() : variance();
}

function isInfinite(x: tf.Tensor): tf.Tensor {
  return tf.greater(tf.abs(x), HIGHEST);
}

/** x with 0 for the infinities: what has no weight would be NaN times 0. */
function finite(x: tf.Tensor): tf.Tensor {
  return where(isInfinite(x), 0, x, x.shape);
}
