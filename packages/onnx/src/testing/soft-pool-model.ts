/** Models of one soft pooling. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import { ModelProtoSchema } from 'onnx-buf';
import { softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';

/** A model of one soft pooling, as a function or inlined, for tensors of any size. */
export function softPoolModel(pooling: SoftPooling, rank: number, { inline = false, opset = 13 } = {}): Uint8Array {
  const axes = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  const outputAxes = axes.map((name) => `${name}_out`);
  const types = [tensorType(pooling.elementType, axes), tensorType(pooling.elementType, outputAxes)] as const;
  if (!inline) {
    return modelOf([softPoolNode(pooling, opset, 'pool', 'x', 'y')], ...types, { opset, functions: [softPoolFunction(pooling, opset)] });
  }
  const list = nodeList(opset, 'pool/');
  emitSoftPool(list, 'x', 'y', pooling);
  return modelOf(list.nodes, ...types, { opset });
}

/** The model with batches of any size taken image by image, if it takes large ones so. */
export function withImagesApart(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const node of [...(model.graph?.node ?? []), ...model.functions.flatMap((each) => each.node)]) {
    const constant = node.opType === 'Constant' ? node.attribute[0]?.t : undefined;
    const [value, ...others] = constant?.int64Data ?? [];
    if (constant !== undefined && others.length === 0 && LIMITS.includes(value)) constant.int64Data = [0n];
  }
  return toBinary(ModelProtoSchema, model);
}

/** The numbers that the elements of large batches, and of each image in them, exceed. */
const LIMITS: readonly (bigint | undefined)[] = [2n ** 20n - 1n, 2n ** 15n - 1n];
