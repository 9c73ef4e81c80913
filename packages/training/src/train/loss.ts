/** The loss that is trained. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of logits [batch, classes] with labels, the mean over the batch. With a smoothing ε the target of the right class is 1 − ε + ε/K and that
 * of the others ε/K (Szegedy et al., "Rethinking the Inception Architecture", section 7), as in PyTorch.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing = 0): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // oneHot's own values are no way to smooth: TensorFlow.js 4.22's wasm backend gives integers, whatever type is asked for.
    const right = tf.cast(tf.oneHot(labels, classes), 'float32');
    const targets = tf.add(tf.mul(right, 1 - labelSmoothing), labelSmoothing / classes);
    return tf.neg(tf.div(tf.sum(tf.mul(targets, tf.logSoftmax(logits))), logits.shape[0])) as tf.Scalar;
  });
}
