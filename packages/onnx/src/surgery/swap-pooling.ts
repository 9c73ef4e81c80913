/** Surgery on ONNX models: pooling nodes listed and replaced. */
import { create } from '@bufbuild/protobuf';
import {
  changeOf,
  checkNames,
  decide,
  type ElementType,
  type PoolingChange,
  type PoolingInfo,
  type PoolingWindow,
} from '@softpool/surgery';
import { type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';
import { DOMAIN, DOMAIN_VERSION } from '../graph/domain.ts';
import { type CheckedModel, opsetOf, readModel, writeModel } from '../graph/model.ts';
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
  return { model: writeModel(edited), report };
}

/** Makes the nodes that replace one, and adds the functions that they need to the model. */
function emitterFor(
  model: CheckedModel,
  { inline: isInline, operator: { beta, weights } }: CheckedSwapOptions,
): (site: NodeSite, window: PoolingWindow | undefined) => readonly NodeProto[] {
  const opset = opsetOf(model) ?? 0;
  const inline = isInline || model.irVersion < FIRST_IR_WITH_FUNCTIONS;
  const freePrefix = prefixMaker(namesIn(model));
  const functions = new Set<string>();
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
    if (!functions.has(added.opType)) addFunction(model, pooling, opset);
    functions.add(added.opType);
    return [Object.assign(added, { docString: node.docString, metadataProps: node.metadataProps })];
  };
}

/** In place, and all at once: a list may have many thousands of nodes. */
function replaceIn(nodes: NodeProto[], replacements: ReadonlyMap<NodeProto, readonly NodeProto[]>): void {
  const all = nodes.flatMap((node) => replacements.get(node) ?? [node]);
  nodes.length = 0;
  for (const node of all) nodes.push(node);
}

const FIRST_IR_WITH_FUNCTIONS = 8n;

function addFunction(model: CheckedModel, pooling: SoftPooling, opset: number): void {
  const added = softPoolFunction(pooling, opset);
  if (!model.functions.some(({ domain, name }) => domain === DOMAIN && name === added.name)) model.functions.push(added);
  if (model.opsetImport.some(({ domain }) => domain === DOMAIN)) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: DOMAIN, version: BigInt(DOMAIN_VERSION) }));
}

/** Makes prefixes from the names of nodes. No name in the model starts with one. */
function prefixMaker(names: ReadonlySet<string>): (name: string) => string {
  const ends = (name: string): string[] =>
    Array.from(name.matchAll(/\/soft\d*(?=\/)/g), ({ 0: soft, index }) => name.slice(0, index + soft.length + 1));
  const taken = new Set(Array.from(names).flatMap(ends));
  const counts = new Map<string, number>(); // thousands of nodes may have one name
  return (name) => {
    for (let count = counts.get(name) ?? 0; ; count++) {
      const prefix = `${name}/soft${count === 0 ? '' : count}/`;
      if (taken.has(prefix)) continue;
      counts.set(name, count + 1);
      taken.add(prefix);
      return prefix;
    }
  };
}
