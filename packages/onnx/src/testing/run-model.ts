/** Models of one soft pooling, and how they are run. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { ElementType } from '@softpool/surgery';
import {
  type FunctionProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProto_DataType,
  type TypeProto,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';
import { DOMAIN } from '../graph/domain.ts';

/** The element types in ONNX's numbers. */
const NUMBERS = {
  float16: TensorProto_DataType.FLOAT16,
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
} as const;

/** A type: texts are sizes that are not known, and `null` is one without a name. */
export function tensorType(elementType: ElementType, shape: readonly (number | string | null)[]): TypeProto {
  const dim = shape.map((size) => {
    if (size === null) return {};
    return {
      value: typeof size === 'string' ? { case: 'dimParam' as const, value: size } : { case: 'dimValue' as const, value: BigInt(size) },
    };
  });
  return create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: NUMBERS[elementType], shape: { dim } } } });
}

/** A model of these nodes, from `x` to `y`. */
export function modelOf(
  nodes: readonly NodeProto[],
  type: TypeProto,
  outputType: TypeProto,
  { opset = 13, functions = [], irVersion = 8 }: { opset?: number; functions?: readonly FunctionProto[]; irVersion?: number } = {},
): Uint8Array {
  const named = (name: string, of: TypeProto) => create(ValueInfoProtoSchema, { name, type: of });
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    opsetImport: [{ domain: '', version: BigInt(opset) }, ...(functions.length > 0 ? [{ domain: DOMAIN, version: 1n }] : [])],
    functions: [...functions],
    graph: { name: 'graph', node: [...nodes], input: [named('x', type)], output: [named('y', outputType)] },
  });
  return toBinary(ModelProtoSchema, model);
}

/** A model of one soft pooling, as a function or inlined, for tensors of any size. */
export function softPoolModel(pooling: SoftPooling, rank: number, { inline = false, opset = 13 } = {}): Uint8Array {
  const axes = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  const types = [
    tensorType(pooling.elementType, axes),
    tensorType(
      pooling.elementType,
      axes.map((name) => `${name}_out`),
    ),
  ] as const;
  if (!inline)
    return modelOf([softPoolNode(pooling, 'pool', 'x', 'y')], ...types, { opset, functions: [softPoolFunction(pooling, opset)] });
  const list = nodeList(opset, 'pool/');
  emitSoftPool(list, 'x', 'y', pooling);
  return modelOf(list.nodes, ...types, { opset });
}
