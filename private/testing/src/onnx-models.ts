/** ONNX models that tests and benchmarks make. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
} from 'onnx-buf';

/** The types of the tests, as ONNX Runtime names them. */
export const TYPES = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  float64: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  uint8: TensorProto_DataType.UINT8,
  int4: TensorProto_DataType.INT4,
  bool: TensorProto_DataType.BOOL,
  string: TensorProto_DataType.STRING,
} as const;

type TypeName = keyof typeof TYPES;

/** A value of a graph. A size that is a text is open. */
export interface Value {
  readonly name: string;
  readonly type: TypeName;
  readonly shape: readonly (number | string)[];
}

/** A node. Its attributes are integers, lists of integers, or tensors. */
export interface Node {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | TensorProto>>;
  /** Default: the standard's. */
  readonly domain?: string;
}

/** A model of these nodes. */
export function onnxModel(
  graph: {
    readonly inputs: readonly Value[];
    readonly outputs: readonly Value[];
    readonly nodes: readonly Node[];
    readonly initializers?: readonly TensorProto[];
  },
  options: ModelOptions = {},
): Uint8Array {
  const info = ({ name, type, shape }: Value) => ({ name, type: tensorType(type, shape) });
  const proto = {
    input: graph.inputs.map(info),
    output: graph.outputs.map(info),
    initializer: [...(graph.initializers ?? [])],
    node: graph.nodes.map(({ op, inputs = [], outputs, attributes = {}, domain = '' }) =>
      create(NodeProtoSchema, {
        opType: op,
        domain,
        name: outputs[0] ?? '',
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    ),
  };
  return modelOfGraph(proto, options);
}

/** What a model has beside its graph. */
export interface ModelOptions {
  /** Default 13. */
  readonly opset?: number;
  /** Default 8. */
  readonly irVersion?: number;
  /** Default: none. Their domains are imported in version 1, as those of nodes are. */
  readonly functions?: readonly FunctionProto[];
}

/** A model of these nodes, from `x` to `y`. */
export function modelOf(nodes: readonly NodeProto[], type: TypeProto, outputType: TypeProto, options: ModelOptions = {}): Uint8Array {
  return modelOfGraph({ node: [...nodes], input: [{ name: 'x', type }], output: [{ name: 'y', type: outputType }] }, options);
}

/** The name of a value, or a constant: a list is a tensor of int64, a number a float32 scalar. */
export type Operand = string | number | readonly number[];

/** The nodes of a graph, written one after another. */
export interface NodeList {
  readonly nodes: Node[];
  readonly initializers: TensorProto[];
  /** Adds a node with one output, and returns the output's name. */
  readonly op: (op: string, operands: readonly Operand[], attributes?: Node['attributes'], output?: string) => string;
}

/** A list without nodes yet. */
export function nodeList(): NodeList {
  const nodes: Node[] = [];
  const initializers: TensorProto[] = [];
  const nameOf = (operand: Operand): string => {
    if (typeof operand === 'string') return operand;
    const name = `constant_${initializers.length}`;
    initializers.push(typeof operand === 'number' ? floats(name, [], [operand]) : int64s(name, operand));
    return name;
  };
  return {
    nodes,
    initializers,
    op(op, operands, attributes = {}, output = `${op}_${nodes.length}`) {
      nodes.push({ op, inputs: operands.map(nameOf), outputs: [output], attributes });
      return output;
    },
  };
}

/** A tensor of floats. */
export function floats(name: string, shape: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TYPES.float32, dims: shape.map(BigInt), floatData: [...values] });
}

/** A tensor of integers, along one axis. */
function int64s(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TYPES.int64, dims: [BigInt(values.length)], int64Data: values.map(BigInt) });
}

/**
 * The type of a tensor. A size that is a text is open, and `null` is an open size without a name.
 */
export function tensorType(type: TypeName, shape: readonly (number | string | null)[]): TypeProto {
  const dim = shape.map((size) => {
    if (size === null) return {};
    return {
      value: typeof size === 'string' ? { case: 'dimParam' as const, value: size } : { case: 'dimValue' as const, value: BigInt(size) },
    };
  });
  return create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: TYPES[type], shape: { dim } } } });
}

function modelOfGraph(
  graph: Omit<MessageInitShape<typeof GraphProtoSchema>, '$typeName'>,
  { opset = 13, irVersion = 8, functions = [] }: ModelOptions = {},
): Uint8Array {
  const domains = new Set([...functions, ...(graph.node ?? [])].map(({ domain = '' }) => domain));
  domains.delete('');
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    opsetImport: [{ domain: '', version: BigInt(opset) }, ...Array.from(domains, (domain) => ({ domain, version: 1n }))],
    functions: [...functions],
    graph: { ...graph, name: 'graph' },
  });
  return toBinary(ModelProtoSchema, model);
}

function attribute(name: string, value: number | readonly number[] | TensorProto) {
  const { INT, INTS, TENSOR } = AttributeProto_AttributeType;
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if ('$typeName' in value) return create(AttributeProtoSchema, { name, type: TENSOR, t: value });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}
