/**
 * The calls of `softpool` on a GPU device: each is checked as on the CPU, planned once, and
 * submitted or only recorded.
 */
import type { SoftPoolCalls } from '../api/calls.ts';
import { type Call, callsOf } from '../api/calls-of.ts';
import { disposable, type WithDispose } from '../api/disposable.ts';
import { checkKeys, checkSignal, rangeError, throwIfAborted, typeError } from '../api/errors.ts';
import { checkLike, innerProblem, problemOf } from '../api/job.ts';
import type { SignalOptions } from '../api/options.ts';
import type { Tensor, TensorLike } from '../api/tensor.ts';
import { createScratch } from './buffers.ts';
import { type OpenedDevice, requestDevice } from './device.ts';
import { createDeviceStatus } from './device-status.ts';
import type { CommandEncoder, Device, GpuTensor } from './gpu-tensor.ts';
import { createPlanStore } from './plan-store.ts';
import { createRecorder } from './recorder.ts';
import { checkGpuTensor, createTensor, failureOf, freeTensor, readTensor, uploadTensor } from './tensors.ts';
import { createZeroCopies } from './zeros.ts';

/** The options of {@link createGpuSoftPool}. */
export interface GpuSoftPoolOptions {
  /**
   * The device to compute on. Default: a new one with the adapter's largest buffers, which
   * `dispose()` destroys.
   */
  readonly device?: Device | undefined;
}

/**
 * The calls of `softpool` on tensors of the GPU, with the same options and errors. A result is a
 * new tensor on the device.
 */
export type GpuCalls = SoftPoolCalls<GpuTensor>;

/**
 * SoftPool on one device. A call checks its arguments, submits its work and returns. What goes
 * wrong on the GPU later, such as memory that runs out, is thrown by `read` of the result, or of
 * anything computed from it.
 */
export interface GpuSoftPool extends GpuCalls, WithDispose {
  /** The `GPUDevice` that everything runs on. */
  readonly device: Device;
  /**
   * The same calls, recorded into a `GPUCommandEncoder` of yours between your own passes. They run
   * when you submit it. The encoder must have no open pass.
   */
  encodeInto(encoder: CommandEncoder): GpuCalls;
  /**
   * Copies a tensor, float32 or float16, to the device. Throws a TypeError for float64, which WGSL
   * lacks.
   */
  upload(tensor: TensorLike): GpuTensor;
  /**
   * Copies a tensor to JavaScript's memory once it has been computed: to a `Float32Array`, or, for
   * float16, as bits to a `Uint16Array`.
   *
   * @throws Error (as a rejection) if the GPU could not compute or copy it: out of memory, device
   * lost, a buffer without COPY_SRC, or disposed; the reason of an aborted `signal`.
   */
  read(tensor: GpuTensor, options?: SignalOptions): Promise<Tensor<Float32Array> | Tensor<Uint16Array>>;
  /**
   * Frees a tensor's memory once work that is already submitted is done with it. Do not use it any
   * more.
   */
  free(tensor: GpuTensor): void;
  /**
   * Frees the buffers kept between calls, as `using` does at the end of its block. Submit recorded
   * work first. A device that `createGpuSoftPool` made is destroyed with all its tensors; a device
   * of yours stays, with them.
   */
  dispose(): void;
}

/**
 * The calls of `softpool` on the GPU with WebGPU: in browsers, and in Node with the npm package
 * `webgpu`.
 *
 * @param options - The device, if you have one.
 * @throws Error (as a rejection) if WebGPU or a GPU is missing, with what to do; TypeError for an
 * invalid option.
 * @example
 * ```ts
 * const gpu = await createGpuSoftPool();
 * const x = gpu.upload({ data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] });
 * const y = gpu.softPool2d(x, { kernelSize: 2 }); // stays on the GPU
 * (await gpu.read(y)).data; // ≈ [2.493]
 * gpu.dispose();
 * ```
 */
export async function createGpuSoftPool(options: GpuSoftPoolOptions = {}): Promise<GpuSoftPool> {
  checkKeys('createGpuSoftPool', options, ['device']);
  const { device } = options;
  if (device === undefined) return openDevice(await requestDevice());
  checkDevice('createGpuSoftPool', 'options.device', device);
  return openDevice({ device, release: () => {} });
}

/**
 * The same on a device that you have, at once.
 *
 * @param device - The device. `dispose()` leaves it as it is.
 * @throws TypeError if it is not a GPUDevice.
 * @example
 * ```ts
 * const { device } = await createGpuSoftPool();
 * const gpu = gpuSoftPoolOn(device);
 * gpu.softPool1d(gpu.upload({ data: Float32Array.of(0, 1), shape: [1, 2] }), { kernelSize: 2 }).shape; // [1, 1]
 * device.destroy();
 * ```
 */
export function gpuSoftPoolOn(device: Device): GpuSoftPool {
  checkDevice('gpuSoftPoolOn', 'device', device);
  return openDevice({ device, release: () => {} });
}

function checkDevice(call: string, option: string, device: GPUDevice): void {
  if (typeof device?.createComputePipeline !== 'function') throw typeError(call, option, 'a GPUDevice', device);
}

/** Records work into an encoder. */
type Record = (encoder: GPUCommandEncoder) => void;

function openDevice({ device, release }: OpenedDevice): GpuSoftPool {
  const scratch = createScratch(device);
  const status = createDeviceStatus(device, scratch.forget);
  const plans = createPlanStore(device);
  const recorder = createRecorder(device, scratch);
  const zeros = createZeroCopies(device, scratch);

  /** Checks a call, makes its result, and hands `finish` what to record. */
  const run = (call: Call<GpuTensor>, finish: (record: Record) => void): GpuTensor => {
    const { name, x } = call;
    status.checkUsable(name);
    const inputs = call.kind === 'forward' ? [x] : [x, call.dy];
    checkGpuTensor(name, 'x', x, device);
    if (call.kind === 'gradient') checkGpuTensor(name, 'dy', call.dy, device);
    return status.watch(inputs, name, () => {
      const problem = problemOf(call, x.dtype, x.shape);
      const { inputShape, outputShape } = problem.geometry;
      if (call.kind === 'gradient') checkLike(name, 'dy', problem, call.dy.dtype, call.dy.shape, outputShape);
      const countsZeros = problem.geometry.zeros !== undefined;
      const isEmpty = problem.geometry.batch === 0; // nothing to compute, and no program to compile
      const prepared = isEmpty ? undefined : plans.prepare(name, call.kind, countsZeros ? innerProblem(problem) : problem, x.dtype);
      const shape = [...(call.kind === 'forward' ? outputShape : inputShape)];
      const { into } = call.options;
      if (into !== undefined) {
        checkGpuTensor(name, 'options.into', into, device);
        checkLike(name, 'options.into', problem, into.dtype, into.shape, shape);
        if (inputs.some(({ buffer }) => buffer === into.buffer))
          throw rangeError(name, 'options.into', 'a buffer that no input uses', into);
      }
      const result = into ?? createTensor(device, shape, x.dtype);
      if (prepared === undefined) return result;
      finish((encoder) => {
        // A new buffer is zero too: inputs that no window holds are not written.
        if (into !== undefined && call.kind === 'gradient') encoder.clearBuffer(into.buffer);
        if (!countsZeros) {
          recorder.record(encoder, prepared, call, result);
          return;
        }
        const padded = zeros.pad(encoder, name, problem, x);
        const output = call.kind === 'forward' ? result : zeros.gradientOf(encoder, padded);
        recorder.record(encoder, prepared, { ...call, x: padded }, output);
        if (call.kind === 'gradient') zeros.crop(encoder, name, problem, output, result);
      });
      return result;
    });
  };

  const submit = (record: Record): void => {
    const encoder = device.createCommandEncoder();
    record(encoder);
    device.queue.submit([encoder.finish()]);
  };

  return disposable({
    ...callsOf<GpuTensor, GpuTensor>((call) => run(call, submit), ['into']),
    device,
    encodeInto: (encoder: GPUCommandEncoder): GpuCalls =>
      callsOf<GpuTensor, GpuTensor>((call) => run(call, (record) => record(encoder)), ['into']),
    upload(tensor: TensorLike): GpuTensor {
      status.checkUsable('upload');
      return status.watch([], 'upload', () => uploadTensor(device, tensor));
    },
    async read(tensor: GpuTensor, options: SignalOptions = {}): Promise<Tensor<Float32Array> | Tensor<Uint16Array>> {
      checkKeys('read', options, ['signal']);
      const { signal } = options;
      checkSignal('read', signal);
      status.checkUsable('read');
      checkGpuTensor('read', 'tensor', tensor, device);
      const failed = await failureOf(tensor);
      if (failed !== undefined) throw failed;
      try {
        return await status.watchRead('read', () => readTensor(device, tensor, signal));
      } catch (error) {
        throwIfAborted(signal);
        status.checkUsable('read'); // a lost device or `dispose` explains the error better
        throw error;
      }
    },
    free(tensor: GpuTensor): void {
      checkGpuTensor('free', 'tensor', tensor, device);
      freeTensor(tensor);
    },
    dispose(): void {
      status.dispose();
      plans.dispose();
      scratch.dispose();
      release();
    },
  });
}
