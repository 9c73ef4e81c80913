/** The training loss. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean cross-entropy of logits [batch, classes] and labels. With smoothing ε the target of the
 * label is 1 − ε + ε/K and that of other classes ε/K (Szegedy et al., “Rethinking the Inception
 * Architecture”, section 7), as in PyTorch.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing = 0): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // oneHot's on and off values cannot do the smoothing: TensorFlow.js 4.22's wasm backend always
    // returns integers.
    const oneHot = tf.cast(tf.oneHot(labels, classes), 'float32');
    const targets = tf.add(tf.mul(oneHot, 1 - labelSmoothing), labelSmoothing / classes);
    return tf.neg(tf.div(tf.sum(tf.mul(targets, tf.logSoftmax(logits))), logits.shape[0])) as tf.Scalar;
  });
}
