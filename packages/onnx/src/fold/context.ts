/** What a matcher knows about the graph that it looks at. */
import type { PoolingShape } from '@softpool/surgery';
import { shapeOf } from '../graph/scope.ts';
import type { GraphValues } from './graph-values.ts';
import { type Keys, keysIn } from './keys.ts';
import { standardProducer } from './steps.ts';
import type { Numbers } from './tensor-numbers.ts';
import { NotFollowed, trialOf } from './trial.ts';

/** A graph, and what is found out about its values. */
export interface Context {
  readonly graph: GraphValues;
  readonly opset: number;
  readonly keys: Keys;
  /** The numbers of a constant, or of what is computed from constants; `undefined` of others. */
  readonly numbersOf: (name: string) => Numbers | undefined;
  /** The shape of a value, as far as the model states it or the operators keep it. */
  readonly shapeOf: (name: string) => PoolingShape | undefined;
  /** The number of axes of a value. */
  readonly rankOf: (name: string) => number | undefined;
}

/** A context for a graph. */
export function contextOf(graph: GraphValues, opset: number): Context {
  const constant = trialOf(graph, opset, '', []);
  const numbersOf = (name: string): Numbers | undefined => {
    try {
      const value = constant(name);
      return value.kind === 'numbers' ? value : undefined;
    } catch (error) {
      if (error instanceof NotFollowed) return undefined;
      throw error;
    }
  };
  const shapeIn = (name: string): PoolingShape | undefined => {
    for (let [each, steps] = [name, 0]; steps < MOST_STEPS; steps++) {
      const shape = statedShape(graph, each);
      if (shape !== undefined) return shape;
      const node = standardProducer(graph, each);
      if (node === undefined || !KEEP_SHAPE.has(node.opType)) return undefined;
      each = node.input[0] ?? '';
    }
    return undefined;
  };
  const rankIn = (name: string): number | undefined => {
    for (let [each, steps] = [name, 0]; steps < MOST_STEPS; steps++) {
      const shape = statedShape(graph, each);
      if (shape !== undefined) return shape.length;
      const node = standardProducer(graph, each);
      if (node === undefined) return undefined;
      const [first = '', second = ''] = node.input;
      if (node.opType === 'Conv') return graph.constantOf(second)?.dims.length;
      if (node.opType === 'Reshape') return numbersOf(second)?.data.length ?? concatLength(graph, second);
      if (!KEEP_RANK.has(node.opType) && !KEEP_SHAPE.has(node.opType)) return undefined;
      each = first;
    }
    return undefined;
  };
  return { graph, opset, keys: keysIn(graph), numbersOf, shapeOf: shapeIn, rankOf: rankIn };
}

const MOST_STEPS = 1000;

const KEEP_SHAPE = new Set([
  ...['Identity', 'Cast', 'Exp', 'Relu', 'LeakyRelu', 'PRelu', 'Clip', 'Sigmoid', 'Tanh', 'Elu', 'Softplus', 'HardSigmoid', 'HardSwish'],
  ...['BatchNormalization', 'InstanceNormalization', 'Softmax', 'Dropout', 'Neg', 'Abs', 'Sqrt', 'Erf'],
]);

const KEEP_RANK = new Set([
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Concat', 'Pad', 'Slice', 'Transpose', 'Resize', 'Upsample', 'Split'],
  ...['Mul', 'Add', 'Sub', 'Div', 'ConvTranspose'],
]);

function statedShape({ scope, constantOf }: GraphValues, name: string): PoolingShape | undefined {
  const constant = constantOf(name);
  if (constant !== undefined) return constant.dims.map(Number);
  for (let each = scope; each !== undefined; each = each.outer) {
    const shape = shapeOf(name, each);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

/** The length of a list that is joined from single numbers, as exporters write shapes. */
function concatLength(graph: GraphValues, name: string): number | undefined {
  const node = standardProducer(graph, name);
  if (node?.opType !== 'Concat') return undefined;
  const lengths = node.input.map((each) => {
    const constant = graph.constantOf(each);
    if (constant !== undefined) return constant.dims.length === 1 ? Number(constant.dims[0]) : undefined;
    const producer = standardProducer(graph, each);
    return producer?.opType === 'Unsqueeze' ? 1 : undefined;
  });
  return lengths.every((length): length is number => length !== undefined) ? lengths.reduce((sum, length) => sum + length, 0) : undefined;
}
