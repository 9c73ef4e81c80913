/**
 * The graph that is being written: nodes in the order in which they run, weights, functions, and
 * all names.
 */
import { create } from '@bufbuild/protobuf';
import { type FunctionProto, type NodeProto, type TensorProto, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { type NodeList, nodeList } from '../emit/node-list.ts';
import { subgraphs } from '../graph/walk.ts';
import type { Tensor } from './tensors.ts';
import { type AxisOrder, isSameOrder, type Value } from './values.ts';

/** A graph that grows layer by layer. */
export interface LayerGraph {
  readonly opset: number;
  readonly nodes: NodeProto[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  /** The results of layers by name, so that tools can show their shapes. */
  readonly results: Map<string, Value>;
  /** The name itself, or the name with a number if it is taken. */
  readonly freeName: (name: string) => string;
  /** An empty list of nodes. Their names start with the name of the layer. */
  readonly listFor: (name: string) => NodeList;
  /**
   * Adds a layer's nodes. If one of them makes `result`, the result gets the layer's name, and so
   * does that node, unless another has the name. Returns the new name of `result`.
   */
  readonly addLayer: (name: string, list: NodeList, result: string) => string;
  /** A weight with that name: added now, or by an earlier call of the same layer. */
  readonly constant: (name: string, tensor: Tensor) => string;
  readonly addFunction: (added: FunctionProto) => void;
  /**
   * The value with its axes in this order. The nodes for that go into `list`, once for all layers
   * that need it.
   */
  readonly inOrder: (list: NodeList, value: Value, order: AxisOrder) => Value;
  /** Renames a value everywhere. A value that has the new name gets another one. */
  readonly rename: (from: string, to: string) => void;
}

/** An empty graph. */
export function layerGraph(opset: number): LayerGraph {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const functions = new Map<string, FunctionProto>();
  const results = new Map<string, Value>();
  const names = new Set<string>();
  /** By the value and the permutation: layers may see the axes of one value in several orders. */
  const moved = new Map<string, string>();

  const freeName: LayerGraph['freeName'] = (name) => {
    let free = name;
    for (let number = 1; names.has(free); number++) free = `${name}_${number}`;
    names.add(free);
    return free;
  };

  const renameEverywhere = (from: string, to: string): void => {
    renameIn(nodes, from, to);
    const result = results.get(from);
    if (result === undefined) return;
    results.delete(from);
    results.set(to, { ...result, name: to });
  };

  return {
    opset,
    nodes,
    initializers,
    functions,
    results,
    freeName,
    listFor: (name) => nodeList(opset, `${name}/`),
    addLayer(name, list, result) {
      nodes.push(...list.nodes);
      const last = list.nodes.find(({ output }) => output.includes(result));
      if (last === undefined) return result;
      renameIn(list.nodes, result, name);
      if (list.nodes.every((node) => node.name !== name)) last.name = name;
      return name;
    },
    constant(name, { data, shape }) {
      if (!initializers.has(name)) {
        // Little-endian, as typed arrays are in every engine.
        const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        const dims = shape.map(BigInt);
        initializers.set(name, create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.FLOAT, rawData }));
      }
      return name;
    },
    addFunction: (added) => void functions.set(added.name, added),
    inOrder(list, value, order) {
      if (isSameOrder(value.order, order)) return value;
      const perm = order.map((axis) => value.order.indexOf(axis));
      const known = moved.get(`${value.name} ${perm}`);
      if (known !== undefined) return { ...value, name: known, order };
      const name = list.op('Transpose', [value.name], { perm }, freeName(`${value.name}/transposed_${perm.join('')}`));
      const back = value.order.map((axis) => order.indexOf(axis));
      moved.set(`${value.name} ${perm}`, name);
      moved.set(`${name} ${back}`, value.name);
      return { ...value, name, order };
    },
    rename(from, to) {
      if (from === to) return;
      if (names.has(to)) renameEverywhere(to, freeName(`${to}/inside`));
      renameEverywhere(from, to);
      names.add(to);
    },
  };
}

/** Also in the branches of nodes. */
function renameIn(nodes: readonly NodeProto[], from: string, to: string): void {
  const renamed = (name: string): string => (name === from ? to : name);
  for (const node of nodes) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
    for (const { graph } of subgraphs(node)) renameIn(graph.node, from, to);
  }
}
