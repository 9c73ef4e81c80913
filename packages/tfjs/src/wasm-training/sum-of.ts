import { add, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';

/** The sum of terms of the same shape. At most one of them is in memory beside the sum. */
export function sumOf<T extends Tensor>(shape: number[], terms: readonly (() => T)[]): T {
  const [first, ...others] = terms;
  let total = first === undefined ? (zeros(shape) as T) : tidy(first);
  for (const term of others) {
    const sum = tidy(() => add<T>(total, term()));
    total.dispose();
    total = sum;
  }
  return total;
}
