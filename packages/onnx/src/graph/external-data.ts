/** The files that hold the tensors of a model outside its own file. */
import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from 'onnx-buf';
import { TensorProto_DataLocation } from 'onnx-buf';
import { readModel } from './model.ts';
import { OnnxModelError } from './model-error.ts';

/** A file that a model needs next to it. */
export interface ExternalFile {
  /** Its path relative to the model's folder, with `/` between folders. */
  readonly path: string;
  /** The least size that it must have, in bytes, as far as the model says. */
  readonly size: number;
  /** The name of a tensor in it. */
  readonly tensor: string;
}

/**
 * Lists the files in which a model stores tensors outside its own file. Every copy of the model
 * needs them next to it.
 *
 * @param model - The bytes of the model, without those files.
 * @returns Each file once, in the order in which the model names them.
 * @throws OnnxModelError if it is not a model, or a file would be outside the model's folder.
 * @example
 * ```ts
 * // A model that stores a tensor in another file:
 * const bytes =
 *   'CAg6zwEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
 *   'ZHNAAUABQAFAAaABBxIFZ3JhcGgqMQhAEAFCAXdqFwoIbG9jYXRpb24SC3dlaWdodHMuYmluag0KBmxlbmd0aBIDMjU2cAFaHwoB' +
 *   'eBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=';
 * const model = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
 * externalFiles(model); // [{ path: 'weights.bin', size: 256, tensor: 'w' }]
 * ```
 */
export function externalFiles(model: Uint8Array): ExternalFile[] {
  const files = new Map<string, ExternalFile>();
  for (const tensor of tensorsIn(readModel('externalFiles', model).model)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const path = insideFolder(entries.get('location'), tensor);
    const size = numberIn(entries.get('offset'), tensor) + numberIn(entries.get('length'), tensor);
    const known = files.get(path);
    files.set(path, { path, size: Math.max(size, known?.size ?? 0), tensor: known?.tensor ?? tensor.name });
  }
  return [...files.values()];
}

/** Every tensor of a model: in its graphs, its functions and what it keeps for training. */
function* tensorsIn({ graph, functions, trainingInfo }: ModelProto): Generator<TensorProto> {
  if (graph !== undefined) yield* inGraph(graph);
  for (const { node, attributeProto } of functions) {
    yield* inNodes(node);
    yield* inAttributes(attributeProto);
  }
  for (const { initialization, algorithm } of trainingInfo) {
    for (const each of [initialization, algorithm]) if (each !== undefined) yield* inGraph(each);
  }
}

function* inGraph({ initializer, sparseInitializer, node }: GraphProto): Generator<TensorProto> {
  yield* initializer;
  for (const sparse of sparseInitializer) yield* inSparse(sparse);
  yield* inNodes(node);
}

function* inNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const { attribute } of nodes) yield* inAttributes(attribute);
}

function* inAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, sparseTensor, sparseTensors, g, graphs } of attributes) {
    if (t !== undefined) yield t;
    yield* tensors;
    for (const sparse of [sparseTensor, ...sparseTensors]) if (sparse !== undefined) yield* inSparse(sparse);
    for (const graph of [g, ...graphs]) if (graph !== undefined) yield* inGraph(graph);
  }
}

function* inSparse({ values, indices }: SparseTensorProto): Generator<TensorProto> {
  for (const tensor of [values, indices]) if (tensor !== undefined) yield tensor;
}

/**
 * The location, if it stays in the folder. Whoever opens the file must refuse links that lead out
 * of it.
 */
function insideFolder(location: string | undefined, { name }: TensorProto): string {
  const parts = location?.split(/[/\\]/) ?? [];
  const isInside =
    location !== undefined && location !== '' && !/^(?:[/\\]|[a-z]:)/i.test(location) && !parts.includes('..') && !location.includes('\0');
  if (isInside) return parts.filter((part) => part !== '' && part !== '.').join('/');
  const where = location === undefined ? 'nowhere' : JSON.stringify(location);
  throw new OnnxModelError(`the data of the tensor ${JSON.stringify(name)} would be in ${where}, which is outside the folder of the model`);
}

function numberIn(text: string | undefined, { name }: TensorProto): number {
  const value = Number(text ?? 0);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OnnxModelError(`the data of the tensor ${JSON.stringify(name)} has an invalid position or length: ${JSON.stringify(text)}`);
}
