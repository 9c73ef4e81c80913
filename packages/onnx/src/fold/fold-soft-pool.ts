/** Soft pooling that was exported as a composition becomes a stable function. */
import { type PoolingInfo, poolingInWords } from '@softpool/surgery';
import type { GraphProto, NodeProto } from 'onnx-buf';
import { checkKeys, checkOneOf } from 'softpool/internal';
import { whyOperators } from '../emit/soft-pool-writer.ts';
import { isPartOfSoftPool } from '../emit/subgraph.ts';
import { DEFAULT_TARGET, TARGETS, type Target } from '../emit/target.ts';
import { functionKey } from '../graph/calls.ts';
import { DOMAIN } from '../graph/domain.ts';
import { functionValues, type GraphValues, isStandard, valuesOf } from '../graph/graph-values.ts';
import { type CheckedModel, readModel, writeModel } from '../graph/model.ts';
import { nameOf } from '../graph/node-name.ts';
import { replaceIn } from '../graph/replace-nodes.ts';
import { subgraphs } from '../graph/walk.ts';
import { type Context, contextOf } from './context.ts';
import { foldedWriter } from './folded-writer.ts';
import { type FoundPooling, fitted, type Match } from './match.ts';
import { ratioAt } from './ratios.ts';
import { removeUnread } from './remove-unread.ts';
import { wholeBudget } from './trial-value.ts';
import { weightedSumAt } from './weighted-sums.ts';
import { writtenOut } from './written-out.ts';

/** How soft pooling is written. */
export interface FoldSoftPoolOptions {
  /**
   * Whether the standard operators themselves are written, for runtimes without model-local
   * functions. Default `false`: the model gets a function and nodes that call it. A model with an
   * IR version below 8, which has no functions, always gets the operators.
   */
  readonly inline?: boolean | undefined;
  /**
   * Where the model is to run. `'cpu'`: fast operators, with an `If` that chooses the stable ones
   * where exponentials over- or underflow. `'gpu'`: only operators that GPUs run without waiting
   * for the processor. `'any'` (default): operators for every device and runtime.
   */
  readonly for?: Target | undefined;
}

/** A composition that is soft pooling, or nearly. */
export interface PoolingFold {
  /** The name of the node with its result, after those of the nodes and branches around it. */
  readonly path: string;
  /** `'refused'`: it is nearly soft pooling, and stays. */
  readonly action: 'folded' | 'refused';
  /** How it was written, e.g. `'AveragePool(x·eˣ) / AveragePool(eˣ)'`. */
  readonly form: string;
  /** What it is now, e.g. `'soft 2×2/2'`; empty if it stays. */
  readonly to: string;
  /** The nodes that were removed, except constants. */
  readonly removed: readonly RemovedNode[];
  /** What is different now beside stability, or why it stays. */
  readonly reason: string;
  /** The shape of its output, as in {@link PoolingInfo}. */
  readonly outputShape: PoolingInfo['outputShape'];
}

/** A node that is no longer in the model. */
export interface RemovedNode {
  /** Its name; that of its output if it has none. */
  readonly name: string;
  /** Its operator. */
  readonly type: string;
}

/** A model with its soft pooling folded, and the report. */
export interface FoldedSoftPool {
  /** The bytes of the new model. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** An entry for each composition that is soft pooling or nearly, in the order of the nodes. */
  readonly report: readonly PoolingFold[];
}

/**
 * Finds soft pooling that was exported as a composition of operators, which gives NaN where its
 * exponentials overflow, and puts the stable function in its place. Values stay the same within
 * 1e-5 of the larger of |y| and the range of a window. Where the model's own functions compute it,
 * they are written out.
 *
 * @param model - The bytes of the model, which do not change. Files that hold its tensors are not
 * needed, and fit both models.
 * @param options - How soft pooling is written.
 * @returns The new model and the report.
 * @throws OnnxModelError that says what is wrong with the model; TypeError or RangeError that names
 * the option, what was expected and what was received.
 * @example
 * ```ts
 * const bytes =
 *   'CAg68gEKCwoBeBIBZSIDRXhwCg4KAXgKAWUSAXAiA011bAo8CgFwEgFuIgtBdmVyYWdlUG9vbCoVCgxrZXJuZWxfc2hhcGVAAkACoAEH' +
 *   'KhAKB3N0cmlkZXNAAkACoAEHCjwKAWUSAWQiC0F2ZXJhZ2VQb29sKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcqEAoHc3RyaWRlc0ACQAKg' +
 *   'AQcKDgoBbgoBZBIBeSIDRGl2EgVncmFwaFofCgF4EhoKGAgBEhQKAxIBTgoDEgFDCgMSAUgKAxIBV2IfCgF5EhoKGAgBEhQKAxIBTgoD' +
 *   'EgFDCgMSAUgKAxIBV0IECgAQEQ=='; // AvgPool(x·eˣ) / AvgPool(eˣ), 2×2/2
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * const { model: stable, report } = foldSoftPool(model);
 * report[0]?.to; // 'soft 2×2/2'
 * report[0]?.removed.map(({ type }) => type); // ['Div', 'AveragePool', 'AveragePool', 'Mul', 'Exp']
 * ```
 */
export function foldSoftPool(model: Uint8Array, options: FoldSoftPoolOptions = {}): FoldedSoftPool {
  const call = 'foldSoftPool';
  checkKeys(call, options, ['inline', 'for']);
  const { inline = false, for: target = DEFAULT_TARGET } = options;
  checkOneOf(call, 'options.inline', inline, [true, false]);
  checkOneOf(call, 'options.for', target, TARGETS);
  const edited = readModel(call, model);
  const whole = writtenOut(edited);
  if (whole === undefined) return folded(edited, inline, target);
  // What a model's own functions compute is found where they are called: there types are known.
  const there = folded(whole.edited, inline, target, whole.reasons);
  const here = folded(edited, inline, target);
  // Functions stay if it is of no use to write them out.
  return countFolded(there) > countFolded(here) ? there : { model: here.model, report: there.report };
}

function countFolded({ report }: FoldedSoftPool): number {
  return report.filter(({ action }) => action === 'folded').length;
}

/** `reasons`: why functions of the model are not written out, by their keys. */
function folded(edited: CheckedModel, inline: boolean, target: Target, reasons: ReadonlyMap<string, string> = new Map()): FoldedSoftPool {
  const places = placesIn(edited, reasons);
  const write = foldedWriter(edited, inline, target);
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  for (const { match, found, context } of places)
    if (typeof found !== 'string') replacements.set(match.node, write(context, match.node, found));
  for (const { context } of places) replaceIn(context.graph.nodes, replacements);
  const removed = removeUnread(edited.model, replacements);
  const operators = whyOperators(edited, inline);
  const report = places.map((place) => reportOf(place, removed.get(place.match.node) ?? [], operators));
  return { model: writeModel(edited.model), report };
}

/** A composition in the model. */
interface Place {
  readonly match: Match;
  /** What it is if it can be folded, or why it cannot. */
  readonly found: FoundPooling | string;
  readonly context: Context;
  readonly path: string;
}

function placesIn({ model, opset }: CheckedModel, reasons: ReadonlyMap<string, string>): Place[] {
  const places: Place[] = [];
  const budget = wholeBudget();
  const look = (graph: GraphValues, prefix: string, inFunction?: string): void => {
    const context = contextOf(graph, opset, budget);
    for (const node of graph.nodes.filter(isStandard)) {
      const match = ratioAt(context, node) ?? weightedSumAt(context, node);
      if (match === undefined) continue;
      const found = inFunction ?? (typeof match.found === 'string' ? match.found : fitted(context, match.found));
      places.push({ match, found, context, path: `${prefix}${nameOf(node)}` });
    }
  };
  const visit = (graph: GraphProto, outer: GraphValues | undefined, prefix: string): void => {
    const values = valuesOf(graph, outer);
    look(values, prefix);
    for (const node of graph.node.filter((each) => !isPartOfSoftPool(each))) {
      for (const { attribute, graph: inner } of subgraphs(node)) visit(inner, values, `${prefix}${nameOf(node)}/${attribute}/`);
    }
  };
  visit(model.graph, undefined, '');
  for (const each of model.functions.filter(({ domain }) => domain !== DOMAIN)) {
    look(functionValues(each.node), `${each.name}/`, reasons.get(functionKey(each, each.name)));
  }
  return places;
}

function reportOf({ match, found, context, path }: Place, removed: readonly NodeProto[], operators: readonly string[]): PoolingFold {
  const { node, form } = match;
  const common = { path, form, outputShape: context.shapeOf(node.output[0] ?? '') };
  if (typeof found === 'string') return { ...common, action: 'refused', to: '', removed: [], reason: found };
  const { window, beta, weights, notes } = found;
  return {
    ...common,
    action: 'folded',
    to: poolingInWords({ kind: window === undefined ? 'globalSoft' : 'soft', window, operator: { beta, weights, gradient: 'weights' } }),
    removed: removed.filter(({ opType }) => opType !== 'Constant').map((each) => ({ name: nameOf(each), type: each.opType })),
    reason: [...(notes.length === 0 ? ['same values'] : notes), ...operators].join('; '),
  };
}
