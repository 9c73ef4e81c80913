/** Rank, prediction and loss of a sample from its logits. */

/**
 * Number of classes ranked before the label by logit: 0 if the label is the prediction. Among equal
 * logits the first ranks higher. Infinity if a logit is NaN.
 */
export function rankOfLabel(logits: Float32Array, label: number): number {
  const own = logits[label] as number;
  let rank = 0;
  for (let i = 0; i < logits.length; i++) {
    const other = logits[i] as number;
    if (Number.isNaN(other)) return Number.POSITIVE_INFINITY;
    if (other > own || (other === own && i < label)) rank++;
  }
  return rank;
}

/** Class with the largest logit, the first among equals; -1 if a logit is NaN. */
export function predictionOf(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) return -1;
    if ((logits[i] as number) > (logits[best] as number)) best = i;
  }
  return best;
}

/** Cross-entropy of one sample, ln Σ exp z − z_label, in float64. */
export function crossEntropyOf(logits: Float32Array, label: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - (logits[label] as number);
}
