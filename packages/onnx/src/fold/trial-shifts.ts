/**
 * What is added to exponents in a trial, or subtracted from them: maxima, numbers, and what is made
 * of them. Only whether two of them are the same is known: both are computed in the same way.
 */
import { toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, type NodeProto } from 'onnx-buf';
import { windowsAlong } from '../graph/window-geometry.ts';
import { windowOf } from '../surgery/windows.ts';
import { keepsAxes } from './reductions.ts';
import { stepOf } from './steps.ts';
import { broadcastPositions, checkedSize, grouped, NotFollowed, reducedShape, type Trial, type TrialValue } from './trial-value.ts';

/** Operators whose results may be subtracted from exponents. */
export const MAXIMA: ReadonlySet<string> = new Set([
  ...['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceLogSumExp'],
  ...['MaxPool', 'GlobalMaxPool', 'GlobalAveragePool'],
]);

/** A maximum of exponents over axes, or the like. */
export function shiftOver(trial: Trial, node: NodeProto, a: TrialValue, axes: readonly number[]): TrialValue | undefined {
  const { opType } = node;
  const shape = opType === 'MaxPool' ? pooledShape(node, a.shape) : reducedShape(a.shape, axes, keepsAxes(node));
  const groups = opType === 'ReduceLogSumExp' && keepsAxes(node) ? grouped(a.shape, axes) : undefined;
  if (shape === undefined) return undefined;
  const key = signatureOf(trial, node);
  return { kind: 'shift', shape, data: Int32Array.from({ length: checkedSize(shape) }, (_, i) => trial.shiftOf(`${key} ${i}`)), ...groups };
}

/** A text that is the same for nodes that compute the same: exporters repeat them. */
function signatureOf({ graph, valueAt }: Trial, node: NodeProto): string {
  const values = node.attribute.map((each) => toBinary(AttributeProtoSchema, each).join()).sort();
  const others = node.input.slice(1).map((name) => (name === '' ? '' : Array.from(valueAt(name).data).join()));
  let name = node.input[0] ?? '';
  for (let step = stepOf(graph, name); step?.kind === 'same'; step = stepOf(graph, name)) name = step.source;
  return [node.opType, name, ...values, ...others].join(' ');
}

function pooledShape(node: NodeProto, [batch = 1, channels = 1, ...sizes]: readonly number[]): number[] | undefined {
  const window = windowOf(node);
  if (typeof window === 'string' || node.output.length > 1) return undefined;
  return [batch, channels, ...sizes.map((size, axis) => windowsAlong(window, axis, size).count)];
}

/** Exponents plus or less a maximum, which may be broadcast. */
export function shifted(trial: Trial, node: NodeProto, a: TrialValue, b: TrialValue): TrialValue | undefined {
  if (b.kind !== 'shift' || (a.kind !== 'input' && a.kind !== 'exponent')) return undefined;
  const positions = broadcastPositions(b.shape, a.shape);
  if (positions === undefined) throw new NotFollowed('what its exponents subtract from x has another shape');
  const { groups, groupSize } = b.groups?.length === a.data.length ? b : a;
  return { ...a, shifts: shiftsWith(trial, a, node, positions, (at) => `${b.data[at]}`), groups, groupSize };
}

/** Exponents plus or less numbers that are not one for all of them. */
export function shiftedByNumbers(
  trial: Trial,
  node: NodeProto,
  a: TrialValue,
  [first, second]: readonly (TrialValue | undefined)[],
): TrialValue | undefined {
  const isSum = node.opType === 'Add' || (node.opType === 'Sub' && first === a);
  const numbers = first === a ? second : first;
  const positions = isSum && numbers !== undefined ? broadcastPositions(numbers.shape, a.shape) : undefined;
  return positions && { ...a, shifts: shiftsWith(trial, a, node, positions, (at) => `number ${numbers?.data[at]}`) };
}

/** What is subtracted from each exponent when a node subtracts, or adds, something else. */
function shiftsWith(
  { shiftOf }: Trial,
  { shifts }: TrialValue,
  { opType }: NodeProto,
  positions: Int32Array,
  keyAt: (position: number) => string,
): Int32Array {
  return positions.map((at, i) => shiftOf(`${shifts?.[i] ?? ''} ${opType} ${keyAt(at)}`));
}

/** What an operator makes of a maximum and of numbers. */
export function changedShift(
  { graph, shiftOf }: Trial,
  { opType, output }: NodeProto,
  a: TrialValue,
  [first, second]: readonly (TrialValue | undefined)[],
): TrialValue | undefined {
  const step = stepOf(graph, output[0] ?? '');
  if (step?.kind === 'same') return a;
  const { data } = a;
  const changed = { kind: 'shift', shape: a.shape } as const;
  if (step?.kind === 'scale' || step?.kind === 'add')
    return { ...changed, data: Int32Array.from(data, (own) => shiftOf(`${own} ${step.kind} ${step.by}`)) };
  if (step?.kind === 'round') return { ...changed, data: Int32Array.from(data, (own) => shiftOf(`${own} round`)) };
  if (step?.kind === 'clip') return { ...changed, data: Int32Array.from(data, (own) => shiftOf(`${own} clip ${step.low} ${step.high}`)) };
  const numbers = first === a ? second : first;
  if (!WITH_NUMBERS.has(opType) || numbers === undefined) return undefined;
  const shape = broadcastShape(a.shape, numbers.shape);
  checkedSize(shape);
  const [ours, theirs] = [broadcastPositions(a.shape, shape), broadcastPositions(numbers.shape, shape)];
  if (ours === undefined || theirs === undefined) return undefined;
  const side = first === a ? 'first' : 'second';
  return { kind: 'shift', shape, data: ours.map((at, i) => shiftOf(`${data[at]} ${side} ${opType} ${numbers.data[theirs[i] as number]}`)) };
}

/** Operators on a maximum and a number for each of its elements. */
const WITH_NUMBERS = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']);

/** The shape of two arrays that are broadcast to each other, if they fit. */
function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  const offset = longer.length - shorter.length;
  return longer.map((size, at) => (size === 1 ? (shorter[at - offset] ?? 1) : size));
}
