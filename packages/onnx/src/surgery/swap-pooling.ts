/** Poolings replaced in a model. */
import { create } from '@bufbuild/protobuf';
import { type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { DOMAIN, DOMAIN_VERSION, softPoolFunction, softPoolNode } from '../emit/function.ts';
import { nodeList } from '../emit/node-list.ts';
import type { ElementType, PoolingWindow, SoftPooling } from '../emit/pooling.ts';
import { emitSoftPool } from '../emit/soft-pool.ts';
import { type CheckedModel, opsetOf, readModel, writeModel } from '../graph/model.ts';
import { checkNames, isWanted, type Plan, planOf, type SwapPoolingOptions } from './options.ts';
import { inWords, namesIn, type PoolingInfo, type PoolingSite, poolingSites, windowInWords } from './poolings.ts';
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
  const emit = emitterFor(edited, plan);
  const report = sites.map((site) => {
    const decision = decide(site.info, plan);
    if (decision.action === 'replaced') emit(site, decision.pooling);
    return changeOf(site.info, decision, plan);
  });
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
  const smaller = paperWindow(window);
  if (smaller !== undefined) return replaced(smaller, `${windowInWords({ ...smaller, ceilMode: false })} as in the paper: same size`);
  const halved = window.size.map((size) => (size === 3 ? 2 : size)).join('×');
  return replaced(window, `same window: ${halved}/2 would not keep every size`);
}

function changeOf(info: PoolingInfo, decision: Decision, plan: Plan): PoolingChange {
  const from = inWords(info.kind, info.window);
  const to = decision.action === 'replaced' ? inWords('soft', decision.pooling.window, plan) : from;
  const { path, opType, outputShape } = info;
  return { node: path, opType, action: decision.action, from, to, reason: decision.reason, outputShape };
}

/** Puts a soft pooling into the place of a node. */
function emitterFor(model: CheckedModel, plan: Plan): (site: PoolingSite, pooling: SoftPooling) => void {
  const opset = opsetOf(model) ?? 0;
  const names = namesIn(model);
  const inline = plan.inline || model.irVersion < FIRST_IR_WITH_FUNCTIONS;
  return ({ node, nodes, info }, pooling) => {
    const [input = '', output = ''] = [node.input[0], node.output[0]];
    let added: NodeProto[];
    if (inline) {
      const list = nodeList(opset, freePrefix(info.name, names));
      emitSoftPool(list, input, output, pooling);
      added = list.nodes;
    } else {
      addFunction(model, pooling, opset);
      added = [
        Object.assign(softPoolNode(pooling, node.name, input, output), { docString: node.docString, metadataProps: node.metadataProps }),
      ];
    }
    nodes.splice(nodes.indexOf(node), 1, ...added);
  };
}

const FIRST_IR_WITH_FUNCTIONS = 8n;

function addFunction(model: CheckedModel, pooling: SoftPooling, opset: number): void {
  const added = softPoolFunction(pooling, opset);
  if (!model.functions.some(({ domain, name }) => domain === DOMAIN && name === added.name)) model.functions.push(added);
  if (model.opsetImport.some(({ domain }) => domain === DOMAIN)) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: DOMAIN, version: BigInt(DOMAIN_VERSION) }));
}

/** A prefix that no name of the model has. */
function freePrefix(name: string, names: Set<string>): string {
  for (let count = 0; ; count++) {
    const prefix = `${name}/soft${count === 0 ? '' : count}/`;
    if (Array.from(names).some((other) => other.startsWith(prefix))) continue;
    names.add(prefix);
    return prefix;
  }
}
