/** A list of nodes that grows: each op gives the name of its output, constants are nodes too, so that the list can be a function's body. */
import { create } from '@bufbuild/protobuf';
import { type NodeProto, NodeProtoSchema, type TensorProto, TensorProto_DataType } from 'onnx-buf';
import { type AttributeValue, attribute, integerTensor, scalarTensor } from '../graph/attributes.ts';

/** The nodes so far, and how to add to them. */
export interface NodeList {
  readonly nodes: NodeProto[];
  /** The opset that they are for. */
  readonly opset: number;
  /** Adds a node with one output; an input that is left out is `''`. Gives the output's name. */
  readonly op: (
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    output?: string,
  ) => string;
  /** A constant of one axis. */
  readonly integers: (...values: (number | bigint)[]) => string;
  /** A constant without axes. */
  readonly scalar: (type: FloatType, value: number) => string;
}

/** The types that are computed in. */
export type FloatType = 'float32' | 'float64';

/** A list whose names begin with `prefix`: what is inside of a graph must not meet the names that are there. */
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
  };
}

/** The types in ONNX's numbers. */
export const DATA_TYPES = { float32: TensorProto_DataType.FLOAT, float64: TensorProto_DataType.DOUBLE } as const;
