/** Average poolings of exponentials: parts of soft pooling that is written as ops of a graph. */
import type { Config } from './config.ts';

/** Why such a pooling stays: soft pooling of weights would be something else. */
export const AVERAGES_EXPONENTIALS = 'it averages exponentials, as soft pooling written as operators does';

/** The nodes of a graph, or of a function in it, by their names. */
export type NodesByName = ReadonlyMap<string, Config>;

/** Whether the input of a node is an exponential, or has one as a factor. */
export function readsExponential(node: Config, nodes: NodesByName): boolean {
  const seen = new Set<Config>();
  const waiting = [node];
  for (let each = waiting.pop(); each !== undefined && seen.size < MOST_FOLLOWED; each = waiting.pop()) {
    for (const producer of each.op === 'Mul' ? inputsOf(each, nodes) : inputsOf(each, nodes).slice(0, 1)) {
      if (producer === undefined || seen.has(producer)) continue;
      // A convolution adds up the weights of channels that share them.
      const weight = producer.op === 'Conv2D' ? inputsOf(producer, nodes)[0] : producer;
      if (weight?.op === 'Exp' || (weight?.op === 'Pow' && inputsOf(weight, nodes)[0]?.op === 'Const')) return true;
      seen.add(producer);
      if (FOLLOWED.has(String(producer.op))) waiting.push(producer);
    }
  }
  return false;
}

/** Compositions have fewer ops; a long chain is something else. */
const MOST_FOLLOWED = 100;

/** Ops after which an exponential is still a weight, or a value times its weight. */
const FOLLOWED = new Set([
  ...['Mul', 'Add', 'AddV2', 'ClipByValue', 'Minimum', 'Maximum', 'Sum', 'Mean', 'Cast', 'Identity'],
  ...['Pad', 'PadV2', 'Reshape', 'Squeeze', 'ExpandDims', 'Transpose', 'Slice', 'StridedSlice', 'BroadcastTo'],
]);

/**
 * The nodes that a node reads. An input is `name`, `name:0`, or in a function `name:output:0`;
 * `^name` only orders nodes.
 */
function inputsOf({ input }: Config, nodes: NodesByName): (Config | undefined)[] {
  const names = Array.isArray(input) ? input.map(String) : [];
  return names.filter((name) => !name.startsWith('^')).map((name) => nodes.get(name.split(':', 1)[0] ?? ''));
}
