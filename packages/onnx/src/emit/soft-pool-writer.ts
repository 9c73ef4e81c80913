/** Writes soft poolings into a model: as calls of functions, which it adds, or as operators. */
import { create, equals } from '@bufbuild/protobuf';
import { type FunctionProto, FunctionProtoSchema, type ModelProto, type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { DOMAIN, DOMAIN_VERSION } from '../graph/domain.ts';
import { namesIn, prefixMaker } from '../graph/free-names.ts';
import type { CheckedModel } from '../graph/model.ts';
import { softPoolFunction, softPoolNode } from './function.ts';
import { nodeList } from './node-list.ts';
import type { SoftPooling } from './pooling.ts';
import { emitSoftPool } from './soft-pool.ts';

/** Where a soft pooling goes. */
export interface Place {
  /** The name that reports give it. */
  readonly name: string;
  readonly input: string;
  readonly output: string;
  /** The node whose name and words for people the call keeps. */
  readonly from: NodeProto;
}

/** What a report says of soft pooling that is written as operators though functions were wanted. */
export function whyOperators({ model: { irVersion } }: CheckedModel, isInline: boolean): readonly string[] {
  if (isInline || irVersion >= FIRST_IR_WITH_FUNCTIONS) return [];
  return [`written as operators: models of IR version ${irVersion} have no functions`];
}

/**
 * Makes the nodes of soft poolings, and adds the functions that they need to the model. A model
 * with an IR version below 8, which has no functions, always gets operators.
 */
export function softPoolWriter({ model, opset }: CheckedModel, isInline: boolean): (pooling: SoftPooling, place: Place) => NodeProto[] {
  const inline = isInline || model.irVersion < FIRST_IR_WITH_FUNCTIONS;
  const freePrefix = prefixMaker(namesIn(model));
  const functionFor = functionMaker(model, opset);
  return (pooling, { name, input, output, from }) => {
    if (inline) {
      const list = nodeList(opset, freePrefix(name));
      emitSoftPool(list, input, output, pooling);
      return list.nodes;
    }
    const added = softPoolNode(pooling, opset, from.name, input, output);
    const { docString, metadataProps } = from;
    return [Object.assign(added, { opType: functionFor(added.opType, pooling), docString, metadataProps })];
  };
}

const FIRST_IR_WITH_FUNCTIONS = 8n;

/**
 * Makes functions: adds that of a soft pooling to the model, and returns its name. A function that
 * the model already has under the name is used if it is the same, and otherwise left alone.
 */
function functionMaker(model: ModelProto, opset: number): (wanted: string, pooling: SoftPooling) => string {
  const others = new Map(model.functions.filter(({ domain }) => domain === DOMAIN).map((each) => [each.name, each]));
  const names = new Map<string, string>();
  const make = (wanted: string, pooling: SoftPooling): string => {
    const added = softPoolFunction(pooling, opset);
    for (let count = 2; ; count++) {
      const other = others.get(added.name);
      if (other === undefined) model.functions.push(added);
      if (other === undefined || isSameFunction(other, added)) return added.name;
      added.name = `${wanted}_${count}`;
    }
  };
  return (wanted, pooling) => {
    const name = names.get(wanted) ?? make(wanted, pooling);
    names.set(wanted, name);
    if (!model.opsetImport.some(({ domain }) => domain === DOMAIN)) {
      model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: DOMAIN, version: BigInt(DOMAIN_VERSION) }));
    }
    return name;
  };
}

/** Whether two functions compute the same: all but their words for people. */
function isSameFunction(a: FunctionProto, b: FunctionProto): boolean {
  return equals(FunctionProtoSchema, { ...a, ...WORDS }, { ...b, ...WORDS });
}

const WORDS = { docString: '', metadataProps: [], valueInfo: [] };
