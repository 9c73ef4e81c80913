/** Makes attributes and tensors, and reads attributes by name. */
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';

/** The value of an attribute: an integer, a wrapped float, a text, integers, a tensor, a graph. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number } | TensorProto | GraphProto;

const { INT, INTS, STRING, FLOAT, TENSOR, GRAPH } = AttributeProto_AttributeType;

/** Makes an attribute. Numbers are integers unless they are wrapped as floats. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if (typeof value === 'string') return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  if ('$typeName' in value) {
    return create(
      AttributeProtoSchema,
      value.$typeName === 'onnx.GraphProto' ? { name, type: GRAPH, g: value } : { name, type: TENSOR, t: value },
    );
  }
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}

/** Integers as a tensor of one axis. */
export function integerTensor(values: readonly (number | bigint)[]): TensorProto {
  const int64Data = values.map(BigInt);
  return create(TensorProtoSchema, { dataType: TensorProto_DataType.INT64, dims: [BigInt(values.length)], int64Data });
}

/** A number as a tensor without axes. */
export function scalarTensor(dataType: TensorProto_DataType, value: number): TensorProto {
  return create(TensorProtoSchema, {
    dataType,
    ...(dataType === TensorProto_DataType.DOUBLE ? { doubleData: [value] } : { floatData: [value] }),
  });
}

/** The attribute with that name; `undefined` if the node has none. */
export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((each) => each.name === name);
}

/** An integer attribute; `otherwise` if the node has none. */
export function integerOf(node: NodeProto, name: string, otherwise: number): number {
  const found = attributeOf(node, name);
  return found === undefined ? otherwise : Number(found.i);
}

/** An attribute with integers; `undefined` if the node has none. */
export function integersOf(node: NodeProto, name: string): number[] | undefined {
  return attributeOf(node, name)?.ints.map(Number);
}

/** A text attribute; `otherwise` if the node has none. */
export function textOf(node: NodeProto, name: string, otherwise: string): string {
  const found = attributeOf(node, name);
  return found === undefined ? otherwise : new TextDecoder().decode(found.s);
}
