/**
 * Operators in functions for an older opset than the model's: whether their nodes mean the same in
 * the graph of the model.
 */
import type { FunctionProto, ModelProto, NodeProto } from 'onnx-buf';
import { isStandardDomain } from '../graph/graph-values.ts';
import { subgraphs } from '../graph/walk.ts';

/**
 * The opsets after 11 in which an operator got other inputs or another meaning, by the changelog of
 * ONNX. Nodes that are written for an older opset do not fit then. Types and attributes that were
 * added do not matter.
 */
const CHANGES: ReadonlyMap<string, readonly number[]> = new Map([
  ...changedAt(
    [],
    [
      ...['Abs', 'Add', 'And', 'AveragePool', 'Cast', 'Clip', 'Concat', 'Constant', 'ConstantOfShape', 'Conv', 'ConvTranspose', 'Div'],
      ...['Equal', 'Erf', 'Exp', 'Expand', 'Flatten', 'Gather', 'GlobalAveragePool', 'GlobalMaxPool', 'Greater', 'Identity', 'Less', 'Log'],
      ...['MatMul', 'Max', 'MaxPool', 'Min', 'Mul', 'Neg', 'Not', 'Or', 'Pad', 'Pow', 'Range', 'Reciprocal', 'Relu', 'Reshape', 'Shape'],
      ...['Sigmoid', 'Size', 'Slice', 'Sqrt', 'Sub', 'Sum', 'Tanh', 'Tile', 'Transpose', 'Where'],
    ],
  ),
  ...changedAt([13], ['ReduceSum', 'Softmax', 'LogSoftmax', 'Squeeze', 'Unsqueeze']),
  ['Split', [13, 18]],
  ...changedAt(
    [18],
    ['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare'],
  ),
]);

function changedAt(opsets: readonly number[], names: readonly string[]): (readonly [name: string, opsets: readonly number[]])[] {
  return names.map((name) => [name, opsets]);
}

/**
 * Why the nodes of a function cannot stand in the graph of its model, whose opset is `opset`;
 * `undefined` if they can.
 */
export function importMisfit(
  { opsetImport, node }: FunctionProto,
  model: Pick<ModelProto, 'opsetImport'>,
  opset: number,
): string | undefined {
  for (const { domain, version } of opsetImport) {
    const versions = isStandardDomain(domain)
      ? [opset]
      : model.opsetImport.filter((each) => each.domain === domain).map((each) => Number(each.version));
    const other = versions.find((each) => each !== Number(version));
    if (other === undefined) continue;
    const where = `which is for version ${version} of ${domain || 'ai.onnx'}, while the model is for version ${other}`;
    if (!isStandardDomain(domain) || version > other) return `${where}; export all of the model for one version`;
    const changed = standardNodes(node).find(({ opType }) => CHANGES.get(opType)?.every((at) => at <= version || at > other) !== true);
    if (changed !== undefined) return `${where}, and ${changed.opType} may be different there; export all of the model for one version`;
  }
  return undefined;
}

function standardNodes(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap((node) => [
    ...(isStandardDomain(node.domain) ? [node] : []),
    ...subgraphs(node).flatMap(({ graph }) => standardNodes(graph.node)),
  ]);
}
