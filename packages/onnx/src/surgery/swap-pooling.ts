/** Poolings replaced in a model. */
import { create } from '@bufbuild/protobuf';
import { type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { DOMAIN, DOMAIN_VERSION, softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { ElementType, PoolingWindow, SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';
import { type CheckedModel, opsetOf, readModel, writeModel } from '../graph/model.ts';
import { checkNames, isWanted, type Plan, planOf, type SwapPoolingOptions } from './options.ts';
import { inWords, namesIn, type PoolingInfo, type PoolingSite, poolingInWords, poolingSites, windowInWords } from './poolings.ts';
import { paperWindow } from './windows.ts';

/** What was done about one pooling. */
export interface PoolingChange {
  /** Its name behind those of the nodes and branches that it is in. */
  readonly node: string;
  /** Its operator before the change. */
  readonly opType: string;
  /** What became of it: `'refused'` was asked for, and cannot be replaced. */
  readonly action: 'replaced' | 'kept' | 'refused';
  /** What it was: `'max 3×3/2 pad 1'`. */
  readonly from: string;
  /** What it is: `'soft 2×2/2, ceil'`. */
  readonly to: string;
  /** Why it was replaced in this way, kept or refused. */
  readonly reason: string;
  /** The shape of its output, as {@link PoolingInfo} has it. */
  readonly outputShape: PoolingInfo['outputShape'];
}

/** A model with other poolings, and what was done to it. */
export interface SwappedPooling {
  /** The bytes of the new model. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** A line for each pooling, in the order of the nodes. */
  readonly report: readonly PoolingChange[];
}

/**
 * The poolings of a model.
 *
 * @param model - The bytes of the model; tensors that it keeps in other files are not needed.
 * @returns A line for each, in the order of the nodes.
 * @throws OnnxModelError that says what is wrong with the model.
 * @example
 * ```ts
 * const bytes =
 *   'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
 *   'ZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIB' +
 *   'QwoDEgFICgMSAVdCBAoAEA0='; // the max pooling of a ResNet
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * const [pool] = inspectPooling(model);
 * [pool?.name, pool?.opType, pool?.window?.size]; // ['pool', 'MaxPool', [3, 3]]
 * ```
 */
export function inspectPooling(model: Uint8Array): PoolingInfo[] {
  return poolingSites(readModel(model)).map(({ info }) => info);
}

/**
 * A model with soft pooling in the place of max pooling, or as the options say. All else stays as it is: weights, in the file or outside of it, names,
 * metadata, opset and IR version.
 *
 * @param model - The bytes of the model, which are not changed; tensors that it keeps in other files are not needed, and fit both.
 * @param options - What to replace, and by what.
 * @returns The new model, and the report.
 * @throws OnnxModelError that says what is wrong with the model; RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const bytes =
 *   'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
 *   'ZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIB' +
 *   'QwoDEgFICgMSAVdCBAoAEA0='; // the max pooling of a ResNet
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * const { model: soft, report } = swapPooling(model); // to be written to a file
 * report[0]?.from; // 'max 3×3/2 pad 1'
 * report[0]?.to; // 'soft 2×2/2, ceil'
 * soft.length > model.length; // true
 * ```
 */
export function swapPooling(model: Uint8Array, options: SwapPoolingOptions = {}): SwappedPooling {
  const plan = planOf('swapPooling', options);
  const edited = readModel(model);
  const sites = poolingSites(edited);
  checkNames(
    plan,
    sites.map(({ info }) => info),
  );
  const replacementFor = emitterFor(edited, plan);
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  const report = sites.map((site) => {
    const decision = decide(site.info, plan);
    if (decision.action === 'replaced') replacements.set(site.node, replacementFor(site, decision.pooling));
    return changeOf(site.info, decision, plan);
  });
  for (const nodes of new Set(sites.map((site) => site.nodes))) replaceIn(nodes, replacements);
  return { model: writeModel(edited), report };
}

type Decision =
  | { readonly action: 'kept' | 'refused'; readonly reason: string }
  | { readonly action: 'replaced'; readonly reason: string; readonly pooling: SoftPooling };

function decide(info: PoolingInfo, plan: Plan): Decision {
  const { kind, opType, window, elementType, obstacle } = info;
  if (kind === 'soft') return { action: 'kept', reason: 'is soft pooling' };
  if (!plan.from.some((op) => op === opType)) return { action: 'kept', reason: `only ${plan.from.join(' and ')} was to be replaced` };
  if (!isWanted(plan, info)) return { action: 'kept', reason: 'left out by `where`' };
  if (obstacle !== undefined) return { action: 'refused', reason: obstacle };
  const replaced = (by: PoolingWindow | undefined, reason: string): Decision => {
    const pooling = { window: by, beta: plan.beta, weights: plan.weights, elementType: elementType as ElementType };
    return { action: 'replaced', pooling, reason };
  };
  if (window === undefined) return replaced(undefined, 'global pooling was asked for');
  const isThreeByTwo = window.size.includes(3) && window.size.every((size, axis) => (size === 3 ? window.strides[axis] === 2 : size === 1));
  if (plan.kernel === 'same' || kind !== 'max' || !isThreeByTwo) return replaced(window, 'same window');
  const smaller = paperWindow(window, info.inputShape?.slice(FIRST_SPATIAL_AXIS));
  if (smaller !== undefined) return replaced(smaller, `${windowInWords({ ...smaller, ceilMode: false })} as in the paper: same size`);
  const halved = window.size.map((size) => (size === 3 ? 2 : size)).join('×');
  return replaced(window, `same window: ${halved}/2 would not keep every size`);
}

/** Behind batch and channels. */
const FIRST_SPATIAL_AXIS = 2;

function changeOf(info: PoolingInfo, decision: Decision, plan: Plan): PoolingChange {
  const from = poolingInWords(info);
  const to = decision.action === 'replaced' ? inWords('soft', decision.pooling.window, plan) : from;
  const { path, opType, outputShape } = info;
  return { node: path, opType, action: decision.action, from, to, reason: decision.reason, outputShape };
}

/** Makes the nodes that take the place of one, and adds what they need to the model. */
function emitterFor(model: CheckedModel, plan: Plan): (site: PoolingSite, pooling: SoftPooling) => readonly NodeProto[] {
  const opset = opsetOf(model) ?? 0;
  const inline = plan.inline || model.irVersion < FIRST_IR_WITH_FUNCTIONS;
  const freePrefix = prefixMaker(namesIn(model));
  const functions = new Set<string>();
  return ({ node, info }, pooling) => {
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

/** In place, and all at once: a list may have many thousands. */
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

/** Makes prefixes that no name of the model has, of the names of nodes. */
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
