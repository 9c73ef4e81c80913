/** A geometry as lists of offsets into flat tensors, written to be read rather than to be fast. */
import type { Weights } from '../api/options.ts';
import type { PoolGeometry } from './pool-geometry.ts';
import { product } from './product.ts';

/** One output position. Channels in one window share their weights. */
interface Window {
  /** The offset of each tap from a channel's first element. */
  readonly taps: number[];
  /** The first element of each channel in the input, and its element of the output. */
  readonly channels: { readonly input: number; readonly output: number }[];
}

/**
 * Lists every window of a geometry: all channels together when they share weights, else each
 * channel by itself.
 */
export function* windows({ axes, layout, batch, channels, inputShape, outputShape }: PoolGeometry, weights: Weights): Generator<Window> {
  const inputSpace = product(axes.map((axis) => axis.inputSize));
  const outputSpace = product(axes.map((axis) => axis.outputSize));
  const first = layout === 'channelsFirst';
  const spatialStep = first ? 1 : channels;
  for (let position = 0; position < outputSpace; position++) {
    let taps = [0];
    let rest = position;
    let stride = spatialStep;
    for (const { inputSize, outputSize, start, count, dilation } of [...axes].reverse()) {
      const index = rest % outputSize;
      rest = Math.floor(rest / outputSize);
      const along = Array.from({ length: count[index] as number }, (_, tap) => ((start[index] as number) + tap * dilation) * stride);
      taps = along.flatMap((offset) => taps.map((tap) => tap + offset));
      stride *= inputSize;
    }
    for (let n = 0; n < batch; n++) {
      const origins = Array.from({ length: channels }, (_, c) => ({
        input: (n * product(inputShape)) / batch + c * (first ? inputSpace : 1),
        output: (n * product(outputShape)) / batch + c * (first ? outputSpace : 1) + position * spatialStep,
      }));
      if (weights === 'shared') yield { taps, channels: origins };
      else for (const origin of origins) yield { taps, channels: [origin] };
    }
  }
}
