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
    throw new OnnxModelError(`not an ONNX model: it has no ${irVersion <= 0n ? 'IR version' : 'graph'}`);
  }
  const opset = opsetOf(model);
  if (opset === undefined) throw new OnnxModelError('the ONNX model has no opset; it may be truncated');
  if (opset < OPSETS.first || opset > OPSETS.last) {
    throw new OnnxModelError(`the ONNX model is for opset ${opset}; ${OPSETS.first} to ${OPSETS.last} work`);
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
  if (bytes.length === 0) throw new OnnxModelError('not an ONNX model: it is empty');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('recursion depth')) throw new OnnxModelError('the graphs of the ONNX model are nested too deep', { cause: error });
    throw new OnnxModelError(`not an ONNX model, or truncated: ${message}`, { cause: error });
  }
}
