/** Weights in a trial: exponentials, softmaxes, sums over channels, and products with the input. */
import { toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, type NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { integerOf } from '../graph/attributes.ts';
import type { GraphValues } from '../graph/graph-values.ts';
import { windowsAlong } from '../graph/window-geometry.ts';
import { windowOf } from '../surgery/windows.ts';
import { axesOf, isReduction, keepsAxes } from './reductions.ts';
import { ABSENT, broadcastPositions, groupsOf, inFirstChannel, NotFollowed, reducedShape, type TrialValue } from './trial-value.ts';

/** What a value is computed from. */
export interface Trial {
  readonly graph: GraphValues;
  readonly opset: number;
  /** The pooled value. */
  readonly base: string;
  /** Its shape. */
  readonly shape: readonly number[];
  readonly valueAt: (name: string) => TrialValue;
  /** A number for a key. */
  readonly shiftOf: (key: string) => number;
}

/** What an operator makes of the pooled elements and their weights. */
export function weighted(trial: Trial, node: NodeProto, operands: readonly (TrialValue | undefined)[]): TrialValue {
  const [a, b] = operands.filter((each): each is TrialValue => each !== undefined && each.kind !== 'numbers') as [TrialValue, TrialValue?];
  const found = b === undefined ? ofOne(trial, node, a) : ofTwo(trial, node, a, b);
  if (found === undefined) throw new NotFollowed(`${node.opType} ${node.output[0] ?? ''} cannot be followed`);
  return found;
}

function ofOne(trial: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const { opType } = node;
  if (a.kind === 'shift') return PASSES.has(opType) || opType === 'Neg' ? a : undefined;
  const isExponent = a.kind === 'input' || a.kind === 'exponent';
  if (opType === 'Exp' && isExponent) return { ...a, kind: 'weight' };
  if (opType === 'Log' && a.kind === 'weight' && a.isShared && a.groups === undefined) return { ...a, kind: 'exponent' };
  if (SOFTMAX.has(opType) && isExponent) {
    const groups = groupsOf(a.shape, softmaxAxes(node, a.shape.length, trial.opset));
    return { ...a, kind: opType === 'Softmax' ? 'weight' : a.kind, groups };
  }
  if (opType === 'Conv' && a.kind === 'weight') return overChannels(trial, a, [1], true, trial.valueAt(node.input[1] ?? '').shape[0]);
  if (isExponent && MAXIMA.has(opType)) return shiftOver(trial, node, a);
  if (isReduction(node) && a.kind === 'weight') return summedWeights(trial, node, a);
  return PASSES.has(opType) ? a : undefined;
}

function ofTwo(trial: Trial, node: NodeProto, a: TrialValue, b: TrialValue): TrialValue | undefined {
  const { opType } = node;
  if (opType === 'Mul') return productOf(trial, node, a, b);
  if (opType === 'Div' && a.kind === 'weight' && b.groups !== undefined) return { ...a, groups: b.groups };
  if (opType === 'Add' && a.kind === 'shift') return shifted(trial, b, a);
  return opType === 'Add' || opType === 'Sub' ? shifted(trial, a, b) : undefined;
}

/** Operators that keep elements in their places. Others look at what they do to the numbers. */
const PASSES = new Set(['Identity', 'Cast', 'Mul', 'Div', 'Add', 'Sub', 'Clip', 'Max', 'Min']);

const SOFTMAX = new Set(['Softmax', 'LogSoftmax']);

/** Operators whose results may be subtracted from exponents. */
const MAXIMA = new Set([
  ...['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceLogSumExp'],
  ...['MaxPool', 'GlobalMaxPool', 'GlobalAveragePool'],
]);

/** Softmax before opset 13 took all axes from its axis on. */
function softmaxAxes(node: NodeProto, rank: number, opset: number): number[] {
  const given = integerOf(node, 'axis', opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + rank : given;
  return opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
}

function axesIn({ valueAt }: Trial, node: NodeProto, rank: number): readonly number[] {
  const axes = axesOf(node, rank, (name) => Array.from(valueAt(name).data));
  if (axes === undefined) throw new NotFollowed(`${node.opType} ${node.output[0] ?? ''} sums over axes that are not constant`);
  return axes;
}

/** Sums of weights over channels, or those that divide the weights: a softmax in two steps. */
function summedWeights(trial: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const axes = axesIn(trial, node, a.shape.length);
  const shared = overChannels(trial, a, axes, keepsAxes(node));
  return shared ?? (keepsAxes(node) ? { ...a, groups: groupsOf(a.shape, axes) } : undefined);
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
  return Array.from({ length: product(shape) }, (_, i) => firsts[Math.floor(i / (plane * copies)) * plane + (i % plane)] as number);
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

/** A maximum of exponents, or the like. */
function shiftOver(trial: Trial, node: NodeProto, a: TrialValue): TrialValue | undefined {
  const { opType } = node;
  const rank = a.shape.length;
  const axes = opType.startsWith('Reduce') ? axesIn(trial, node, rank) : Array.from({ length: rank - 2 }, (_, i) => i + 2);
  if (opType === 'ReduceLogSumExp') {
    const shared = overChannels(trial, a, axes, keepsAxes(node));
    if (shared !== undefined) return { ...shared, kind: 'exponent' };
  }
  const shape = opType === 'MaxPool' ? pooledShape(node, a.shape) : reducedShape(a.shape, axes, keepsAxes(node));
  const groups = opType === 'ReduceLogSumExp' && keepsAxes(node) ? groupsOf(a.shape, axes) : undefined;
  if (shape === undefined) return undefined;
  const key = signatureOf(trial, node);
  return { kind: 'shift', shape, data: Int32Array.from({ length: product(shape) }, (_, i) => trial.shiftOf(`${key} ${i}`)), groups };
}

/** A text that is the same for nodes that compute the same: exporters repeat them. */
function signatureOf({ graph, valueAt }: Trial, node: NodeProto): string {
  const values = node.attribute.map((each) => toBinary(AttributeProtoSchema, each).join()).sort();
  const others = node.input.slice(1).map((name) => (name === '' ? '' : Array.from(valueAt(name).data).join()));
  let name = node.input[0] ?? '';
  for (let each = graph.producerOf(name); each !== undefined && SAME.has(each.opType); each = graph.producerOf(name))
    name = each.input[0] ?? '';
  return [node.opType, name, ...values, ...others].join(' ');
}

const SAME = new Set(['Identity', 'Cast']);

function pooledShape(node: NodeProto, [batch = 1, channels = 1, ...sizes]: readonly number[]): number[] | undefined {
  const window = windowOf(node);
  if (typeof window === 'string' || node.output.length > 1) return undefined;
  return [batch, channels, ...sizes.map((size, axis) => windowsAlong(window, axis, size).count)];
}

/** Exponents less a maximum, which may be broadcast. */
function shifted(trial: Trial, a: TrialValue, b: TrialValue): TrialValue | undefined {
  if (b.kind !== 'shift' || (a.kind !== 'input' && a.kind !== 'exponent')) return undefined;
  const positions = broadcastPositions(b.shape, a.shape);
  if (positions === undefined) throw new NotFollowed('what its exponents subtract from x has another shape');
  const { shifts } = a;
  const both = positions.map((at, i) => {
    const own = b.data[at] as number;
    return shifts === undefined ? own : trial.shiftOf(`${shifts[i]} and ${own}`);
  });
  const isNormal = b.groups?.length === a.data.length;
  return { ...a, shifts: both, groups: isNormal ? b.groups : a.groups };
}

function productOf({ shape }: Trial, node: NodeProto, a: TrialValue, b: TrialValue): TrialValue {
  const [x, weight] = a.kind === 'input' ? [a, b] : [b, a];
  const name = node.output[0] ?? '';
  if (x.kind !== 'input' || weight.kind !== 'weight') throw new NotFollowed(`Mul ${name} does not multiply inputs by their weights`);
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
    shifts: shifts && at.map((j) => shifts[j] as number),
    isShared,
  };
}
