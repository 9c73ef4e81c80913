/**
 * The inputs and outputs of the graph, named after their layers, in the layout that was asked for.
 */
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, type ValueInfoProto, ValueInfoProtoSchema } from 'onnx-buf';
import type { Layout } from 'softpool';
import type { LayerGraph } from './layer-graph.ts';
import { type AxisOrder, imageOrder, isSameOrder, layersOrder, type Value } from './values.ts';

/** The order in which the axes of an input or output are stored. */
export function portOrder(rank: number, layout: Layout): AxisOrder {
  return layout === 'channelsFirst' ? imageOrder(rank) : layersOrder(rank);
}

/**
 * The description of an input or output. `N` is the batch; other dynamic sizes are named after
 * the value and the axis.
 */
export function described({ name, shape, order }: Value): ValueInfoProto {
  const dim = order.map((axis) => {
    const size = shape[axis] ?? null;
    if (size !== null) return { value: { case: 'dimValue' as const, value: BigInt(size) } };
    return { value: { case: 'dimParam' as const, value: axis === 0 ? 'N' : `${name}_axis${axis}` } };
  });
  const value = { elemType: TensorProto_DataType.FLOAT, shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}

/**
 * Makes these values outputs, and returns them with their new names and orders. A value in the
 * right layout is renamed. A value in another layout, or one that is an input or output already, is
 * copied.
 */
export function addOutputs(
  graph: LayerGraph,
  inputs: readonly Value[],
  values: readonly Value[],
  names: readonly string[],
  layout: Layout,
): Value[] {
  const ports = new Set(inputs.map(({ name }) => name));
  const producers = values.map(({ name }) => graph.nodes.find(({ output }) => output.includes(name)));
  return values.map((value, index) => {
    const current = producers[index]?.output[0] ?? value.name;
    const order = portOrder(value.shape.length, layout);
    const isReady = isSameOrder(value.order, order) && !ports.has(current);
    const name = nameBeside(ports, names[index] ?? current);
    ports.add(name);
    graph.rename(isReady ? current : copied(graph, { ...value, name: current }, order), name);
    return { ...value, name, order };
  });
}

/** A copy with its axes in another order. */
function copied(graph: LayerGraph, value: Value, order: AxisOrder): string {
  const name = graph.freeName(`${value.name}/output`);
  const list = graph.listFor(name);
  const isInOrder = isSameOrder(value.order, order);
  const perm = order.map((axis) => value.order.indexOf(axis));
  return graph.addLayer(name, list, isInOrder ? list.op('Identity', [value.name]) : list.op('Transpose', [value.name], { perm }));
}

function nameBeside(ports: ReadonlySet<string>, wanted: string): string {
  let name = wanted;
  for (let number = 1; ports.has(name); number++) name = `${wanted}_${number}`;
  return name;
}
