/** The types of the values in a graph, as far as the model states them or the nodes imply them. */
import type { ElementType, PoolingShape } from '@softpool/surgery';
import { type GraphProto, type NodeProto, TensorProto_DataType, type TypeProto } from 'onnx-buf';
import { attributeOf, integerOf } from './attributes.ts';
import { BLOCKED_DOMAIN, DOMAIN, RUNTIME_DOMAIN } from './domain.ts';

/** The values of a graph, and those of the graphs around it. */
export interface Scope {
  readonly types: ReadonlyMap<string, TypeProto>;
  readonly constants: ReadonlyMap<string, number>;
  readonly producers: ReadonlyMap<string, NodeProto>;
  readonly outer: Scope | undefined;
  /** Element types found so far. Many nodes ask for the type of the same chain. */
  readonly found: Map<string, number | undefined>;
}

/** The scope of a graph. */
export function scopeOf(graph: GraphProto, outer?: Scope): Scope {
  const described = [...graph.valueInfo, ...graph.input, ...graph.output];
  return {
    types: new Map(described.flatMap(({ name, type }) => (type === undefined ? [] : [[name, type] as const]))),
    constants: new Map(graph.initializer.map(({ name, dataType }) => [name, dataType])),
    producers: new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const))),
    outer,
    found: new Map(),
  };
}

/** The shape of a value as the model states it. */
export function shapeOf(name: string, scope: Scope): PoolingShape | undefined {
  const type = scope.types.get(name);
  if (type?.value.case !== 'tensorType') return undefined;
  return type.value.value.shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' && value.value !== '' ? value.value : null,
  );
}

/**
 * The element type of a value: one that can be pooled, the number of another, or `undefined` if it
 * is unknown.
 */
export function elementTypeOf(name: string, scope: Scope): ElementType | TensorProto_DataType | undefined {
  const number = dataTypeOf(name, scope);
  return number === undefined ? undefined : (POOLED.get(number) ?? number);
}

const POOLED = new Map<number, ElementType>([
  [TensorProto_DataType.FLOAT16, 'float16'],
  [TensorProto_DataType.FLOAT, 'float32'],
  [TensorProto_DataType.DOUBLE, 'float64'],
]);

function dataTypeOf(name: string, scope: Scope): number | undefined {
  const asked: [Scope, string][] = [];
  const type = followed(name, scope, asked);
  for (const [where, each] of asked) where.found.set(each, type);
  return type;
}

/**
 * Follows a value to where its type is known. This is a loop, since a chain may have as many nodes
 * as the graph.
 */
function followed(wanted: string, start: Scope, asked: [Scope, string][]): number | undefined {
  let [name, scope]: [string, Scope | undefined] = [wanted, start];
  while (scope !== undefined) {
    if (scope.found.has(name)) return scope.found.get(name);
    asked.push([scope, name]);
    const type = scope.types.get(name);
    const stated = type?.value.case === 'tensorType' ? type.value.value.elemType : scope.constants.get(name);
    if (stated !== undefined && stated !== TensorProto_DataType.UNDEFINED) return stated;
    const producer = scope.producers.get(name);
    if (producer === undefined) {
      scope = scope.outer;
      continue;
    }
    const source = typeFrom(producer, name);
    if (typeof source !== 'string') return source;
    name = source;
  }
  return undefined;
}

/** The type of a node's output: its number, or the name of an input with the same type. */
function typeFrom(node: NodeProto, output: string): number | string | undefined {
  const { domain, opType, input } = node;
  if (node.output[0] !== output) return undefined;
  const isRuntimes = domain === RUNTIME_DOMAIN || domain === BLOCKED_DOMAIN;
  if (!isRuntimes && !WITH_KNOWN_TYPES.has(domain)) return undefined;
  if (opType === 'Cast') return integerOf(node, 'to', 0);
  if (opType === 'Constant') return attributeOf(node, 'value')?.t?.dataType;
  if (opType === 'DynamicQuantizeLinear') return TensorProto_DataType.UINT8;
  const other = OF_ANOTHER_INPUT.get(opType);
  // Opsets 21 and 23 added attributes that override the types of zero points and scales; 0 is none.
  if (other !== undefined) return integerOf(node, 'output_dtype', 0) || input[other] || TensorProto_DataType.UINT8;
  const isOfFirst = isRuntimes ? OF_FIRST_INPUT_IN_RUNTIME.has(opType) : !NOT_OF_FIRST_INPUT.has(opType);
  return isOfFirst ? input[0] : undefined;
}

/** The two names of the standard's domain, and the domain of soft pooling. */
const WITH_KNOWN_TYPES = new Set(['', 'ai.onnx', DOMAIN]);

/**
 * Operators whose output has the type of another input than their first: the one at this place. A
 * zero point that is not given is a byte.
 */
const OF_ANOTHER_INPUT = new Map([
  ['Where', 1],
  ['RMSNormalization', 1],
  ['DequantizeLinear', 1],
  ['QuantizeLinear', 2],
  ['QLinearConv', 7],
  ['QLinearMatMul', 7],
  ['MatMulIntegerToFloat', 2],
]);

/** Operators of ONNX Runtime before which pooling is found, with the type of their first input. */
const OF_FIRST_INPUT_IN_RUNTIME = new Set([
  ...['FusedConv', 'FusedGemm', 'FusedMatMul', 'MatMulNBits', 'DynamicQuantizeMatMul', 'Gelu', 'BiasGelu', 'FastGelu', 'QuickGelu'],
  ...['Conv', 'ReorderInput', 'ReorderOutput', 'Upsample', 'MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'],
  ...['QLinearAdd', 'QLinearMul', 'QLinearLeakyRelu', 'QLinearSigmoid', 'QLinearAveragePool', 'QLinearGlobalAveragePool', 'NhwcMaxPool'],
]);

/** Operators whose output has another type than their first input. */
const NOT_OF_FIRST_INPUT = new Set([
  ...['If', 'Loop', 'Scan', 'Shape', 'Size', 'ConstantOfShape', 'OneHot', 'CastLike', 'BitCast'],
  ...['ArgMax', 'ArgMin', 'NonZero', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'IsNaN', 'IsInf', 'EyeLike'],
  ...['ConvInteger', 'MatMulInteger', 'RandomNormalLike', 'RandomUniformLike', 'Multinomial', 'Bernoulli'],
  ...[
    'SequenceAt',
    'SplitToSequence',
    'ConcatFromSequence',
    'Optional',
    'OptionalGetElement',
    'ImageDecoder',
    'StringNormalizer',
    'TfIdfVectorizer',
  ],
]);
