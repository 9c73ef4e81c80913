/** Writes soft pooling in the place of a composition, between the movements that it keeps. */
import { create } from '@bufbuild/protobuf';
import type { ElementType } from '@softpool/surgery';
import { type NodeProto, NodeProtoSchema, TensorProto_DataType } from 'onnx-buf';
import { type NodeList, nodeList } from '../emit/node-list.ts';
import { channelsIn } from '../emit/pooling.ts';
import { softPoolWriter } from '../emit/soft-pool-writer.ts';
import type { Target } from '../emit/target.ts';
import { namesIn, prefixMaker } from '../graph/free-names.ts';
import type { CheckedModel } from '../graph/model.ts';
import { nameOf } from '../graph/node-name.ts';
import type { Context } from './context.ts';
import { type FoundPooling, floatTypeOf } from './match.ts';

const TYPES = { float16: TensorProto_DataType.FLOAT16, float32: TensorProto_DataType.FLOAT, float64: TensorProto_DataType.DOUBLE } as const;

const WIDTHS = { float16: 2, float32: 4, float64: 8 } as const;

/** Adds a node that reads a value, and returns the name of its output. */
type Add = (value: string, output?: string) => string;

/** Makes the nodes that replace the last node of a composition. */
export function foldedWriter(
  edited: CheckedModel,
  inline: boolean,
  target: Target,
): (context: Context, node: NodeProto, found: FoundPooling) => NodeProto[] {
  const write = softPoolWriter(edited, inline);
  const freePrefix = prefixMaker(namesIn(edited.model));
  return (context, node, { x, moves, window, beta, weights, after, reshape }) => {
    const [name, output] = [nameOf(node), node.output[0] ?? ''];
    const type = floatTypeOf(context, x) ?? 'float32';
    const resultType = floatTypeOf(context, output) ?? type;
    // Composed poolings of float16 compute in float32 behind a Cast.
    const elementType = WIDTHS[resultType] > WIDTHS[type] ? resultType : type;
    const prefix = freePrefix(`${name}/fold`);
    const [before, behind] = [nodeList(edited.opset, `${prefix}x/`), nodeList(edited.opset, `${prefix}y/`)];
    const cast = ({ op }: NodeList, from: ElementType, to: ElementType): Add[] =>
      from === to ? [] : [(value, into) => op('Cast', [value], { to: TYPES[to] }, into)];
    const moved = (list: NodeList, each: readonly NodeProto[]): Add[] =>
      each.toReversed().map((move) => (value, into) => copied(list, move, value, into));
    const input = [...moved(before, moves), ...cast(before, type, elementType)].reduce((value, add) => add(value), x);
    const restore: Add = (value, into) => behind.op('Reshape', [value, behind.integers(...(reshape ?? []))], {}, into);
    const last = [...(reshape === undefined ? [] : [restore]), ...moved(behind, after), ...cast(behind, elementType, resultType)];
    const pooled = last.length === 0 ? output : `${prefix}pooled`;
    last.reduce((value, add, i) => add(value, i === last.length - 1 ? output : undefined), pooled);
    const channels = moves.length === 0 ? channelsIn(context.shapeOf(x)) : undefined;
    const pooling = write({ window, beta, weights, elementType, target, channels }, { name, input, output: pooled, from: node });
    return [...before.nodes, ...pooling, ...behind.nodes];
  };
}

/** A movement of another value. */
function copied({ nodes, op }: NodeList, move: NodeProto, value: string, into?: string): string {
  const output = op(move.opType, [value, ...move.input.slice(1)], {}, into);
  const added = nodes.at(-1);
  if (added !== undefined) added.attribute = create(NodeProtoSchema, { attribute: move.attribute }).attribute;
  return output;
}
