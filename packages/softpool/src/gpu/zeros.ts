/**
 * Padding that counts as zeros: a call runs on a copy of its input among zeros, and of its gradient
 * what belongs to the input is copied back.
 */
import { rangeError } from '../api/errors.ts';
import type { Problem } from '../api/job.ts';
import { NO_AXIS } from '../geometry/axis-windows.ts';
import { product } from '../geometry/product.ts';
import { withZeros } from '../geometry/zeros.ts';
import { filledBuffer, type Scratch } from './buffers.ts';
import type { GpuDType, GpuTensor } from './gpu-tensor.ts';
import { createPipelines } from './pipelines.ts';
import { problemBlock } from './problem-block.ts';
import type { Program } from './programs.ts';
import { bytesOf, checkBytes, USAGE } from './tensors.ts';

/** Copies of a device's tensors among zeros. */
export interface ZeroCopies {
  /** Records the copy of an input among zeros, into a buffer that the next call overwrites. */
  pad(encoder: GPUCommandEncoder, call: string, problem: Problem, x: GpuTensor): GpuTensor;
  /** A buffer of zeros for the gradient of such a copy, which the next call overwrites. */
  gradientOf(encoder: GPUCommandEncoder, padded: GpuTensor): GpuTensor;
  /** Records the copy of what lies between the zeros. */
  crop(encoder: GPUCommandEncoder, call: string, problem: Problem, padded: GpuTensor, result: GpuTensor): void;
}

/** A copy, or as many planes of it as the device lets one program see. */
interface Part {
  readonly block: GPUBuffer;
  readonly read: { readonly offset: number; readonly size: number };
  readonly written: { readonly offset: number; readonly size: number };
  readonly workgroups: readonly [number, number];
}

interface Copy {
  readonly pipeline: GPUComputePipeline;
  readonly parts: readonly Part[];
}

const THREADS = 64;

/** So many planes of words of 16 or 32 bits start at a multiple of 256 bytes. */
const PLANES_AT_ONCE = 128;

/** Makes the copies of a device. */
export function createZeroCopies(device: GPUDevice, scratch: Scratch): ZeroCopies {
  const pipelineOf = createPipelines(device);
  const copies = { pad: new WeakMap<Problem, Copy>(), crop: new WeakMap<Problem, Copy>() };

  const scratchTensor = (name: string, shape: readonly number[], dtype: GpuDType): GpuTensor => ({
    buffer: scratch.buffer(name, bytesOf(shape, dtype)),
    shape,
    dtype,
  });

  const record = (
    encoder: GPUCommandEncoder,
    call: string,
    kind: 'pad' | 'crop',
    problem: Problem,
    source: GPUBuffer,
    into: GPUBuffer,
  ): void => {
    const copy = copies[kind].get(problem) ?? makeCopy(device, pipelineOf, call, kind, problem);
    copies[kind].set(problem, copy);
    const { pipeline, parts } = copy;
    const pass = encoder.beginComputePass({ label: `softpool ${kind}` });
    pass.setPipeline(pipeline);
    for (const { block, read, written, workgroups } of parts) {
      const entries = [
        { binding: 0, resource: { buffer: block } },
        { binding: 1, resource: { buffer: source, ...read } },
        { binding: 2, resource: { buffer: into, ...written } },
      ];
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
  };

  return {
    pad(encoder, call, problem, x) {
      const { inputShape } = withZeros(problem.geometry);
      checkBytes(call, 'x with its zeros', inputShape, x.dtype);
      const padded = scratchTensor('x among zeros', inputShape, x.dtype);
      record(encoder, call, 'pad', problem, x.buffer, padded.buffer);
      return padded;
    },
    gradientOf(encoder, { shape, dtype }) {
      const gradient = scratchTensor('dx among zeros', shape, dtype);
      encoder.clearBuffer(gradient.buffer); // inputs that no window holds are not written
      return gradient;
    },
    crop(encoder, call, problem, padded, result) {
      record(encoder, call, 'crop', problem, padded.buffer, result.buffer);
    },
  };
}

function makeCopy(
  device: GPUDevice,
  pipelineOf: (program: Program) => GPUComputePipeline,
  call: string,
  kind: 'pad' | 'crop',
  { geometry, dtype }: Problem,
): Copy {
  const { axes, zeros = [], layout, batch, channels } = geometry;
  const bytes = dtype === 'float16' ? 2 : 4;
  const padded = axes.map(({ inputSize }) => inputSize);
  const plain = padded.map((size, axis) => size - (zeros[axis]?.[0] ?? 0) - (zeros[axis]?.[1] ?? 0));
  const [read, written] = kind === 'pad' ? [plain, padded] : [padded, plain];
  const [planes, inner] = layout === 'channelsLast' ? [batch, channels] : [batch * channels, 1];
  const [reads, writes] = [product(read) * inner, product(written) * inner];
  const limit = device.limits.maxStorageBufferBindingSize;
  const most = Math.floor(limit / (Math.max(reads, writes) * bytes));
  const step = most >= planes ? planes : most - (most % PLANES_AT_ONCE);
  if (step < 1 && planes > 0) {
    const expected = `such that ${Math.min(planes, PLANES_AT_ONCE)} planes with their zeros take at most ${limit} bytes, the device's maxStorageBufferBindingSize`;
    throw rangeError(call, 'x', expected, Math.max(reads, writes) * bytes, ' a plane: request the device with a larger limit, or split x');
  }
  const pipeline = pipelineOf({
    files: [bytes === 2 ? 'float16' : 'float32', 'dispatch', 'between-zeros'],
    constants: {
      GRID_WIDTH: device.limits.maxComputeWorkgroupsPerDimension,
      BEFORE: lastThree(
        zeros.map(([before]) => before),
        0,
      ),
      CROPS: kind === 'crop',
    },
    reads: ['x'],
    writes: ['y'],
  });
  const sizes = lastThree(read, 1).map((inputSize, axis) => ({ ...NO_AXIS, inputSize, outputSize: lastThree(written, 1)[axis] as number }));
  const [depth, height, width] = sizes as [typeof NO_AXIS, typeof NO_AXIS, typeof NO_AXIS];
  const shape = { axes: [depth, height, width] as const, inner, planes: 1, channels: 1, beta: 1 };
  const parts: Part[] = [];
  for (let plane = 0; plane < planes; plane += step) {
    const count = Math.min(step, planes - plane);
    const range = { inputs: count * reads, outputs: count * writes, inputBase: 0, outputBase: 0 };
    const part = (elements: number) => ({ offset: plane * elements * bytes, size: Math.ceil((count * elements * bytes) / 4) * 4 });
    const workgroups = Math.ceil((count * writes * bytes) / 4 / THREADS);
    const gridWidth = Math.min(workgroups, device.limits.maxComputeWorkgroupsPerDimension);
    parts.push({
      block: filledBuffer(device, new Uint32Array(problemBlock(shape, range)), USAGE.UNIFORM),
      read: part(reads),
      written: part(writes),
      workgroups: [gridWidth, Math.ceil(workgroups / gridWidth)],
    });
  }
  return { pipeline, parts };
}

function lastThree(values: readonly number[], other: number): number[] {
  return [other, other, other, ...values].slice(-3);
}
