/**
 * Sums of x · w divided by sums of w, where w is made of exponentials of x. Both sums are followed
 * down to the exponentials, and compared.
 */
import type { ElementType } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { nameOf } from '../graph/node-name.ts';
import { type Changes, exponentLimits, inputsOf, joined, numeratorLimits, sumLimits } from './changes.ts';
import type { Context } from './context.ts';
import { type Exponentials, exponentialsIn } from './exponentials.ts';
import { type Exponent, exponentOf, keyAfter, movesIn, type Scaled, scaledBy, stepsTo } from './exponents.ts';
import { followedPools } from './followed-pools.ts';
import { OTHER_SHIFTS, valuesBelow } from './followed-sums.ts';
import { type FoundPooling, floatTypeOf, type Match, TYPE_UNKNOWN } from './match.ts';
import { leastShare, type Sum, type Windows, windowsOf } from './ratio-windows.ts';
import { isReduction } from './reductions.ts';
import { chainFrom, pathTo, roundingIn, type Step, shiftsIn, standardProducer } from './steps.ts';
import { mergedPadding, readPad } from './window-sums.ts';

/** The ratio that a node computes, if it is one of sums with exponentials. */
export function ratioAt(context: Context, node: NodeProto): Match | undefined {
  const operands = divided(context, node);
  if (operands === undefined) return undefined;
  const [above, denominator] = [sumAt(context, operands[0]), sumAt(context, operands[1])];
  if (above === undefined || denominator === undefined) return undefined;
  const weight = exponentialsIn(context, denominator.node.input[0] ?? '');
  if (weight === undefined || above.producer?.opType !== 'Mul') return undefined;
  const [left = '', right = ''] = above.producer.input;
  const factors = [
    { x: left, w: right },
    { x: right, w: left },
  ].map(({ x, w }) => ({ x, weight: exponentialsIn(context, w) }));
  const candidates = factors.filter((each) => each.weight !== undefined);
  if (candidates.length === 0) return undefined;
  const form = `${above.node.opType}(x·${power(weight)}) / ${denominator.node.opType}(${power(weight)})`;
  if (typeof weight === 'string') return { node, form, found: weight };
  const below = { ...denominator, inner: weight.outer };
  let reason = '';
  for (const { x, weight: own } of candidates) {
    if (own === undefined || typeof own === 'string') {
      reason ||= own ?? '';
      continue;
    }
    const found = compared(context, above, below, { x, own, weight });
    if (typeof found !== 'string') return { node, form, found };
    reason ||= found;
  }
  return { node, form, found: reason };
}

function power(weight: Exponentials | string | undefined): string {
  return typeof weight === 'object' && weight.isShared ? 'Σ eˣ over channels' : 'eˣ';
}

/** What a node divides by what: also as a product with a reciprocal. */
function divided({ graph }: Context, node: NodeProto): readonly [above: string, below: string] | undefined {
  const [first = '', second = ''] = node.input;
  if (node.opType === 'Div') return [first, second];
  if (node.opType !== 'Mul') return undefined;
  const [left, right] = [standardProducer(graph, first), standardProducer(graph, second)];
  if (right?.opType === 'Reciprocal') return [first, right.input[0] ?? ''];
  return left?.opType === 'Reciprocal' ? [second, left.input[0] ?? ''] : undefined;
}

function sumAt({ graph }: Context, name: string): Sum | undefined {
  const { steps: outer, producer: node } = chainFrom(graph, name);
  if (node === undefined || !(SUMS.has(node.opType) || isReduction(node))) return undefined;
  const { steps: inner, source, producer } = chainFrom(graph, node.input[0] ?? '');
  return { outer, node, inner, source, producer };
}

const SUMS = new Set(['AveragePool', 'GlobalAveragePool', 'Conv']);

/** The factors of the numerator, and the weight of the denominator. */
interface Factors {
  readonly x: string;
  /** The weight in the numerator. */
  readonly own: Exponentials;
  /** The weight in the denominator. */
  readonly weight: Exponentials;
}

function compared(context: Context, above: Sum, below: Sum, factors: Factors): FoundPooling | string {
  const { x, weight } = factors;
  const windows = windowsOf(context, x, above, below, weight.isShared);
  if (typeof windows === 'string') return windows;
  const type = floatTypeOf(context, weight.node.output[0] ?? '');
  if (type === undefined) return TYPE_UNKNOWN;
  const exponents = exponentsOf(context, windows, factors);
  if (typeof exponents === 'string') return exponents;
  const [exponent] = exponents;
  const scales = scalesOf(windows, above, below, factors);
  const difference =
    (floatTypeOf(context, x) === 'float16' ? undefined : roundingOf(above, below, factors, exponents)) ??
    exponentDifference(exponents, factors) ??
    scaleDifference(scales) ??
    fillDifference(windows, exponent, scales.weight) ??
    shiftProblem(context, windows, above, below, factors, exponent);
  if (difference !== undefined) return difference;
  const changes = changesOf(exponent, scales, leastShare(windows), type);
  if (changes.refusal !== undefined) return changes.refusal;
  const result = { beta: exponent.beta, weights: weight.isShared ? 'shared' : 'perChannel', notes: changes.notes } as const;
  return located(context, x, windows, above, below, result);
}

/** The exponents of x in the numerator and the denominator, or why one does not lead to x. */
function exponentsOf(
  context: Context,
  windows: Windows,
  { x, own, weight }: Factors,
): readonly [ours: Exponent, theirs: Exponent] | string {
  const { graph, keys } = context;
  const wanted = keyAfter(keys, x, movesIn(windows.above));
  const values = new Set(valuesBelow(context, x));
  const isFollowed = windows.base !== undefined;
  const exponentAt = (line: Exponentials, outside: readonly NodeProto[]): Exponent | undefined => {
    const moves = line.isShared ? outside.filter(({ opType }) => !COME_BACK.has(opType)) : outside;
    if (!isFollowed && line.isShared && [...moves, ...movesIn(line.inner)].length > 0) return undefined;
    const steps = isFollowed
      ? pathTo(graph, line.exponent, (name) => values.has(name))
      : stepsTo(graph, keys, line.exponent, wanted, moves);
    return steps && exponentOf(steps, line.factor);
  };
  const ours = exponentAt(own, [...movesIn(windows.above), ...movesIn(own.outer)]);
  const theirs = exponentAt(weight, movesIn(windows.below));
  return ours !== undefined && theirs !== undefined ? [ours, theirs] : otherExponent(context, chainFrom(graph, x).source, weight);
}

/** Why the ratio has fewer digits than x. */
function roundingOf(above: Sum, below: Sum, { own, weight }: Factors, [ours, theirs]: readonly [Exponent, Exponent]): string | undefined {
  const weights = [...own.outer, ...own.inner, ...below.inner, ...weight.inner];
  return ours.rounding ?? theirs.rounding ?? roundingIn(weights, 'its weights') ?? roundingIn(above.inner, 'what it sums');
}

function exponentDifference([ours, theirs]: readonly [Exponent, Exponent], { own, weight }: Factors): string | undefined {
  if (own.isShared !== weight.isShared) return 'the weights of the numerator and the denominator differ: only one is summed over channels';
  if (own.isMean !== weight.isMean)
    return 'the weights of the numerator and the denominator differ: one is the sum over channels, the other their mean';
  if (ours.beta !== theirs.beta || ours.offset !== theirs.offset || ours.low !== theirs.low || ours.high !== theirs.high) {
    return `the exponents of the numerator and the denominator differ: ${exponentInWords(ours)} and ${exponentInWords(theirs)}`;
  }
  return ours.beta >= 0 ? undefined : `it multiplies x by ${ours.beta} in the exponent; SoftPool takes β ≥ 0`;
}

/** What multiplies, limits or is added to the parts of the ratio. */
interface Scales {
  /** Outside of the sums, with the windows' own factors. */
  readonly numerator: Scaled;
  readonly denominator: Scaled;
  /** Of x within the numerator's sum, and of the weights there and in the denominator's sum. */
  readonly values: Scaled;
  readonly ownWeight: Scaled;
  readonly weight: Scaled;
}

function scalesOf(windows: Windows, above: Sum, below: Sum, { own, weight }: Factors): Scales {
  return {
    numerator: withScale(scaledBy(above.outer), windows.factors[0]),
    denominator: withScale(scaledBy(below.outer), windows.factors[1]),
    values: scaledBy(windows.above),
    ownWeight: scaledBy([...own.outer, ...own.inner]),
    weight: scaledBy([...windows.below, ...weight.inner]),
  };
}

function scaleDifference({ numerator, denominator, values, ownWeight, weight }: Scales): string | undefined {
  const factor = (numerator.scale * values.scale * ownWeight.scale) / (denominator.scale * weight.scale);
  if (!(Math.abs(factor - 1) < 1e-6))
    return `its numerator and denominator have other factors: the result is ${Number(factor.toPrecision(6))} times soft pooling`;
  if (ownWeight.epsilon !== weight.epsilon || ownWeight.low !== weight.low || ownWeight.high !== weight.high) {
    return 'what is added to weights, or their limits, differ between the numerator and the denominator';
  }
  return undefined;
}

/**
 * Why the number that pads the weights is not the weight of a zero. Weights that channels share are
 * followed to their pads instead.
 */
function fillDifference({ fill }: Windows, { offset, low, high, shifts }: Exponent, weight: Scaled): string | undefined {
  if (fill === 0) return undefined;
  if (shifts.length > 0) return `it pads weights with ${fill}, which is not the weight of a zero, since its exponents are not of x alone`;
  const exponent = Math.min(high, Math.max(low, offset));
  const ofZero = Math.min(weight.high, Math.max(weight.low, weight.scale * Math.exp(exponent) + weight.epsilon));
  if (Math.abs(fill / ofZero - 1) < 1e-6) return undefined;
  return `it pads weights with ${fill}, and the weight of a zero is ${Number(ofZero.toPrecision(6))}`;
}

/** Why what is subtracted from the exponents, or moves shared weights, does not cancel. */
function shiftProblem(
  context: Context,
  windows: Windows,
  above: Sum,
  below: Sum,
  { x, own, weight }: Factors,
  exponent: Exponent,
): string | undefined {
  if (windows.base !== undefined) return undefined;
  if (weight.otherAxis !== undefined) return weight.otherAxis;
  const [shift] = [...exponent.shifts, ...shiftsIn(own.outer)];
  const isMoved = weight.isShared && [...above.inner, ...own.outer, ...weight.outer].some(({ kind }) => kind === 'move');
  if (shift === undefined && !isMoved) return undefined;
  const problem = followedPools(context, x, above.node, below.node, weight.isShared);
  if (problem === undefined || problem === OTHER_SHIFTS || shift === undefined) return problem;
  return mayDiffer(context, shift, weight.isShared);
}

/** What folding changes, or why it must not. */
function changesOf(exponent: Exponent, { numerator, denominator, values, weight }: Scales, share: number, type: ElementType): Changes {
  const unit = Math.exp(exponent.offset);
  const near = inputsOf(exponent);
  return joined(
    exponentLimits(exponent, type),
    sumLimits(weight, 'the weights', unit, near, type),
    numeratorLimits(numerator, type),
    numeratorLimits(values, type),
    sumLimits(withScale(denominator, weight.scale), 'the denominator', unit * share, near, type),
  );
}

function withScale<T extends { readonly scale: number }>(scaled: T, by: number): T {
  return { ...scaled, scale: scaled.scale * by };
}

function exponentInWords({ beta, offset, low, high }: { beta: number; offset: number; low: number; high: number }): string {
  const line = `${beta}·x${offset === 0 ? '' : ` + ${offset}`}`;
  return Number.isFinite(low) || Number.isFinite(high) ? `${line} from ${low} to ${high}` : line;
}

/** Movements of shared weights to the shape of what they multiply. */
const COME_BACK = new Set(['Expand', 'Unsqueeze', 'Reshape']);

/** Why a shift is not the same in each window. */
function mayDiffer({ graph }: Context, { node, source }: Step, isShared: boolean): string {
  const name = node.input.find((each) => each !== source) ?? source;
  const producer = standardProducer(graph, name);
  const what = producer === undefined ? name : `${producer.opType} ${nameOf(producer)}`;
  const how = node.opType === 'Add' ? `add ${what} to x` : `subtract ${what} from x`;
  return `its exponents ${how}, which may differ within a window${isShared ? ' or between channels' : ''}`;
}

/** Why an exponent does not lead to x. */
function otherExponent({ graph }: Context, x: string, { exponent }: Exponentials): string {
  const { source } = chainFrom(graph, exponent);
  return source === x ? 'its exponents are x in another order' : `its weights are exponentials of ${source}, and it pools ${x}`;
}

/** Where x is, what moves it, and what moves the result. */
function located(
  context: Context,
  x: string,
  windows: Windows,
  above: Sum,
  below: Sum,
  result: Pick<FoundPooling, 'beta' | 'weights' | 'notes'>,
): FoundPooling | string {
  const { keys } = context;
  const after = movesIn(above.outer);
  if (keyAfter(keys, '', after) !== keyAfter(keys, '', movesIn(below.outer)))
    return 'the results of numerator and denominator are moved differently before the division';
  const window = windows.sum?.window;
  const zeros = (padding: boolean) => (window === undefined || !padding ? window : { ...window, padMode: 'zeros' as const });
  const common = { ...result, after, reshape: windows.reshape };
  if (windows.base !== undefined) return { ...common, x: windows.base, moves: [], window: zeros(windows.zeros) };
  const moves = movesIn(windows.above);
  if (windows.zeros || window === undefined || moves.length > 0) return { ...common, x, moves, window: zeros(windows.zeros) };
  return { ...common, moves, ...withZerosOf(context, x, window) };
}

/** A Pad with zeros before an unpadded window becomes a part of it. */
function withZerosOf(context: Context, x: string, window: NonNullable<FoundPooling['window']>): Pick<FoundPooling, 'x' | 'window'> {
  const { source, kind, node } = chainFrom(context.graph, x).steps.find((step) => step.kind !== 'same') ?? {};
  const isUnpadded = typeof window.padding !== 'string' && window.padding.flat().every((each) => each === 0);
  if (kind !== 'move' || node?.opType !== 'Pad' || !isUnpadded || window.ceilMode || source === undefined) return { x, window };
  const pad = readPad(context, node);
  if (typeof pad === 'string' || pad.fill !== 0 || pad.around.flat().every((each) => each === 0)) return { x, window };
  const merged = mergedPadding(window, pad.around);
  return typeof merged === 'string' ? { x, window } : { x: source, window: { ...merged, padMode: 'zeros' } };
}
