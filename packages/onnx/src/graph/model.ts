/**
 * Reads, checks and writes models. Fields that are unknown to this version of the format survive.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { checkLinks } from './links.ts';
import { OnnxModelError } from './model-error.ts';

/** A model with a graph. */
export type CheckedModel = ModelProto & { readonly graph: GraphProto };

/** The first opset with all operators in the form that we emit, and the last that we know. */
const OPSETS = { first: 11, last: 26 } as const;

/** Reads a model. Throws an OnnxModelError that says what is wrong with it. */
export function readModel(bytes: Uint8Array): CheckedModel {
  const model = parsed(bytes);
  const { graph, irVersion } = model;
  if (irVersion <= 0n || graph === undefined) {
    throw new OnnxModelError(`no ONNX model: it has no ${irVersion <= 0n ? 'IR version' : 'graph'}`);
  }
  const opset = opsetOf(model);
  if (opset === undefined) throw new OnnxModelError('the ONNX model does not say which opset it is for; it may be truncated');
  if (opset < OPSETS.first || opset > OPSETS.last) {
    throw new OnnxModelError(`the ONNX model is for opset ${opset}; what can be edited is ${OPSETS.first} to ${OPSETS.last}`);
  }
  checkLinks(graph);
  return model as CheckedModel;
}

/** The bytes of a model. */
export function writeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  return toBinary(ModelProtoSchema, model);
}

/** The opset of a model; `undefined` if the model does not say. */
export function opsetOf({ opsetImport }: ModelProto): number | undefined {
  const found = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return found === undefined ? undefined : Number(found.version);
}

function parsed(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw new OnnxModelError('no ONNX model: there are no bytes');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('recursion depth'))
      throw new OnnxModelError('the ONNX model has graphs in graphs, too deep to be read', { cause: error });
    throw new OnnxModelError(`no ONNX model, or a truncated one: ${message}`, { cause: error });
  }
}
