/**
 * Convolutions. Their kernels are [...size, inputs, filters] in TensorFlow.js, and [filters, inputs
 * in a group, ...size] in ONNX.
 */
import type { Layout } from 'softpool';
import { permuted, reshaped, type Tensor } from '../tensors.ts';
import { Refusal } from '../unsupported.ts';
import { imageOrder, type Value } from '../values.ts';
import { activated } from './activations.ts';
import { configOf, constant, inputOf, type LayerCall, type LayerWriter, mainNode, outputOf, weightOf } from './layer-call.ts';
import { type LayerWindow, windowAttributes } from './windows.ts';

/** The configuration of convolutions. Layers of `@softpool/models` have only some of it. */
interface ConvolutionConfig {
  readonly kernelSize: number | readonly number[];
  readonly strides: number | readonly number[];
  readonly padding: string;
  readonly dilationRate?: number | readonly number[];
  readonly dataFormat?: Layout;
  readonly activation?: string;
  readonly groups?: number;
}

/** Convolution layers. */
export const CONVOLUTION_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Conv1D: (call) => convolution(withChannelsLast(call)),
  Conv2D: convolution,
  Conv3D: convolution,
  GroupedConv2D: convolution,
  DepthwiseConv2D: depthwiseConvolution,
  SeparableConv2D: (call) => separableConvolution(withChannelsLast(call)),
  Conv2DTranspose: transposedConvolution,
};

function convolution(call: LayerCall): Value {
  const { dataFormat, activation, groups = 1 } = configOf<ConvolutionConfig>(call);
  const kernel = weightOf(call, 'kernel');
  const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
  const window = windowOf(call, kernel.shape.length - 2);
  const result = convolved(call, input, { window, kernelName: 'kernel', kernel: filtersFirst(kernel), groups });
  return activated(call, outputOf(call, mainNode(call, result), input), activation);
}

function depthwiseConvolution(call: LayerCall): Value {
  const { dataFormat, activation } = configOf<ConvolutionConfig>(call);
  const window = windowOf(call, 2);
  if (window.dilation?.some((step) => step > 1)) {
    throw new Refusal(`dilationRate ${window.dilation.join('×')}, which TensorFlow.js does not compute`);
  }
  const kernel = weightOf(call, 'depthwise_kernel');
  const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
  const result = convolved(call, input, { window, kernelName: 'depthwise_kernel', ...depthwise(kernel) });
  return activated(call, outputOf(call, mainNode(call, result), input), activation);
}

function separableConvolution(call: LayerCall): Value {
  const { activation } = configOf<ConvolutionConfig>(call);
  const [kernel, pointwise] = [weightOf(call, 'depthwise_kernel'), weightOf(call, 'pointwise_kernel')];
  const input = inputOf(call, imageOrder);
  const window = windowOf(call, 2);
  const depth = convolved(call, input, { window, kernelName: 'depthwise_kernel', ...depthwise(kernel), hasBias: false });
  const point = { kernelSize: [1, 1], stride: [1, 1], padding: 'valid' };
  const result = convolved(
    call,
    { ...input, name: depth },
    { window: point, kernelName: 'pointwise_kernel', kernel: filtersFirst(pointwise), groups: 1 },
  );
  return activated(call, outputOf(call, mainNode(call, result), input), activation);
}

/**
 * The output is `strides` times as large as the input; for 'valid' it also has what the window is
 * larger than its stride. If windows are smaller than strides, the part that no window reaches is
 * `output_padding`.
 */
function transposedConvolution(call: LayerCall): Value {
  const { dataFormat, activation } = configOf<ConvolutionConfig>(call);
  const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
  const { kernelSize, stride, padding } = windowOf(call, 2);
  const beyond = kernelSize.map((taps, axis) => taps - (stride[axis] ?? 1));
  const cut = beyond.map((more) => (padding === 'same' ? Math.max(0, more) : 0));
  const before = cut.map((total) => Math.floor(total / 2));
  const kernel = constant(call, 'kernel', permuted(weightOf(call, 'kernel'), [3, 2, 0, 1]));
  const result = call.list.op('ConvTranspose', [input.name, kernel, ...biasOf(call)], {
    kernel_shape: kernelSize,
    strides: stride,
    pads: [...before, ...cut.map((total, axis) => total - (before[axis] ?? 0))],
    output_padding: beyond.map((more) => Math.max(0, -more)),
  });
  return activated(call, outputOf(call, mainNode(call, result), input), activation);
}

interface Convolution {
  readonly window: LayerWindow;
  readonly kernelName: string;
  /** [filters, inputs in a group, ...size]. */
  readonly kernel: Tensor;
  readonly groups: number;
  readonly hasBias?: boolean;
}

function convolved(call: LayerCall, input: Value, { window, kernelName, kernel, groups, hasBias = true }: Convolution): string {
  const inputs = [input.name, constant(call, kernelName, kernel), ...(hasBias ? biasOf(call) : [])];
  return call.list.op('Conv', inputs, { ...windowAttributes(input, window), ...(groups > 1 && { group: groups }) });
}

function biasOf(call: LayerCall): string[] {
  const bias = call.weights.get('bias');
  return bias === undefined ? [] : [constant(call, 'bias', bias)];
}

/** [...size, inputs, filters] → [filters, inputs, ...size]. */
function filtersFirst(kernel: Tensor): Tensor {
  const rank = kernel.shape.length;
  return permuted(kernel, [rank - 1, rank - 2, ...kernel.shape.keys()].slice(0, rank));
}

/**
 * [height, width, inputs, multiplier] → [inputs · multiplier, 1, height, width], a group per input.
 */
function depthwise(kernel: Tensor): { kernel: Tensor; groups: number } {
  const [height = 1, width = 1, inputs = 1, multiplier = 1] = kernel.shape;
  return { kernel: reshaped(permuted(kernel, [2, 3, 0, 1]), inputs * multiplier, 1, height, width), groups: inputs };
}

/**
 * TensorFlow.js does not move the channels of these layers back, or adds the bias on the wrong
 * axis.
 */
function withChannelsLast(call: LayerCall): LayerCall {
  if (configOf<ConvolutionConfig>(call).dataFormat !== 'channelsFirst') return call;
  throw new Refusal("dataFormat 'channelsFirst', which TensorFlow.js computes wrongly");
}

function windowOf(call: LayerCall, dims: number): LayerWindow {
  const { kernelSize, strides, padding, dilationRate = 1 } = configOf<ConvolutionConfig>(call);
  return { kernelSize: perAxis(kernelSize, dims), stride: perAxis(strides, dims), dilation: perAxis(dilationRate, dims), padding };
}

function perAxis(value: number | readonly number[], dims: number): readonly number[] {
  return typeof value === 'number' ? Array.from({ length: dims }, () => value) : value;
}
