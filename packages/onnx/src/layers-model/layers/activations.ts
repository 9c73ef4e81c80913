/** Activations, as layers and at the end of other layers. */
import type { NodeList } from '../../emit/node-list.ts';
import { permuted } from '../tensors.ts';
import { Refusal } from '../unsupported.ts';
import { storedAxis, type Value } from '../values.ts';
import { configOf, constant, inputOf, type LayerCall, type LayerWriter, outputOf, weightOf } from './layer-call.ts';

/** The value after TensorFlow.js's activation of this name. */
export function activated(call: LayerCall, value: Value, activation: string | undefined): Value {
  if (activation === undefined || activation === 'linear') return value;
  const write = Object.hasOwn(ACTIVATIONS, activation) ? ACTIVATIONS[activation] : undefined;
  if (write === undefined) throw new Refusal(`activation '${activation}'`);
  return { ...value, name: write(call.list, value.name, storedAxis(value, -1)) };
}

/** Layers that are activations. */
export const ACTIVATION_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Activation: (call) => activated(call, inputOf(call), configOf<{ activation: string }>(call).activation),
  ReLU: elementwise((list, x, { maxValue }) => (isNumber(maxValue) ? clip(list, x, maxValue) : list.op('Relu', [x]))),
  LeakyReLU: elementwise((list, x, { alpha }) => list.op('LeakyRelu', [x], { alpha: float(alpha) })),
  ELU: elementwise((list, x) => list.op('Elu', [x])),
  ThresholdedReLU: elementwise((list, x, { theta }) => list.op('ThresholdedRelu', [x], { alpha: float(theta) })),
  Softmax: (call) => {
    const { axis } = configOf<{ axis: number | readonly number[] }>(call);
    const [only, ...others] = [axis].flat();
    if (only === undefined || others.length > 0) throw new Refusal('several axes');
    const input = inputOf(call);
    return outputOf(call, call.list.op('Softmax', [input.name], { axis: storedAxis(input, only) }), input);
  },
  PReLU: (call) => {
    const input = inputOf(call);
    // The slopes have all axes except the batch, in the stored order of the input.
    const axes = input.order.filter((axis) => axis !== 0).map((axis) => axis - 1);
    const alpha = constant(call, `alpha_${axes.join('')}`, permuted(weightOf(call, 'alpha'), axes));
    return outputOf(call, call.list.op('PRelu', [input.name, alpha]), input);
  },
};

type Activation = (list: NodeList, x: string, lastAxis: number) => string;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  elu: ({ op }, x) => op('Elu', [x]),
  gelu: (list, x) => {
    const { op } = list;
    const cumulative = op('Mul', [op('Add', [op('Erf', [scaled(list, x, Math.SQRT1_2)]), number(list, 1)]), number(list, 0.5)]);
    return op('Mul', [x, cumulative]);
  },
  gelu_new: (list, x) => {
    const { op } = list;
    const cubed = scaled(list, op('Mul', [op('Mul', [x, x]), x]), 0.044715);
    const inner = scaled(list, op('Add', [x, cubed]), Math.sqrt(2 / Math.PI));
    return op('Mul', [scaled(list, x, 0.5), op('Add', [op('Tanh', [inner]), number(list, 1)])]);
  },
  hardSigmoid: ({ op }, x) => op('HardSigmoid', [x], { alpha: float(0.2), beta: float(0.5) }),
  logSoftmax: ({ op }, x, axis) => op('LogSoftmax', [x], { axis }),
  mish: ({ op }, x) => op('Mul', [x, op('Tanh', [op('Softplus', [x])])]),
  relu: ({ op }, x) => op('Relu', [x]),
  relu6: (list, x) => clip(list, x, 6),
  selu: ({ op }, x) => op('Selu', [x]),
  sigmoid: ({ op }, x) => op('Sigmoid', [x]),
  softmax: ({ op }, x, axis) => op('Softmax', [x], { axis }),
  softplus: ({ op }, x) => op('Softplus', [x]),
  softsign: ({ op }, x) => op('Softsign', [x]),
  swish: ({ op }, x) => op('Mul', [x, op('Sigmoid', [x])]),
  tanh: ({ op }, x) => op('Tanh', [x]),
};

function elementwise(write: (list: NodeList, x: string, config: LayerCall['config']) => string): LayerWriter {
  return (call) => {
    const input = inputOf(call);
    return outputOf(call, write(call.list, input.name, call.config), input);
  };
}

function clip(list: NodeList, x: string, largest: number): string {
  return list.op('Clip', [x, number(list, 0), number(list, largest)]);
}

function scaled(list: NodeList, x: string, factor: number): string {
  return list.op('Mul', [x, number(list, factor)]);
}

function number(list: NodeList, value: number): string {
  return list.scalar('float32', value);
}

function float(value: unknown): { readonly float: number } {
  return { float: Number(value) };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
