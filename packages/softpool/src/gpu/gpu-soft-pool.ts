/**
 * The calls of `softpool` on a GPU device: each is checked as on the CPU, planned once, and
 * submitted or only recorded.
 */
import type { SoftPoolCalls } from '../api/calls.ts';
import { type Call, callsOf } from '../api/calls-of.ts';
import { checkKeys, typeError } from '../api/errors.ts';
import { checkOutputGradient, problemOf } from '../api/job.ts';
import type { Tensor } from '../api/tensor.ts';
import { type Device, requestDevice } from './device.ts';
import { createDeviceStatus } from './device-status.ts';
import { createPlanStore } from './plan-store.ts';
import { createRecorder } from './recorder.ts';
import { checkGpuTensor, createTensor, failureOf, freeTensor, type GpuTensor, readTensor, uploadTensor } from './tensors.ts';

/** The options of {@link createGpuSoftPool}. */
export interface GpuSoftPoolOptions {
  /**
   * The device to compute on. Default: a new one with the adapter's largest buffers, which
   * `dispose()` destroys.
   */
  readonly device?: GPUDevice | undefined;
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
export interface GpuSoftPool extends GpuCalls {
  /** The device that everything runs on. */
  readonly device: GPUDevice;
  /**
   * The same calls, recorded into an encoder of yours between your own passes. They run when you
   * submit it. The encoder must have no open pass. With `result`, a buffer of yours with usage
   * `STORAGE` and `COPY_DST`, the calls write there instead of to a new buffer.
   */
  encodeInto(encoder: GPUCommandEncoder, result?: GPUBuffer): GpuCalls;
  /**
   * Copies a tensor, float32 or float16, to the device. Throws a TypeError for float64, which WGSL
   * lacks.
   */
  upload(tensor: Tensor): GpuTensor;
  /**
   * Copies a tensor to JavaScript's memory once it has been computed: to a `Float32Array`, or, for
   * float16, as bits to a `Uint16Array`.
   *
   * @throws Error (as a rejection) if the GPU could not compute it: out of memory, device lost, or
   * disposed.
   */
  read(tensor: GpuTensor): Promise<Tensor<Float32Array> | Tensor<Uint16Array>>;
  /**
   * Frees a tensor's memory once work that is already submitted is done with it. Do not use it any
   * more.
   */
  free(tensor: GpuTensor): void;
  /**
   * Frees the buffers kept between calls. Submit recorded work first. A device that
   * `createGpuSoftPool` made is destroyed with all its tensors; a device of yours stays, with them.
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
export function gpuSoftPoolOn(device: GPUDevice): GpuSoftPool {
  checkDevice('gpuSoftPoolOn', 'device', device);
  return openDevice({ device, release: () => {} });
}

function checkDevice(call: string, option: string, device: GPUDevice): void {
  if (typeof device?.createComputePipeline !== 'function') throw typeError(call, option, 'a GPUDevice', device);
}

/** Records work into an encoder. */
type Record = (encoder: GPUCommandEncoder) => void;

function openDevice({ device, release }: Device): GpuSoftPool {
  const status = createDeviceStatus(device);
  const plans = createPlanStore(device);
  const recorder = createRecorder(device);

  /**
   * Checks a call, makes its result, around `buffer` if that is given, and hands `finish` what to
   * record.
   */
  const run = (call: Call<GpuTensor>, finish: (record: Record) => void, buffer?: GPUBuffer): GpuTensor => {
    const { name, x } = call;
    status.checkUsable(name);
    const inputs = call.kind === 'forward' ? [x] : [x, call.dy];
    checkGpuTensor(name, 'x', x, device);
    if (call.kind === 'gradient') checkGpuTensor(name, 'dy', call.dy, device);
    return status.watch(inputs, name, () => {
      const problem = problemOf(call, x.dtype, x.shape);
      if (call.kind === 'gradient') checkOutputGradient(name, problem, call.dy.dtype, call.dy.shape);
      const prepared = plans.prepare(name, call.kind, problem, x.dtype);
      const { inputShape, outputShape } = problem.geometry;
      const shape = [...(call.kind === 'forward' ? outputShape : inputShape)];
      const result = buffer === undefined ? createTensor(device, shape, x.dtype) : { buffer, shape, dtype: x.dtype };
      if (buffer !== undefined) checkGpuTensor(name, 'result', result, device);
      finish((encoder) => {
        // A new buffer is zero too: inputs that no window holds are not written.
        if (buffer !== undefined && call.kind === 'gradient') encoder.clearBuffer(buffer);
        recorder.record(encoder, prepared, call, result);
      });
      return result;
    });
  };

  const submit = (record: Record): void => {
    const encoder = device.createCommandEncoder();
    record(encoder);
    device.queue.submit([encoder.finish()]);
  };

  return {
    ...callsOf<GpuTensor, GpuTensor>((call) => run(call, submit)),
    device,
    encodeInto: (encoder, result) => callsOf<GpuTensor, GpuTensor>((call) => run(call, (record) => record(encoder), result)),
    upload(tensor) {
      status.checkUsable('upload');
      return status.watch([], 'upload', () => uploadTensor(device, tensor));
    },
    async read(tensor) {
      status.checkUsable('read');
      checkGpuTensor('read', 'tensor', tensor, device);
      const failed = await failureOf(tensor);
      if (failed !== undefined) throw failed;
      try {
        return await readTensor(device, tensor);
      } catch (error) {
        status.checkUsable('read'); // a lost device or `dispose` explains the error better
        throw error;
      }
    },
    free(tensor) {
      checkGpuTensor('free', 'tensor', tensor, device);
      freeTensor(tensor);
    },
    dispose() {
      status.dispose();
      plans.dispose();
      recorder.dispose();
      release();
    },
  };
}
