/**
 * Soft pooling to a given size, by PyTorch's bins: bin i of n reaches from ⌊i · size / n⌋ to ⌈(i +
 * 1) · size / n⌉. Bins overlap, and their lengths differ by at most one. So the rows of all bins
 * are gathered one after another, each bin with as many rows as the longest, and pooled by windows
 * that do not overlap. A missing row is −∞, which has no weight.
 */
import type { Weights } from 'softpool';
import { channelsIn } from '../../emit/pooling.ts';
import { Refusal } from '../unsupported.ts';
import { imageOrder, spatialSizes, stored } from '../values.ts';
import { configOf, inputOf, type LayerCall, type LayerWriter, outputOf } from './layer-call.ts';
import { pooledSoftly } from './soft-pooling.ts';

interface AdaptiveConfig {
  readonly outputSize: readonly number[];
  readonly beta: number;
  readonly weights: Weights;
}

/** Layers that pool to a given size. */
export const ADAPTIVE_POOLING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  AdaptiveSoftPooling2D(call) {
    const { outputSize, beta, weights } = configOf<AdaptiveConfig>(call);
    const input = inputOf(call, imageOrder);
    const bins = spatialSizes(input).map((size, axis) => {
      if (size === null) throw new Refusal('the size of its input is unknown');
      return binsOf(size, outputSize[axis] ?? 1);
    });
    const gathered = bins.reduce((x, each, axis) => (isWhole(each) ? x : gather(call, x, axis, each)), input.name);
    const longest = bins.map((bin) => bin.longest);
    const window = { kernelSize: longest, stride: longest, dilation: [1, 1], padding: [NONE, NONE], ceilMode: false };
    return outputOf(call, pooledSoftly(call, gathered, { window, beta, weights, channels: channelsIn(stored(input, input.shape)) }), input);
  },
};

const NONE = [0, 0] as const;

/** The bins of an axis. */
interface Bins {
  /** The size of the axis. */
  readonly size: number;
  /** The length of the longest bin. */
  readonly longest: number;
  /** The same number of rows for each bin. A missing row is `size`, one after the last. */
  readonly rows: readonly number[];
}

function binsOf(size: number, count: number): Bins {
  const ranges = Array.from(
    { length: count },
    (_, bin) => [Math.floor((bin * size) / count), Math.ceil(((bin + 1) * size) / count)] as const,
  );
  const longest = Math.max(...ranges.map(([start, end]) => end - start));
  const rows = ranges.flatMap(([start, end]) => Array.from({ length: longest }, (_, row) => (start + row < end ? start + row : size)));
  return { size, longest, rows };
}

/** Whether the bins are the axis itself. */
function isWhole({ size, rows }: Bins): boolean {
  return rows.length === size && rows.every((row, index) => row === index);
}

function gather({ list }: LayerCall, x: string, axis: number, { size, rows }: Bins): string {
  const stored = axis + 2; // after batch and channels
  const one = [0, 0, 0, 0].map((_, each) => (each === stored ? 1 : 0));
  const isShort = rows.includes(size);
  const padded = isShort ? list.op('Pad', [x, list.integers(0, 0, 0, 0, ...one), list.scalar('float32', Number.NEGATIVE_INFINITY)]) : x;
  return list.op('Gather', [padded, list.integers(...rows)], { axis: stored });
}
