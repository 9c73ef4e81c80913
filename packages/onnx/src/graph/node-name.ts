/** What nodes are called. */
import type { NodeProto } from 'onnx-buf';

/** The name of a node in messages and reports: that of its output if it has none. */
export function nameOf({ name, output }: NodeProto): string {
  return name === '' ? (output[0] ?? '') : name;
}
