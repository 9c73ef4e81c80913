/** Operators that sum, or average, the elements of windows. */
import type { PoolingWindow } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { attribute, attributeOf, integerOf, integersOf } from '../graph/attributes.ts';
import { nameOf } from '../graph/node-name.ts';
import { extentOf } from '../graph/window-geometry.ts';
import { hasPadding, windowOf } from '../surgery/windows.ts';
import type { Context } from './context.ts';
import { padsOf, padValueOf } from './movement.ts';
import type { Step } from './steps.ts';

/** The sums of the elements of windows, times a factor. */
export interface WindowSum {
  /** The window; `undefined` if it is the whole extent. */
  readonly window: PoolingWindow | undefined;
  /** What the mean of a window is multiplied by; 1 for a mean. */
  readonly factor: number;
  /** What is counted where a window reaches over the input: `'all'`, or what the node counts. */
  readonly counts: string;
  /** The number that fills the padding. */
  readonly fill: number;
}

/** The window sums of a node; a text says why it has none; `undefined` for other operators. */
export function windowSumOf(context: Context, node: NodeProto): WindowSum | string | undefined {
  if (node.opType === 'GlobalAveragePool') return { window: undefined, factor: 1, counts: 'all', fill: 0 };
  if (node.opType === 'AveragePool') {
    if (isWholeExtent(context, node)) return { window: undefined, factor: 1, counts: 'all', fill: 0 };
    const window = windowOf(node);
    if (typeof window === 'string') return `${called(node)}: ${window}`;
    const includes = integerOf(node, 'count_include_pad', 0) !== 0;
    const counts = !window.ceilMode && (includes || !hasPadding(window)) ? 'all' : countsOf(window, includes);
    return { window, factor: 1, counts, fill: 0 };
  }
  return node.opType === 'Conv' ? convolution(context, node) : undefined;
}

/** Whether an AveragePool has one window, the whole input. It may have more taps than others. */
function isWholeExtent(context: Context, node: NodeProto): boolean {
  const kernel = integersOf(node, 'kernel_shape');
  const sizes = context.shapeOf(node.input[0] ?? '')?.slice(2);
  const isPlain =
    ['auto_pad', 'dilations'].every((name) => attributeOf(node, name) === undefined) && !integersOf(node, 'pads')?.some((pad) => pad !== 0);
  return isPlain && kernel !== undefined && sizes?.join() === kernel.join();
}

/** What an AveragePool divides by at the border. */
function countsOf({ padding }: PoolingWindow, includesPads: boolean): string {
  return includesPads ? `the padding of ${String(padding)} too` : 'the elements of the input';
}

function called(node: NodeProto): string {
  return `${node.opType} ${nameOf(node)}`;
}

/** A convolution with one number everywhere, for each channel by itself. */
function convolution(context: Context, node: NodeProto): WindowSum | string {
  const weights = context.numbersOf(node.input[1] ?? '');
  if (weights === undefined) return `${called(node)}: its weights are not a constant in the model`;
  const [channels = 0, each = 0, ...kernel] = weights.shape;
  const [value = 0] = Array.from(weights.data);
  if (value === 0 || Array.from(weights.data).some((other) => other !== value))
    return `${called(node)}: its weights are not all the same number`;
  if (each !== 1 || integerOf(node, 'group', 1) !== channels) return `${called(node)}: it sums over channels`;
  const bias = node.input[2] ?? '';
  if (bias !== '') {
    const values = context.numbersOf(bias);
    if (values === undefined || Array.from(values.data).some((number) => number !== 0)) return `${called(node)}: it has a bias`;
  }
  const others = node.attribute.filter(({ name }) => ['strides', 'dilations', 'pads', 'auto_pad'].includes(name));
  const window = windowOf({ ...node, attribute: [...others, attribute('kernel_shape', integersOf(node, 'kernel_shape') ?? kernel)] });
  if (typeof window === 'string') return `${called(node)}: ${window}`;
  return { window, factor: value * product(kernel), counts: 'all', fill: 0 };
}

/**
 * Takes the Pad right before a window sum into its padding. Returns the sum and the steps before
 * that Pad, or why it does not fit.
 */
export function withPad(context: Context, sum: WindowSum, steps: readonly Step[]): { sum: WindowSum; steps: readonly Step[] } | string {
  const [step, ...rest] = steps;
  if (step?.kind === 'same') return withPad(context, sum, rest);
  if (step?.kind !== 'move' || step.node.opType !== 'Pad') return { sum, steps };
  const { node } = step;
  const { window } = sum;
  const pad = readPad(context, node);
  if (typeof pad === 'string') return pad;
  const { around, fill } = pad;
  if (around.every(([before, after]) => before + after === 0)) return withPad(context, sum, rest);
  if (window === undefined) return `${called(node)} pads before a sum of everything`;
  const merged = mergedPadding(window, around);
  if (typeof merged === 'string') return `${called(node)} ${merged}`;
  // What the node divides by at the border depends on the Pad; it cancels.
  const counts = sum.counts === 'all' ? 'all' : `${sum.counts}, after pads of ${around.join(' and ')}`;
  return { sum: { ...sum, window: merged, counts, fill }, steps: rest };
}

/** The pads around each spatial axis of a Pad with a constant, or why it is another. */
export function readPad(context: Context, node: NodeProto): { around: readonly (readonly [number, number])[]; fill: number } | string {
  const parameter = context.numbersOf;
  const given = integersOf(node, 'pads')?.length ?? parameter(node.input[1] ?? '')?.data.length ?? 0;
  const listed = parameter(node.input[3] ?? '');
  const rank = listed === undefined ? given / 2 : context.rankOf(node.input[0] ?? '');
  const at = (input: number) => parameter(node.input[input] ?? '');
  const pads = rank === undefined ? undefined : padsOf(node, rank, at);
  const fill = padValueOf(node, at);
  if (pads === undefined || pads.length < 3 || fill === undefined) return `${called(node)} does not pad by constant numbers`;
  const [outer, channels, ...around] = pads;
  if ([outer, channels].some((each) => each?.[0] !== 0 || each[1] !== 0)) return `${called(node)} pads batch or channels`;
  if (around.flat().some((each) => each < 0)) return `${called(node)} crops`;
  return { around, fill };
}

/**
 * A window with more padding. In ceil mode a window that starts in padding is dropped, but not one
 * that starts in elements: so the last window must start before them.
 */
export function mergedPadding(window: PoolingWindow, around: readonly (readonly [number, number])[]): PoolingWindow | string {
  const { padding, ceilMode, stride } = window;
  if (typeof padding === 'string') return 'pads before padding by auto_pad';
  if (around.length !== padding.length) return 'pads another number of axes';
  const all = padding.map(([before, after], axis) => [before + (around[axis]?.[0] ?? 0), after + (around[axis]?.[1] ?? 0)] as const);
  if (ceilMode && all.some(([, after], axis) => after + (stride[axis] ?? 1) > extentOf(window, axis))) {
    return 'pads so much that in ceil mode a window may start in the padding';
  }
  return { ...window, padding: all };
}
