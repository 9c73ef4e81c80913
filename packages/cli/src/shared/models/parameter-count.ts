/** Counts a network's parameters as `softpool models` does. */
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What batch normalization keeps beside its parameters. */
const STATISTICS = /\/moving_(?:mean|variance)$/;

/**
 * The number of parameters, frozen ones included. The moving means and variances of batch
 * normalization do not count: published numbers leave them out.
 */
export function parameterCount(model: LayersModel): number {
  const parameters = model.weights.filter(({ originalName }) => !STATISTICS.test(originalName));
  return parameters.reduce((sum, weight) => sum + weight.read().size, 0);
}
