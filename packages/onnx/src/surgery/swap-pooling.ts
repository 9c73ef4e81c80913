/** Surgery on ONNX models: pooling nodes listed and replaced. */
import { changeOf, checkNames, decide, type ElementType, type PoolingChange, type PoolingInfo } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { channelsIn } from '../emit/pooling.ts';
import { softPoolWriter, whyOperators } from '../emit/soft-pool-writer.ts';
import { readModel, writeModel } from '../graph/model.ts';
import { replaceIn } from '../graph/replace-nodes.ts';
import { checkOptions, type SwapPoolingOptions } from './options.ts';
import { poolingNodes } from './poolings.ts';

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
  return poolingNodes(readModel('inspectPooling', model)).map(({ info }) => info);
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
 * report[0]?.before; // 'max 3×3/2 pad 1'
 * report[0]?.after; // 'soft 2×2/2, ceil'
 * soft.length > model.length; // true
 * ```
 */
export function swapPooling(model: Uint8Array, options: SwapPoolingOptions = {}): SwappedPooling {
  const checked = checkOptions('swapPooling', options);
  const edited = readModel('swapPooling', model);
  const sites = poolingNodes(edited);
  checkNames(
    checked,
    sites.map(({ info }) => info),
  );
  const write = softPoolWriter(edited, checked.inline);
  const operators = whyOperators(edited, checked.inline);
  const { beta, weights } = checked.operator;
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  const report = sites.map((site) => {
    const decision = decide(site, checked);
    if (decision.action === 'replaced') {
      const { node, info } = site;
      // The element type is known: otherwise the pooling would be refused.
      const elementType = info.elementType as ElementType;
      const pooling = {
        window: decision.window,
        beta,
        weights,
        elementType,
        target: checked.target,
        channels: channelsIn(info.inputShape),
      };
      const [input = '', output = ''] = [node.input[0], node.output[0]];
      replacements.set(node, write(pooling, { name: info.name, input, output, from: node }));
    }
    const change = changeOf(site.info, decision, checked);
    return decision.action === 'replaced' ? { ...change, reason: [change.reason, ...operators].join('; ') } : change;
  });
  for (const nodes of new Set(sites.map((site) => site.nodes))) replaceIn(nodes, replacements);
  return { model: writeModel(edited.model), report };
}
