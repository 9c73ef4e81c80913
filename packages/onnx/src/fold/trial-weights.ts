/** Weights in a trial: exponentials, softmaxes, sums over channels, and products with the input. */
import type { NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { integerOf } from '../graph/attributes.ts';
import { nameOf } from '../graph/node-name.ts';
import { axesOf, isReduction, keepsAxes } from './reductions.ts';
import { stepOf } from './steps.ts';
import { changedShift, MAXIMA, shifted, shiftedByNumbers, shiftOver } from './trial-shifts.ts';
import {
  ABSENT,
  broadcastPositions,
  checkedSize,
  grouped,
  groupsOf,
  inFirstChannel,
  NotFollowed,
  type Padding,
  reducedShape,
  type Trial,
  type TrialValue,
} from './trial-value.ts';

/** What an operator makes of the pooled elements and their weights. */
export function weighted(trial: Trial, node: NodeProto, operands: readonly (TrialValue | undefined)[]): TrialValue {
  const [a, b] = operands.filter((each): each is TrialValue => each !== undefined && each.kind !== 'numbers') as [TrialValue, TrialValue?];
  const found = b === undefined ? ofOne(trial, node, a, operands) : ofTwo(trial, node, a, b);
  if (found === undefined) throw new NotFollowed(`${node.opType} ${node.output[0] ?? ''} cannot be followed`);
  return found;
}

function ofOne(trial: Trial, node: NodeProto, a: TrialValue, operands: readonly (TrialValue | undefined)[]): TrialValue | undefined {
  const { opType } = node;
  if (a.kind === 'shift') return changedShift(trial, node, a, operands);
  const isExponent = a.kind === 'input' || a.kind === 'exponent';
  if (isExponent && EXPONENTIATE.has(opType)) checkPadding(a.padding);
  if (opType === 'Exp' && isExponent) return { ...a, kind: 'weight' };
  if (opType === 'Log' && a.kind === 'weight' && a.isShared && a.groups === undefined) return { ...a, kind: 'exponent' };
  if (SOFTMAX.has(opType) && isExponent) {
    return { ...a, kind: opType === 'Softmax' ? 'weight' : a.kind, ...grouped(a.shape, softmaxAxes(node, a.shape.length, trial.opset)) };
  }
  if (opType === 'Conv' && a.kind === 'weight') return overChannels(trial, a, [1], true, trial.valueAt(node.input[1] ?? '').shape[0]);
  if (isExponent && MAXIMA.has(opType)) return maximum(trial, node, a);
  if (isReduction(node) && a.kind === 'weight') return summedWeights(trial, node, a);
  return passed(trial, node, a) ?? (isExponent ? shiftedByNumbers(trial, node, a, operands) : undefined);
}

/**
 * Elements that an operator keeps in their places. Whoever follows the operators from a sum down to
 * x looks at what this one does to their numbers; only what was subtracted is scaled here.
 */
function passed({ graph, shiftOf }: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const step = stepOf(graph, node.output[0] ?? '');
  const called = `${node.opType} ${nameOf(node)}`;
  if (step === undefined) return undefined;
  if (step.kind === 'round') return { ...a, roundedBy: called };
  // What was rounded has other values than the rest if it is as wide again.
  if (step.kind === 'same')
    return a.roundedBy === undefined || node.opType !== 'Cast' ? a : { ...a, changedBy: a.changedBy ?? a.roundedBy };
  const changed = { ...a, changedBy: a.changedBy ?? called };
  if (step.kind !== 'scale') return changed;
  const { padding, shifts } = a;
  return {
    ...changed,
    padding: padding && { ...padding, fill: padding.fill * step.by },
    shifts: shifts?.map((each) => shiftOf(`${each} * ${step.by}`)),
  };
}

/** Throws if padding has a weight. */
function checkPadding(padding: Padding | undefined): void {
  if (padding === undefined || padding.fill <= WEIGHTLESS) return;
  const exponent = Number(padding.fill.toPrecision(3));
  throw new NotFollowed(`Pad ${padding.by} pads with what is ${exponent} in the exponent; up to ${WEIGHTLESS} has no weight`);
}

/** The largest exponent whose weight is 0 beside that of any input, as float32 has it. */
const WEIGHTLESS = -100;

function ofTwo(trial: Trial, node: NodeProto, a: TrialValue, b: TrialValue): TrialValue | undefined {
  const { opType } = node;
  if (opType === 'Mul') return productOf(trial, node, a, b);
  if (opType === 'Div' && a.kind === 'weight' && b.groups !== undefined) return { ...a, groups: b.groups, groupSize: b.groupSize };
  if (opType === 'Add' && a.kind === 'shift') return shifted(trial, node, b, a);
  return opType === 'Add' || opType === 'Sub' ? shifted(trial, node, a, b) : undefined;
}

const SOFTMAX = new Set(['Softmax', 'LogSoftmax']);

const EXPONENTIATE = new Set(['Exp', ...SOFTMAX]);

/** Softmax before opset 13 took all axes from its axis on. */
function softmaxAxes(node: NodeProto, rank: number, opset: number): number[] {
  const given = integerOf(node, 'axis', opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + rank : given;
  return opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
}

/** A maximum of exponents, or the like; sums over channels are exponents themselves. */
function maximum(trial: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const { opType } = node;
  const rank = a.shape.length;
  const axes = opType.startsWith('Reduce') ? axesIn(trial, node, rank) : Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const shared = opType === 'ReduceLogSumExp' ? overChannels(trial, a, axes, keepsAxes(node)) : undefined;
  return shared === undefined ? shiftOver(trial, node, a, axes) : { ...shared, kind: 'exponent' };
}

/** The axes of a reduction of a value with `rank` axes. */
export function axesIn({ valueAt }: Pick<Trial, 'valueAt'>, node: NodeProto, rank: number): readonly number[] {
  const axes = axesOf(node, rank, (name) => Array.from(valueAt(name).data));
  const called = `${node.opType} ${node.output[0] ?? ''}`;
  if (axes === undefined) throw new NotFollowed(`${called} sums over axes that are not constant`);
  if (axes.some((axis) => axis < 0 || axis >= rank)) throw new NotFollowed(`${called} sums over axes that its input does not have`);
  return axes;
}

/** Sums of weights over channels, or those that divide the weights: a softmax in two steps. */
function summedWeights(trial: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const axes = axesIn(trial, node, a.shape.length);
  const shared = overChannels(trial, a, axes, keepsAxes(node));
  return shared ?? (keepsAxes(node) ? { ...a, ...grouped(a.shape, axes) } : undefined);
}

/** Weights summed over all channels; `undefined` if other elements are summed. */
function overChannels(trial: Trial, a: TrialValue, axes: readonly number[], keeps: boolean, copies = 1): TrialValue | undefined {
  const [, channels = 1] = trial.shape;
  if (a.isShared || a.groups !== undefined) return undefined;
  const shape = reducedShape(a.shape, axes, keeps).map((size, at) => (at === 1 && copies > 1 ? copies : size));
  const members = groupsIn(a.shape, axes);
  const isWhole = members.every((elements) => {
    const positions = elements.map((i) => a.data[i] as number);
    const isPadding = positions.every((position) => position < 0 && position === positions[0]);
    const isOnePlace = new Set(positions.map((position) => inFirstChannel(position, trial.shape))).size === 1;
    return elements.length === channels && isOnePlace && (isPadding || new Set(positions).size === channels);
  });
  if (!isWhole) return undefined;
  const { shifts } = a;
  if (shifts !== undefined && members.some((elements) => new Set(elements.map((i) => shifts[i])).size > 1))
    throw new NotFollowed('what its exponents subtract from x differs between channels, which share weights');
  const firsts = members.map((elements) => elements[0] as number);
  const repeated = copies === 1 ? firsts : channelCopies(firsts, shape, copies);
  const data = Int32Array.from(repeated, (i) => inFirstChannel(a.data[i] as number, trial.shape));
  return { ...a, shape, data, shifts: shifts && Int32Array.from(repeated, (i) => shifts[i] as number), isShared: true };
}

function channelCopies(firsts: readonly number[], shape: readonly number[], copies: number): number[] {
  const plane = product(shape.slice(2));
  return Array.from({ length: checkedSize(shape) }, (_, i) => firsts[Math.floor(i / (plane * copies)) * plane + (i % plane)] as number);
}

/** The elements that each element of a reduction is made of. */
function groupsIn(shape: readonly number[], axes: readonly number[]): number[][] {
  const members: number[][] = [];
  for (const [i, group] of groupsOf(shape, axes).entries()) {
    const own = members[group] ?? [];
    own.push(i);
    members[group] = own;
  }
  return members;
}

function productOf({ shape }: Trial, node: NodeProto, a: TrialValue, b: TrialValue): TrialValue {
  const [x, weight] = a.kind === 'input' ? [a, b] : [b, a];
  const name = node.output[0] ?? '';
  if (x.kind !== 'input' || weight.kind !== 'weight') throw new NotFollowed(`Mul ${name} does not multiply inputs by their weights`);
  if (x.changedBy !== undefined) throw new NotFollowed(`Mul ${name} multiplies inputs that ${x.changedBy} changes by weights`);
  if (x.shifts !== undefined) throw new NotFollowed(`Mul ${name} multiplies inputs from which something was subtracted`);
  const { isShared = false, groups, shifts } = weight;
  const at = broadcastPositions(weight.shape, x.shape);
  if (at === undefined || (!isShared && x.shape.length !== weight.shape.length))
    throw new NotFollowed(`Mul ${name} multiplies inputs by weights of another shape`);
  const isSame = at.every((j, i) => {
    const position = x.data[i] as number;
    return weight.data[j] === ABSENT || weight.data[j] === (isShared ? inFirstChannel(position, shape) : position);
  });
  if (!isSame) throw new NotFollowed(`Mul ${name} multiplies inputs by weights of other inputs`);
  // Channels that share weights have softmaxes of their own: they are numbered as they come.
  const channels = at.length / weight.data.length;
  const seen = new Int32Array(weight.data.length);
  const groupAt = (list: Int32Array, j: number): number => {
    const count = seen[j] as number;
    seen[j] = count + 1;
    return list[j] === ABSENT ? ABSENT : (list[j] as number) * channels + count;
  };
  return {
    kind: 'product',
    shape: x.shape,
    data: at.map((j, i) => (weight.data[j] === ABSENT ? ABSENT : (x.data[i] as number))),
    groups: groups && at.map((j) => groupAt(groups, j)),
    groupSize: weight.groupSize,
    shifts: shifts && at.map((j) => shifts[j] as number),
    isShared,
  };
}
