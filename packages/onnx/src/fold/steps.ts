/**
 * Operators that change every element in the same way or only move elements, so that a sum or an
 * exponential can be found behind them: Identity, Cast between floats, a factor, a summand, a
 * limit, and movements.
 */
import { type NodeProto, TensorProto_DataType } from 'onnx-buf';
import { attributeOf, integerOf } from '../graph/attributes.ts';
import { type GraphValues, isStandard } from '../graph/graph-values.ts';
import { nameOf } from '../graph/node-name.ts';
import { elementTypeOf } from '../graph/scope.ts';
import { MOVEMENTS } from './movement.ts';
import { numbersOf } from './tensor-numbers.ts';

/**
 * One operator, and what it does to an element. A `'shift'` adds or subtracts a value that may be
 * the same in a whole window. `'round'` is a Cast to float16.
 */
export type Step = { readonly node: NodeProto; readonly source: string } & (
  | { readonly kind: 'same' | 'round' | 'move' | 'shift' }
  | { readonly kind: 'scale' | 'add'; readonly by: number }
  | { readonly kind: 'clip'; readonly low: number; readonly high: number }
);

/** Operators from a value down to the first that is not a step. */
export interface Chain {
  /** The outermost first. */
  readonly steps: readonly Step[];
  /** The value below them. */
  readonly source: string;
  /** The node that makes it. */
  readonly producer: NodeProto | undefined;
}

/** The longest chain that is followed. */
const MOST_STEPS = 100;

/** Follows a value down to the first operator that is not a step. */
export function chainFrom(graph: GraphValues, name: string): Chain {
  const steps: Step[] = [];
  let source = name;
  for (let step = stepOf(graph, source); step !== undefined && steps.length < MOST_STEPS; step = stepOf(graph, source)) {
    steps.push(step);
    source = step.source;
  }
  return { steps, source, producer: standardProducer(graph, source) };
}

/**
 * The steps from a value down to one that `isEnd` accepts, through shifts too; `undefined` if none
 * does.
 */
export function pathTo(
  graph: GraphValues,
  from: string,
  isEnd: (name: string, steps: readonly Step[]) => boolean,
): readonly Step[] | undefined {
  const seen = new Set<string>();
  const search = (name: string, steps: readonly Step[]): readonly Step[] | undefined => {
    if (isEnd(name, steps)) return steps;
    if (seen.has(name) || seen.size > MOST_STEPS) return undefined;
    seen.add(name);
    for (const step of stepsAt(graph, name)) {
      const found = search(step.source, [...steps, step]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(from, []);
}

function stepsAt(graph: GraphValues, name: string): readonly Step[] {
  const step = stepOf(graph, name);
  if (step !== undefined) return [step];
  const node = standardProducer(graph, name);
  const count = node?.opType === 'Sub' ? 1 : node?.opType === 'Add' ? 2 : 0;
  return node === undefined ? [] : node.input.slice(0, count).map((source) => ({ kind: 'shift', node, source }));
}

/** Why steps that round elements are not a part of soft pooling. */
export function roundingIn(steps: readonly Step[], what: string): string | undefined {
  const node = steps.find(({ kind }) => kind === 'round')?.node;
  return node && `Cast ${nameOf(node)} rounds ${what} to float16, and x has more digits`;
}

/** The shifts among steps. */
export function shiftsIn(steps: readonly Step[]): Step[] {
  return steps.filter(({ kind }) => kind === 'shift');
}

/** The standard operator that makes a value. */
export function standardProducer(graph: GraphValues, name: string): NodeProto | undefined {
  const producer = graph.producerOf(name);
  return producer !== undefined && isStandard(producer) ? producer : undefined;
}

/** The step that makes a value, if one does. */
export function stepOf(graph: GraphValues, name: string): Step | undefined {
  const node = standardProducer(graph, name);
  if (node === undefined) return undefined;
  const [first = '', second = ''] = node.input;
  const { opType } = node;
  if (opType === 'Identity') return { kind: 'same', node, source: first };
  if (opType === 'Cast') return cast(graph, node);
  if (opType === 'Neg') return { kind: 'scale', node, source: first, by: -1 };
  if (opType === 'Relu') return { kind: 'clip', node, source: first, low: 0, high: Number.POSITIVE_INFINITY };
  if (opType === 'Clip') return clip(graph, node);
  if (MOVEMENTS.has(opType) && opType !== 'Split')
    return graph.constantOf(name) === undefined ? { kind: 'move', node, source: first } : undefined;
  const [left, right] = [scalarOf(graph, first), scalarOf(graph, second)];
  if (right !== undefined && left === undefined) return withScalar(node, first, opType, right);
  return left !== undefined && right === undefined && COMMUTE.has(opType) ? withScalar(node, second, opType, left) : undefined;
}

/** A cast between floats; integers are another value. Digits beyond float32 are not looked at. */
function cast({ scope }: GraphValues, node: NodeProto): Step | undefined {
  const [source = ''] = node.input;
  const to = integerOf(node, 'to', 0);
  const from = scope && elementTypeOf(source, scope);
  if (!FLOATS.has(to) || typeof from === 'number') return undefined;
  return { kind: to === TensorProto_DataType.FLOAT16 && WIDE.has(from) ? 'round' : 'same', node, source };
}

const FLOATS: ReadonlySet<number> = new Set([TensorProto_DataType.FLOAT, TensorProto_DataType.FLOAT16, TensorProto_DataType.DOUBLE]);

const WIDE: ReadonlySet<string | undefined> = new Set(['float32', 'float64']);

const COMMUTE = new Set(['Mul', 'Add', 'Max', 'Min']);

function withScalar(node: NodeProto, source: string, opType: string, value: number): Step | undefined {
  if (opType === 'Mul') return { kind: 'scale', node, source, by: value };
  if (opType === 'Div') return { kind: 'scale', node, source, by: 1 / value };
  if (opType === 'Add') return { kind: 'add', node, source, by: value };
  if (opType === 'Sub') return { kind: 'add', node, source, by: -value };
  if (opType === 'Max') return { kind: 'clip', node, source, low: value, high: Number.POSITIVE_INFINITY };
  return opType === 'Min' ? { kind: 'clip', node, source, low: Number.NEGATIVE_INFINITY, high: value } : undefined;
}

/** Limits are inputs, or attributes of opset 6. */
function clip(graph: GraphValues, node: NodeProto): Step | undefined {
  const limit = (input: number, name: string, none: number): number | undefined => {
    const given = node.input[input] ?? '';
    return given === '' ? (attributeOf(node, name)?.f ?? none) : scalarOf(graph, given);
  };
  const [low, high] = [limit(1, 'min', Number.NEGATIVE_INFINITY), limit(2, 'max', Number.POSITIVE_INFINITY)];
  return low === undefined || high === undefined ? undefined : { kind: 'clip', node, source: node.input[0] ?? '', low, high };
}

/** A constant of one element, also behind operators that keep it. */
export function scalarOf(graph: GraphValues, name: string): number | undefined {
  let each = name;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const tensor = graph.constantOf(each);
    if (tensor !== undefined) {
      const numbers = tensor.dims.every((size) => size === 1n) ? numbersOf(tensor) : undefined;
      return numbers?.data[0];
    }
    const node = standardProducer(graph, each);
    if (node?.opType === 'Constant') return attributeOf(node, 'value_float')?.f;
    if (node === undefined || !KEEP_SCALARS.has(node.opType)) return undefined;
    each = node.input[0] ?? '';
  }
  return undefined;
}

const KEEP_SCALARS = new Set(['Identity', 'Cast', 'CastLike', 'Reshape', 'Unsqueeze', 'Squeeze', 'Expand']);
