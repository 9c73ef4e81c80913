/**
 * Padding that counts as zeros: the same call on the input with its zeros, unpadded. So every
 * kernel serves both kinds of padding, and a gradient leaves out what belongs to the zeros.
 */
import type { PoolGeometry } from './pool-geometry.ts';

/** The geometry of a call on its input with the zeros around it. */
export function withZeros(geometry: PoolGeometry): PoolGeometry {
  const { axes, layout, inputShape, spatialDims } = geometry;
  const first = inputShape.length - spatialDims - (layout === 'channelsFirst' ? 0 : 1);
  const shape = inputShape.map((size, at) => axes[at - first]?.inputSize ?? size);
  return { ...geometry, zeros: undefined, inputShape: shape };
}

/** An array whose parts can be copied. */
interface Numbers {
  readonly length: number;
  subarray(start: number, end: number): Numbers;
  set(values: never, offset: number): void;
}

/** Copies an input into an array of zeros, which has the shape of the padded input. */
export function copyIntoZeros(input: Numbers, padded: Numbers, geometry: PoolGeometry): void {
  for (const [at, paddedAt, length] of rows(geometry)) padded.set(input.subarray(at, at + length) as never, paddedAt);
}

/** Copies what lies between the zeros: from an array of the padded input's shape. */
export function copyFromZeros(padded: Numbers, input: Numbers, geometry: PoolGeometry): void {
  for (const [at, paddedAt, length] of rows(geometry)) input.set(padded.subarray(paddedAt, paddedAt + length) as never, at);
}

/** The rows of the input: where each starts, where it starts among the zeros, and its length. */
function* rows(geometry: PoolGeometry): Generator<readonly [at: number, paddedAt: number, length: number]> {
  const { axes, zeros = [], layout, batch, channels } = geometry;
  const [outer, inner] = layout === 'channelsFirst' ? [batch * channels, 1] : [batch, channels];
  const padded = [1, 1, 1, ...axes.map(({ inputSize }) => inputSize)].slice(-3) as [number, number, number];
  const around = [[0, 0] as const, [0, 0] as const, [0, 0] as const, ...zeros].slice(-3);
  const sizes = padded.map((size, at) => size - (around[at]?.[0] ?? 0) - (around[at]?.[1] ?? 0)) as [number, number, number];
  const before = around.map(([first]) => first) as [number, number, number];
  const length = sizes[2] * inner;
  for (let o = 0, at = 0; o < outer; o++) {
    for (let d = 0; d < sizes[0]; d++) {
      for (let h = 0; h < sizes[1]; h++, at += length) {
        const row = (o * padded[0] + d + before[0]) * padded[1] + h + before[1];
        yield [at, (row * padded[2] + before[2]) * inner, length];
      }
    }
  }
}
