/**
 * A growing list of nodes. Constants are nodes too, so that the list can be the body of a function.
 */
import { create } from '@bufbuild/protobuf';
import { type NodeProto, NodeProtoSchema, type TensorProto, TensorProto_DataType } from 'onnx-buf';
import { type AttributeValue, attribute, integerTensor, scalarTensor } from '../graph/attributes.ts';

/** The nodes so far, and functions that add to them. */
export interface NodeList {
  readonly nodes: NodeProto[];
  /** The opset of the nodes. */
  readonly opset: number;
  /** Adds a node with one output, and returns the output's name. An omitted input is `''`. */
  readonly op: (
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    output?: string,
  ) => string;
  /** Adds a constant of one axis, and returns its name. */
  readonly integers: (...values: (number | bigint)[]) => string;
  /** Adds a constant without axes, and returns its name. */
  readonly scalar: (type: FloatType, value: number) => string;
  /** A name that starts as those of this list. */
  readonly nameOf: (part: string) => string;
  /** An empty list for a branch of a node of this list, which may use the names of this list. */
  readonly branch: (name: string) => NodeList;
}

/** The types of the arithmetic. */
export type FloatType = 'float32' | 'float64';

/**
 * An empty list. All names in it start with `prefix`, so that they differ from names in the graph.
 */
export function nodeList(opset: number, prefix: string): NodeList {
  const nodes: NodeProto[] = [];
  const constants = new Map<string, string>();
  const op: NodeList['op'] = (opType, input, attributes = {}, output = `${prefix}${opType}_${nodes.length}`) => {
    const entries = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    nodes.push(
      create(NodeProtoSchema, { opType, name: `${prefix}${nodes.length}`, input: [...input], output: [output], attribute: entries }),
    );
    return output;
  };
  const constant = (key: string, value: TensorProto): string => {
    const name = constants.get(key) ?? op('Constant', [], { value });
    constants.set(key, name);
    return name;
  };
  return {
    nodes,
    opset,
    op,
    integers: (...values) => constant(`integers ${values}`, integerTensor(values)),
    scalar: (type, value) => constant(`${type} ${value}`, scalarTensor(DATA_TYPES[type], value)),
    nameOf: (part) => `${prefix}${part}`,
    branch: (name) => nodeList(opset, `${prefix}${name}/`),
  };
}

/** The end of a slice that goes to the end of the axis. */
export const TO_THE_END = 2n ** 63n - 1n;

/** The types as ONNX numbers them. */
export const DATA_TYPES = {
  float16: TensorProto_DataType.FLOAT16,
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
} as const;
