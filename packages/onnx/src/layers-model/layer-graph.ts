/** The graph that is being written: nodes in the order in which they run, weights, functions, and the names of all of them. */
import { create } from '@bufbuild/protobuf';
import { type FunctionProto, type NodeProto, type TensorProto, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { type NodeList, nodeList } from '../emit/node-list.ts';
import type { Tensor } from './tensors.ts';
import { type AxisOrder, isSameOrder, type Value } from './values.ts';

/** A graph that grows layer by layer. */
export interface LayerGraph {
  readonly opset: number;
  readonly nodes: NodeProto[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  /** What layers gave, by its name, so that tools can show its shape. */
  readonly results: Map<string, Value>;
  /** The name, or if it is taken, the name with a number. */
  readonly freeName: (name: string) => string;
  /** An empty list of nodes, whose names begin with that of the layer. */
  readonly listFor: (name: string) => NodeList;
  /**
   * Adds a layer's nodes. The layer's name is that of `result`, if it is of one of them, and of that node, if none has the name yet. Returns what `result` is
   * called then.
   */
  readonly addLayer: (name: string, list: NodeList, result: string) => string;
  /** A weight of that name: added, or the one that is there from another call of the same layer. */
  readonly constant: (name: string, tensor: Tensor) => string;
  readonly addFunction: (added: FunctionProto) => void;
  /** The value with its axes in this order; the nodes for that go into `list`, once for all layers that want it. */
  readonly inOrder: (list: NodeList, value: Value, order: AxisOrder) => Value;
  /** Calls a value otherwise, everywhere; a value that has this name gets another one. */
  readonly rename: (from: string, to: string) => void;
}

/** An empty graph. */
export function layerGraph(opset: number): LayerGraph {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const functions = new Map<string, FunctionProto>();
  const results = new Map<string, Value>();
  const names = new Set<string>();
  /** By the value and how its axes are moved: the layers model may have several ideas of the same value's axes. */
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
        const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength); // little-endian, as every engine's arrays are
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

function renameIn(nodes: readonly NodeProto[], from: string, to: string): void {
  const renamed = (name: string): string => (name === from ? to : name);
  for (const node of nodes) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
  }
}
