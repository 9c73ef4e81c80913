/** Poolings that average exponentials, in a graph of TensorFlow. */
import { type GraphReader, readsExponential } from '@softpool/surgery';
import type { Config } from './config.ts';

/** The nodes of a graph, or of a function in it, by their names. */
export type NodesByName = ReadonlyMap<string, Config>;

/** Whether a pooling node averages exponentials, or values times exponentials. */
export function averagesExponentials(node: Config, nodes: NodesByName): boolean {
  // An input is `name`, `name:0`, or in a function `name:output:0`; `^name` only orders nodes.
  const inputsOf = ({ input }: Config): (Config | undefined)[] => {
    const names = Array.isArray(input) ? input.map(String) : [];
    return names.filter((name) => !name.startsWith('^')).map((name) => nodes.get(name.split(':', 1)[0] ?? ''));
  };
  const graph: GraphReader<Config> = {
    opOf: ({ op }) => String(op),
    inputsOf,
    isExponential: (each) => each.op === 'Exp' || (each.op === 'Pow' && inputsOf(each)[0]?.op === 'Const'),
  };
  return readsExponential(node, graph);
}
