/**
 * Reads, checks and writes models. Fields that are unknown to this version of the format survive.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { typeError } from 'softpool/internal';
import { type FunctionsInOrder, functionsInOrder } from './calls.ts';
import { checkLinks } from './links.ts';
import { OnnxModelError } from './model-error.ts';
import { whyNotAModel } from './not-a-model.ts';

/** A model that is sound as far as surgery needs it. */
export interface CheckedModel {
  readonly model: ModelProto & { readonly graph: GraphProto };
  /** The opset of the standard's operators. */
  readonly opset: number;
  /** Nodes whose second output is read, also by graphs in other nodes. */
  readonly withSecondOutput: ReadonlySet<NodeProto>;
  /** The model's own functions, each behind those that it calls. */
  readonly functions: FunctionsInOrder;
}

/** The first opset with all operators in the form that we emit, and the last that we know. */
const OPSETS = { first: 11, last: 26 } as const;

/**
 * Reads a model. Throws an OnnxModelError that says what is wrong with it; a TypeError in the name
 * of `call` if it is not given as bytes.
 */
export function readModel(call: string, bytes: Uint8Array): CheckedModel {
  // By its name: that of another realm is one too.
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
    const hint = ': wrap an ArrayBuffer in new Uint8Array, read a file first';
    throw typeError(call, 'model', 'a Uint8Array with the bytes of an ONNX model', bytes, hint);
  }
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
  const withSecondOutput = checkLinks(graph);
  return { model: model as CheckedModel['model'], opset, withSecondOutput, functions: functionsInOrder(model) };
}

/** The bytes of a model. */
export function writeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  return toBinary(ModelProtoSchema, model);
}

function opsetOf({ opsetImport }: ModelProto): number | undefined {
  const found = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return found === undefined ? undefined : Number(found.version);
}

function parsed(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw new OnnxModelError('not an ONNX model: it is empty');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new OnnxModelError(whyNotAModel(bytes) ?? (isTooDeep(bytes) ? TOO_DEEP : DAMAGED), { cause: error });
  }
}

const TOO_DEEP = 'the graphs of the ONNX model are nested too deep';
const DAMAGED = 'the ONNX model is damaged, or its graphs are nested too deep: a message in it cannot be decoded';

/** Whether the nesting of messages is all that is wrong. */
function isTooDeep(bytes: Uint8Array): boolean {
  try {
    fromBinary(ModelProtoSchema, bytes, { recursionLimit: 1000 });
    return true;
  } catch {
    return false;
  }
}
