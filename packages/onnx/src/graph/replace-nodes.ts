/** Replaces nodes of a list. */
import type { NodeProto } from 'onnx-buf';

/** In place, and all at once: a list may have many thousands of nodes. */
export function replaceIn(nodes: NodeProto[], replacements: ReadonlyMap<NodeProto, readonly NodeProto[]>): void {
  const all = nodes.flatMap((node) => replacements.get(node) ?? [node]);
  nodes.length = 0;
  for (const node of all) nodes.push(node);
}
