/**
 * Texts that are the same for values that are the same: one value, or the same movement of the same
 * value. Identity and Cast between floats do not count, except to float16.
 */
import { toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, type NodeProto, TensorProtoSchema } from 'onnx-buf';
import type { GraphValues } from '../graph/graph-values.ts';
import { KEEP_SHAPE } from './keep-shape.ts';
import { MOVEMENTS } from './movement.ts';
import { standardProducer, stepOf } from './steps.ts';

/** Makes keys. */
export interface Keys {
  /** The key of a value. */
  readonly of: (name: string) => string;
  /** The key of a value that `node` moves, from the key of its input. */
  readonly moved: (node: NodeProto, key: string) => string;
}

/** The deepest chain of operators in a key. Below it a value is named. */
const DEEPEST = 200;

/** Operators on integers, which steer movements, and casts. */
const STEERING = new Set(['Shape', 'Cast', 'Concat', 'Add', 'Sub', 'Mul', 'Div', 'Range', 'ConstantOfShape', 'Floor', 'Min', 'Max']);

/** Keys of values in a graph. */
export function keysIn(graph: GraphValues): Keys {
  const numbers = new Map<string, string>();
  /** A short text for a long one. */
  const short = (text: string): string => {
    const known = numbers.get(text) ?? `#${numbers.size}`;
    numbers.set(text, known);
    return known;
  };
  const found = new Map<string, string>();
  const keyOf = (name: string, depth: number): string => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const key = computed(name, depth);
    found.set(name, key);
    return key;
  };
  const computed = (name: string, depth: number): string => {
    const constant = graph.constantOf(name);
    if (constant !== undefined) return short(`constant ${toBinary(TensorProtoSchema, { ...constant, name: '', docString: '' }).join()}`);
    const node = standardProducer(graph, name);
    if (node === undefined || depth > DEEPEST) return short(`value ${name}`);
    if (stepOf(graph, name)?.kind === 'same') return keyOf(node.input[0] ?? '', depth + 1);
    if (node.opType === 'Shape') return signed(node, [keyOf(shapeSource(node.input[0] ?? ''), depth + 1)]);
    if (!MOVEMENTS.has(node.opType) && !STEERING.has(node.opType)) return short(`value ${name}`);
    return signed(
      node,
      node.input.map((each) => keyOf(each, depth + 1)),
      node.output.indexOf(name),
    );
  };
  const signed = ({ opType, attribute }: NodeProto, inputs: readonly string[], output = 0): string => {
    const values = attribute.map((each) => toBinary(AttributeProtoSchema, each).join()).sort();
    return short(`${opType} ${output} (${inputs.join()}) ${values.join(' ')}`);
  };
  const shapeSource = (name: string): string => {
    let each = name;
    for (
      let node = standardProducer(graph, each);
      node !== undefined && KEEP_SHAPE.has(node.opType);
      node = standardProducer(graph, each)
    ) {
      each = node.input[0] ?? '';
    }
    return each;
  };
  return {
    of: (name) => keyOf(name, 0),
    moved: (node, key) => signed(node, [key, ...node.input.slice(1).map((each) => keyOf(each, 1))]),
  };
}
