/** Surgery on ONNX models: pooling nodes listed and replaced. */
import { create, equals } from '@bufbuild/protobuf';
import {
  changeOf,
  checkNames,
  decide,
  type ElementType,
  type PoolingChange,
  type PoolingInfo,
  type PoolingWindow,
} from '@softpool/surgery';
import { type FunctionProto, FunctionProtoSchema, type ModelProto, type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';
import { DOMAIN, DOMAIN_VERSION } from '../graph/domain.ts';
import { type CheckedModel, readModel, writeModel } from '../graph/model.ts';
import { type CheckedSwapOptions, checkOptions, type SwapPoolingOptions } from './options.ts';
import { type NodeSite, namesIn, poolingNodes } from './poolings.ts';

/** A model with other pooling, and the report. */
export interface SwappedPooling {
  /** The bytes of the new model. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** An entry per pooling, in the order of the nodes. */
  readonly report: readonly PoolingChange[];
}

/**
 * Lists the pooling of a model.
 *
 * @param model - The bytes of the model. Files that hold its tensors are not needed.
 * @returns An entry per pooling, in the order of the nodes.
 * @throws OnnxModelError that says what is wrong with the model.
 * @example
 * ```ts
 * const bytes =
 *   'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
 *   'ZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIB' +
 *   'QwoDEgFICgMSAVdCBAoAEA0='; // the max pooling of a ResNet
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * const [pool] = inspectPooling(model);
 * [pool?.name, pool?.kind, pool?.window?.kernelSize]; // ['pool', 'max', [3, 3]]
 * ```
 */
export function inspectPooling(model: Uint8Array): PoolingInfo[] {
  return poolingNodes(readModel(model)).map(({ info }) => info);
}

/**
 * Replaces max pooling by soft pooling, or as the options say. Everything else stays as it is:
 * weights, names, metadata, opset and IR version.
 *
 * @param model - The bytes of the model, which do not change. Files that hold its tensors are not
 * needed, and fit both models.
 * @param options - What to replace, and by what.
 * @returns The new model and the report.
 * @throws OnnxModelError that says what is wrong with the model; RangeError or TypeError that names
 * the option, what was expected and what was received.
 * @example
 * ```ts
 * const bytes =
 *   'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
 *   'ZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIB' +
 *   'QwoDEgFICgMSAVdCBAoAEA0='; // the max pooling of a ResNet
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * const { model: soft, report } = swapPooling(model); // the bytes of a file
 * report[0]?.from; // 'max 3×3/2 pad 1'
 * report[0]?.to; // 'soft 2×2/2, ceil'
 * soft.length > model.length; // true
 * ```
 */
export function swapPooling(model: Uint8Array, options: SwapPoolingOptions = {}): SwappedPooling {
  const checked = checkOptions('swapPooling', options);
  const edited = readModel(model);
  const sites = poolingNodes(edited);
  checkNames(
    checked,
    sites.map(({ info }) => info),
  );
  const replacementFor = emitterFor(edited, checked);
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  const report = sites.map((site) => {
    const decision = decide(site, checked);
    if (decision.action === 'replaced') replacements.set(site.node, replacementFor(site, decision.window));
    return changeOf(site.info, decision, checked);
  });
  for (const nodes of new Set(sites.map((site) => site.nodes))) replaceIn(nodes, replacements);
  return { model: writeModel(edited.model), report };
}

/** Makes the nodes that replace one, and adds the functions that they need to the model. */
function emitterFor(
  { model, opset }: CheckedModel,
  { inline: isInline, operator: { beta, weights } }: CheckedSwapOptions,
): (site: NodeSite, window: PoolingWindow | undefined) => readonly NodeProto[] {
  const inline = isInline || model.irVersion < FIRST_IR_WITH_FUNCTIONS;
  const freePrefix = prefixMaker(namesIn(model));
  const functionFor = functionMaker(model, opset);
  return ({ node, info }, window) => {
    // The element type is known: otherwise the pooling would be refused.
    const pooling = { window, beta, weights, elementType: info.elementType as ElementType };
    const [input = '', output = ''] = [node.input[0], node.output[0]];
    if (inline) {
      const list = nodeList(opset, freePrefix(info.name));
      emitSoftPool(list, input, output, pooling);
      return list.nodes;
    }
    const added = softPoolNode(pooling, node.name, input, output);
    return [
      Object.assign(added, { opType: functionFor(added.opType, pooling), docString: node.docString, metadataProps: node.metadataProps }),
    ];
  };
}

/** In place, and all at once: a list may have many thousands of nodes. */
function replaceIn(nodes: NodeProto[], replacements: ReadonlyMap<NodeProto, readonly NodeProto[]>): void {
  const all = nodes.flatMap((node) => replacements.get(node) ?? [node]);
  nodes.length = 0;
  for (const node of all) nodes.push(node);
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

/** Makes prefixes from the names of nodes. No name in the model starts with one. */
function prefixMaker(names: ReadonlySet<string>): (name: string) => string {
  const sorted = Array.from(names).sort();
  const given = new Set<string>();
  const counts = new Map<string, number>(); // thousands of nodes may have one name
  return (name) => {
    for (let count = counts.get(name) ?? 0; ; count++) {
      const prefix = `${name}/soft${count === 0 ? '' : count}/`;
      if (given.has(prefix) || startsOne(prefix, sorted)) continue;
      counts.set(name, count + 1);
      given.add(prefix);
      return prefix;
    }
  };
}

/** Whether one of the sorted names starts with a prefix: the first that is not before it would. */
function startsOne(prefix: string, sorted: readonly string[]): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(prefix) ?? false;
}
