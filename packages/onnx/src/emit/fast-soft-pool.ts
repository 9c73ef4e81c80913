/**
 * Soft pooling for CPUs: few operators, on large tensors, and a guard. Over windows:
 *
 *     e = exp(β x)        t = e x        y = pool(t) / pool(e)
 *
 * where `pool` adds up windows. Over the whole input, with m = max x:
 *
 *     d = x − m        e = exp(β d)        y = m + Σ e d / Σ e
 *
 * These are the values of soft-pool.ts, unless a number overflows or all of a window's weights are
 * so small that they lose digits. The guard sees that in the small result, and an `If` then takes
 * the operators of soft-pool.ts. Infinities and NaN make sums that are not finite, so they go there
 * too.
 *
 * An `If` reads its condition on the processor, for which a GPU waits. So this form is for CPUs.
 */
import { create } from '@bufbuild/protobuf';
import type { PoolingWindow } from '@softpool/surgery';
import { type GraphProto, TensorProtoSchema } from 'onnx-buf';
import { product } from 'softpool/internal';
import { AUTO_PAD, padsInOrder } from '../graph/window-geometry.ts';
import { overAxis, reducedToScalar } from './axes.ts';
import { globalShapes } from './global-shape.ts';
import { DATA_TYPES, type NodeList } from './node-list.ts';
import type { SoftPooling } from './pooling.ts';
import { subgraph } from './subgraph.ts';
import { padsOf, withZeros } from './windows.ts';

/** A result that is right if the guard says so. */
interface FastResult {
  /** The guard: a boolean without axes. */
  readonly isRight: string;
  /** Adds the last operator. It is in a branch, so that it writes into the output. */
  readonly finish: (branch: NodeList, output: string) => string;
}

/** Adds the fast operators and the guard, if there is a fast form. */
export function fastSoftPool(list: NodeList, x: string, pooling: SoftPooling): FastResult | undefined {
  const { window, beta, weights } = pooling;
  if (!isFast(pooling)) return undefined;
  if (window === undefined) return weights === 'perChannel' ? overEverything(list, x, beta) : undefined;
  const sum = windowSum(pooling, list.opset);
  return sum === undefined ? undefined : overWindows(list, x, { ...pooling, window }, sum);
}

/** Whether there may be a fast form. ONNX Runtime's AveragePool has no float64. */
function isFast({ target, elementType, beta }: SoftPooling): boolean {
  return target === 'cpu' && elementType !== 'float64' && beta >= LEAST_BETA && beta <= 1 / LEAST_BETA;
}

/** The result of the fast operators if they are right, and otherwise of the stable ones. */
export function either(
  list: NodeList,
  { isRight, finish }: FastResult,
  stable: (branch: NodeList, output: string) => string,
  output?: string,
): string {
  const branch = (role: 'fast' | 'stable', add: (nodes: NodeList, result: string) => string): GraphProto => {
    const nodes = list.branch(role);
    return subgraph(role, nodes, add(nodes, nodes.nameOf('result')));
  };
  return list.op('If', [isRight], { then_branch: branch('fast', finish), else_branch: branch('stable', stable) }, output);
}

/** With a smaller β, or one above its inverse, products with β may leave the range of float32. */
const LEAST_BETA = 2 ** -20;

/** With a larger β, exponentials of usual activations overflow, and the work is lost. */
const LARGEST_BETA = 4;

/** With more, rounding errors of the sums exceed the contract of four units in the last place. */
const MOST_TAPS = 64;

/** How windows are added up. */
type WindowSum = 'AveragePool' | 'Conv';

/**
 * The fastest operator that adds up windows, or `undefined` if slices are faster. From opset 19 on,
 * ONNX Runtime's AveragePool is slow; before, it has no dilations. A depthwise Conv has neither
 * problem, but must know the number of channels, and is fast along two axes only.
 */
function windowSum({ window, beta, channels }: SoftPooling, opset: number): WindowSum | undefined {
  if (window === undefined || beta > LARGEST_BETA) return undefined;
  const { kernelSize, stride, dilation, padding } = window;
  const taps = tapsOf(window);
  if (taps === 1 || taps > MOST_TAPS) return undefined;
  const isDilated = dilation.some((step) => step > 1);
  // ONNX Runtime refuses auto_pad with dilations, and with a stride by which padding is negative.
  if (typeof padding === 'string' && (isDilated || kernelSize.some((size, axis) => size < (stride[axis] ?? 1)))) return undefined;
  if (opset < 19 && !isDilated) return 'AveragePool';
  return channels === undefined || kernelSize.length !== 2 ? undefined : 'Conv';
}

function tapsOf({ kernelSize }: PoolingWindow): number {
  return product(kernelSize);
}

/** Whether a pooling over windows has a fast form. */
export function hasFastWindows(pooling: SoftPooling, opset: number): boolean {
  return isFast(pooling) && windowSum(pooling, opset) !== undefined;
}

/** Whether the operators for a pooling depend on the number of its channels. */
export function dependsOnChannels(pooling: SoftPooling, opset: number): boolean {
  return isFast(pooling) && windowSum(pooling, opset) === 'Conv';
}

function overWindows(list: NodeList, input: string, pooling: SoftPooling & { readonly window: PoolingWindow }, sum: WindowSum): FastResult {
  const { op, scalar } = list;
  const { beta, weights, channels } = pooling;
  const isShared = weights === 'shared';
  const { x, window } = withZeros(list, input, pooling.window, (value) => scalar('float32', value));
  const exponentials = op('Exp', [scaled(list, x, beta)]);
  const masses = isShared ? overAxis(list, 'ReduceSum', exponentials, 1) : exponentials;
  const sumOver = (tensor: string, count = 1): string =>
    sum === 'AveragePool' ? averagePool(list, tensor, window) : depthwiseConv(list, tensor, window, count);
  const mass = sumOver(masses, isShared ? 1 : channels);
  const moment = sumOver(op('Mul', [masses, x]), channels);
  const checks = [
    op('Greater', [reducedToScalar(list, 'ReduceMin', mass), scalar('float32', LEAST_MASS)]),
    hasFiniteSum(list, moment),
    // Where a channel's own mass overflows, so does its moment. A shared mass may overflow alone.
    ...(isShared ? [op('Less', [reducedToScalar(list, 'ReduceMax', mass), scalar('float32', 1 / LEAST_MASS)])] : []),
  ];
  return {
    isRight: checks.reduce((all, check) => op('And', [all, check])),
    finish: (branch, output) => branch.op('Div', [moment, mass], {}, output),
  };
}

/**
 * The least sum of a window's weights. Weights that are 0 by underflow are below 1e-38, so they are
 * at most 1e-8 of it, which float32 does not tell from nothing.
 */
const LEAST_MASS = 1e-30;

/** The mean over each window. Padding counts as zeros, by which the ratio of two means stays. */
function averagePool(list: NodeList, x: string, window: PoolingWindow): string {
  const { kernelSize, stride } = window;
  return list.op('AveragePool', [x], { kernel_shape: kernelSize, strides: stride, count_include_pad: 1, ...padAttributes(window) });
}

/**
 * The sum over each window. Many taps are added up along one axis after the other, by which
 * rounding errors grow less.
 */
function depthwiseConv(list: NodeList, x: string, window: PoolingWindow, channels: number): string {
  if (tapsOf(window) <= 9) return sumByConv(list, x, window, channels);
  return window.kernelSize.reduce((tensor, _, axis) => sumByConv(list, tensor, alongAxis(window, axis), channels), x);
}

function sumByConv(list: NodeList, x: string, window: PoolingWindow, channels: number): string {
  const { kernelSize, stride, dilation } = window;
  const value = create(TensorProtoSchema, { dataType: DATA_TYPES.float32, dims: [1n], floatData: [1] });
  const ones = list.op('ConstantOfShape', [list.integers(channels, 1, ...kernelSize)], { value });
  const attributes = { kernel_shape: kernelSize, strides: stride, dilations: dilation, group: channels };
  return list.op('Conv', [x, ones], { ...attributes, ...padAttributes(window) });
}

/** The part of a window along an axis. */
function alongAxis({ kernelSize, stride, dilation, padding, ceilMode }: PoolingWindow, axis: number): PoolingWindow {
  const only = <T>(values: readonly T[], other: T): T[] => values.map((value, i) => (i === axis ? value : other));
  return {
    kernelSize: only(kernelSize, 1),
    stride: only(stride, 1),
    dilation: only(dilation, 1),
    padding: typeof padding === 'string' ? padding : only(padding, [0, 0] as const),
    ceilMode,
  };
}

function padAttributes(window: PoolingWindow): Record<string, string | readonly number[]> {
  const { padding } = window;
  if (typeof padding === 'string') return { auto_pad: AUTO_PAD[padding] };
  return { pads: padsInOrder(padsOf(window, padding)) };
}

function overEverything(list: NodeList, x: string, beta: number): FastResult {
  const { op } = list;
  const shapes = globalShapes(list, x);
  const flat = op('Reshape', [x, shapes.flat]);
  const max = overAxis(list, 'ReduceMax', flat, 2);
  const differences = op('Sub', [flat, max]);
  const exponentials = op('Exp', [scaled(list, differences, beta)]);
  const mass = overAxis(list, 'ReduceSum', exponentials, 2);
  const moment = overAxis(list, 'ReduceSum', op('Mul', [exponentials, differences]), 2);
  return {
    isRight: hasFiniteSum(list, moment),
    finish: (branch, output) =>
      branch.op('Reshape', [branch.op('Add', [max, branch.op('Div', [moment, mass])]), shapes.result], {}, output),
  };
}

function scaled(list: NodeList, x: string, beta: number): string {
  return beta === 1 ? x : list.op('Mul', [x, list.scalar('float32', beta)]);
}

/** Whether the sum of a tensor is finite, and so all of it. */
function hasFiniteSum(list: NodeList, tensor: string): string {
  const total = reducedToScalar(list, 'ReduceSum', tensor);
  return list.op('Equal', [list.op('Sub', [total, total]), list.scalar('float32', 0)]);
}
