/**
 * Soft pooling as standard operators. For one channel, whose taps are slices of the input
 * (windows.ts) or the whole input:
 *
 *     m = max x_i        d_i = x_i − m        e_i = exp(β d_i)        y = m + Σ e_i d_i / Σ e_i
 *
 * No term overflows, and only terms that are too small to count vanish: e_i ≤ 1 and d_i ≤ 0. Where
 * x is −∞ or d overflows, e_i is 0, and d_i is clamped to the type's lowest number, so that 0 · d_i
 * is 0. Where m is infinite, y is m. A NaN passes through all of it.
 *
 * It uses only operators that ONNX Runtime also has on a GPU. Sum, IsInf, IsNaN and Or are missing
 * there: their tensors would be copied to the CPU.
 *
 * If β is so small that e_i is not 0 where d overflows, d is halved first and added twice.
 *
 * Shared weights: e_i = Σ_c exp(β (x_ci − M)), where M is the maximum over channels and taps, and
 * y_c = m_c + Σ e_i (x_ci − m_c) / Σ e_i. Infinities follow the definition of `softpool`: +∞ takes
 * all the weight, in equal parts. A −∞ whose position gets weight from another channel makes the
 * output of its own channel −∞.
 */
import { TensorProto_DataType } from 'onnx-buf';
import { overAxis } from './axes.ts';
import { either, fastSoftPool, hasFastWindows } from './fast-soft-pool.ts';
import { globalShapes } from './global-shape.ts';
import { imageByImage } from './images.ts';
import { DATA_TYPES, type FloatType, type NodeList } from './node-list.ts';
import type { SoftPooling } from './pooling.ts';
import { padded, taps } from './windows.ts';

/** Adds the nodes that pool `x` into `y`. */
export function emitSoftPool(list: NodeList, x: string, y: string, pooling: SoftPooling): void {
  const { window, elementType } = pooling;
  const add = (nodes: NodeList, input: string, output?: string): string => softPooled(nodes, input, pooling, output);
  if (window === undefined || !hasFastWindows(pooling, list.opset)) add(list, x, y);
  else imageByImage(list, x, { rank: 2 + window.kernelSize.length, elementType }, add, y);
}

/** Pools a batch by the fast operators if there are any, and otherwise by the stable ones. */
function softPooled(list: NodeList, x: string, pooling: SoftPooling, output?: string): string {
  const isHalf = pooling.elementType === 'float16';
  const input = isHalf ? list.op('Cast', [x], { to: DATA_TYPES.float32 }) : x;
  const result = isHalf ? undefined : output;
  const fast = fastSoftPool(list, input, pooling);
  const pooled =
    fast === undefined
      ? stableSoftPool(list, input, pooling, result)
      : either(list, fast, (branch, name) => stableSoftPool(branch, input, pooling, name), result);
  return isHalf ? list.op('Cast', [pooled], { to: DATA_TYPES.float16 }, output) : pooled;
}

/** Pools any numbers. */
function stableSoftPool(list: NodeList, x: string, { window, beta, weights, elementType }: SoftPooling, output?: string): string {
  const type: FloatType = elementType === 'float64' ? 'float64' : 'float32';
  const pool = weights === 'shared' ? sharedSoftPool : softPool;
  if (window === undefined) {
    const { flat, result } = globalShapes(list, x);
    const elements = everything(list, list.op('Reshape', [x, flat]));
    return list.op('Reshape', [pool(list, elements, type, beta), result], {}, output);
  }
  const constant = (value: number): string => list.scalar(type, value);
  return pool(list, severalTaps(list, taps(list, padded(list, x, window, constant), window)), type, beta, output);
}

/**
 * The elements of all windows: a tensor per tap, or one tensor with all of them along its last
 * axis.
 */
interface Elements {
  readonly tensors: readonly string[];
  /** The maximum over a window. The tensors are like `tensors`, but may have a single channel. */
  readonly max: (tensors: readonly string[]) => string;
  readonly min: (tensors: readonly string[]) => string;
  readonly sum: (tensors: readonly string[]) => string;
  /** Whether `max` may miss a NaN. */
  readonly maxMissesNaN: boolean;
}

function severalTaps(list: NodeList, tensors: readonly string[]): Elements {
  return {
    tensors,
    max: (each) => list.op('Max', each),
    min: (each) => list.op('Min', each),
    sum: (each) => sumOf(list, each),
    maxMissesNaN: false,
  };
}

function everything(list: NodeList, flat: string): Elements {
  return {
    tensors: [flat],
    max: ([tensor = '']) => overAxis(list, 'ReduceMax', tensor, 2),
    min: ([tensor = '']) => overAxis(list, 'ReduceMin', tensor, 2),
    sum: ([tensor = '']) => overAxis(list, 'ReduceSum', tensor, 2),
    maxMissesNaN: true, // the standard does not say, and runtimes differ
  };
}

function softPool(list: NodeList, elements: Elements, type: FloatType, beta: number, output?: string): string {
  const { op } = list;
  const { halved, factors } = factorsOf(type, beta);
  const half = (tensor: string): string => (halved ? op('Mul', [tensor, list.scalar(type, 0.5)]) : tensor);
  const max = elements.max(elements.tensors);
  const origin = half(max);
  const differences = elements.tensors.map((tensor) => op('Sub', [half(tensor), origin]));
  const exponentials = differences.map((difference) => op('Exp', [scaled(list, difference, type, factors)]));
  const total = elements.sum(exponentials);
  // Halved differences may be as large as the largest number. Divided first, their sum does not
  // overflow.
  const masses = halved ? exponentials.map((each) => op('Div', [each, total])) : exponentials;
  const terms = differences.map((difference, i) => op('Mul', [masses[i] ?? '', op('Max', [difference, list.scalar(type, LOWEST[type])])]));
  const sum = elements.sum(terms);
  const below = halved ? sum : op('Div', [sum, total]);
  const once = op('Add', [max, below]);
  const finite = halved ? op('Add', [once, below]) : once;
  if (!elements.maxMissesNaN) return op('Where', [isInfinite(list, max, type), max, finite], {}, output);
  const isNumber = op('Not', [hasNaN(list, elements.tensors[0] ?? '')]);
  return op('Where', [op('And', [isInfinite(list, max, type), isNumber]), max, finite], {}, output);
}

function sharedSoftPool(list: NodeList, elements: Elements, type: FloatType, beta: number, output?: string): string {
  const { op } = list;
  const { halved, factors } = factorsOf(type, beta);
  const half = (tensor: string): string => op('Mul', [tensor, list.scalar(type, 0.5)]);
  const overChannels = (tensor: string): string => overAxis(list, 'ReduceSum', tensor, 1);
  const maxima = elements.tensors.map((tensor) => overAxis(list, 'ReduceMax', tensor, 1));
  const overall = elements.max(maxima);
  const origin = halved ? half(overall) : overall;
  const masses = elements.tensors.map((tensor) => {
    const difference = op('Sub', [halved ? half(tensor) : tensor, origin]);
    const exponential = op('Exp', [scaled(list, difference, type, factors)]);
    // Also for ∞ and ∞.
    return overChannels(op('Where', [op('Equal', [tensor, overall]), list.scalar(type, 1), exponential]));
  });
  const total = elements.sum(masses);
  const isBelowInfinity = op('Less', [overall, list.scalar(type, Number.POSITIVE_INFINITY)]);
  const max = elements.max(elements.tensors);
  const halfMax = half(max);
  const terms = elements.tensors.map((tensor, i) => {
    const own = maxima[i] ?? '';
    const isAbove = op('Greater', [own, list.scalar(type, Number.NEGATIVE_INFINITY)]);
    const hasWeight = op('And', [isAbove, isBelowInfinity]);
    const isLargest = op('Equal', [own, overall]);
    // Never 0 by underflow, so that its product is never 0 · ∞.
    const weight = op('Max', [op('Div', [masses[i] ?? '', total]), list.scalar(type, SMALLEST_NORMAL[type])]);
    const weighed = op('Where', [isLargest, tensor, op('Where', [hasWeight, tensor, max])]);
    return { weighed, term: op('Mul', [weight, op('Sub', [half(weighed), halfMax])]) };
  });
  const below = elements.sum(terms.map(({ term }) => term));
  const sum = op('Add', [op('Add', [max, below]), below]);
  // The whole weight may be on a channel's least element, far below its largest. Rounding must not
  // take the result below it.
  const finite = op('Max', [sum, elements.min(terms.map(({ weighed }) => weighed))]);
  const infinite = op('Where', [isInfinite(list, max, type), max, finite]);
  // Adds 0, or a NaN in all channels.
  return op('Add', [infinite, op('Mul', [total, list.scalar(type, 0)])], {}, output);
}

/**
 * β as factors that each keep the result in the type's range, and whether differences are halved.
 * If they are, β is doubled.
 */
function factorsOf(type: FloatType, beta: number): { halved: boolean; factors: readonly number[] } {
  const chunk = type === 'float32' ? 100 : 1000;
  const exponent = beta === 0 ? -2 * chunk : Math.max(-2 * chunk, Math.floor(Math.log2(beta)));
  const halved = exponent < -chunk;
  // Any difference becomes 0, and −∞ stays −∞.
  if (exponent <= -2 * chunk) return { halved, factors: [2 ** -chunk, 2 ** -chunk] };
  const factors: number[] = [];
  let rest = halved ? 2 * beta : beta;
  for (; rest >= 2 ** chunk; rest /= 2 ** chunk) factors.push(2 ** chunk);
  for (; rest < 2 ** -chunk; rest *= 2 ** chunk) factors.push(2 ** -chunk);
  return { halved, factors: rest === 1 ? factors : [rest, ...factors] };
}

function scaled(list: NodeList, tensor: string, type: FloatType, factors: readonly number[]): string {
  return factors.reduce((product, factor) => list.op('Mul', [product, list.scalar(type, factor)]), tensor);
}

/** Adds pairs, then pairs of sums: rounding errors grow more slowly than along one long sum. */
function sumOf(list: NodeList, tensors: readonly string[]): string {
  const [first = '', second] = tensors;
  if (second === undefined) return first;
  const half = Math.ceil(tensors.length / 2);
  return list.op('Add', [sumOf(list, tensors.slice(0, half)), sumOf(list, tensors.slice(half))]);
}

function isInfinite(list: NodeList, tensor: string, type: FloatType): string {
  return list.op('Equal', [list.op('Abs', [tensor]), list.scalar(type, Number.POSITIVE_INFINITY)]);
}

function hasNaN(list: NodeList, flat: string): string {
  const counted = list.op('Cast', [list.op('Not', [list.op('Equal', [flat, flat])])], { to: DATA_TYPES.float32 });
  return list.op('Cast', [overAxis(list, 'ReduceMax', counted, 2)], { to: TensorProto_DataType.BOOL });
}

/** The lowest finite numbers. */
const LOWEST = { float32: -(2 - 2 ** -23) * 2 ** 127, float64: -Number.MAX_VALUE } as const;

const SMALLEST_NORMAL = { float32: 2 ** -126, float64: 2 ** -1022 } as const;
