/** The GPU backend: calls on tensors of a device, each checked as on the CPU, planned once, and submitted or only encoded. */

import { checkKeys, typeError } from '../api/errors.ts';
import { adaptiveProblem, checkGradientInput, globalProblem, type Problem, poolProblem } from '../calls.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from '../options.ts';
import { isPlain } from '../recent-calls.ts';
import type { Tensor } from '../tensor.ts';
import { type Device, requestDevice } from './device.ts';
import { createPipelines } from './pipelines.ts';
import { makePlan, type Part, type Plan } from './plan.ts';
import { type BufferName, bindingsOf } from './programs.ts';
import {
  checkBytes,
  checkGpuTensor,
  createTensor,
  failureOf,
  freeTensor,
  type GpuDType,
  type GpuTensor,
  noteWork,
  readTensor,
  USAGE,
  uploadTensor,
} from './tensors.ts';

/** The options of {@link createGpuSoftPool}. */
export interface GpuSoftPoolOptions {
  /** The device to compute on. Default: one of its own, with the adapter's largest buffers, which `dispose()` destroys. */
  readonly device?: GPUDevice | undefined;
}

/** The calls of `softpool` on tensors of the GPU. Options, results and errors are theirs; a result is a new tensor, on the device. */
export interface GpuCalls {
  /** As `softPool1d` of `softpool`. */
  softPool1d(x: GpuTensor, options: PoolOptions): GpuTensor;
  /** As `softPool2d` of `softpool`. */
  softPool2d(x: GpuTensor, options: PoolOptions): GpuTensor;
  /** As `softPool3d` of `softpool`. */
  softPool3d(x: GpuTensor, options: PoolOptions): GpuTensor;
  /** As `softPool1dGrad` of `softpool`. */
  softPool1dGrad(x: GpuTensor, dy: GpuTensor, options: PoolOptions & GradientOptions): GpuTensor;
  /** As `softPool2dGrad` of `softpool`. */
  softPool2dGrad(x: GpuTensor, dy: GpuTensor, options: PoolOptions & GradientOptions): GpuTensor;
  /** As `softPool3dGrad` of `softpool`. */
  softPool3dGrad(x: GpuTensor, dy: GpuTensor, options: PoolOptions & GradientOptions): GpuTensor;
  /** As `globalSoftPool` of `softpool`. */
  globalSoftPool(x: GpuTensor, options?: GlobalPoolOptions): GpuTensor;
  /** As `globalSoftPoolGrad` of `softpool`. */
  globalSoftPoolGrad(x: GpuTensor, dy: GpuTensor, options?: GlobalPoolOptions & GradientOptions): GpuTensor;
  /** As `adaptiveSoftPool1d` of `softpool`. */
  adaptiveSoftPool1d(x: GpuTensor, options: AdaptivePoolOptions): GpuTensor;
  /** As `adaptiveSoftPool2d` of `softpool`. */
  adaptiveSoftPool2d(x: GpuTensor, options: AdaptivePoolOptions): GpuTensor;
  /** As `adaptiveSoftPool3d` of `softpool`. */
  adaptiveSoftPool3d(x: GpuTensor, options: AdaptivePoolOptions): GpuTensor;
  /** As `adaptiveSoftPool1dGrad` of `softpool`. */
  adaptiveSoftPool1dGrad(x: GpuTensor, dy: GpuTensor, options: AdaptivePoolOptions & GradientOptions): GpuTensor;
  /** As `adaptiveSoftPool2dGrad` of `softpool`. */
  adaptiveSoftPool2dGrad(x: GpuTensor, dy: GpuTensor, options: AdaptivePoolOptions & GradientOptions): GpuTensor;
  /** As `adaptiveSoftPool3dGrad` of `softpool`. */
  adaptiveSoftPool3dGrad(x: GpuTensor, dy: GpuTensor, options: AdaptivePoolOptions & GradientOptions): GpuTensor;
}

/**
 * SoftPool on one device. A call checks its arguments, submits its work and returns; it throws what is wrong with the arguments, while what goes
 * wrong on the GPU later (memory that runs out) is thrown by `read` of the result, or of what was computed from it.
 */
export interface GpuSoftPool extends GpuCalls {
  /** The device that everything runs on. */
  readonly device: GPUDevice;
  /**
   * The same calls, recorded into an encoder of yours between your own passes, and not submitted: nothing runs before you submit it. The encoder must
   * have no pass open. With `result`, a buffer of yours with usage `STORAGE` and `COPY_DST`, they write there and not to a buffer of their own.
   */
  encodeInto(encoder: GPUCommandEncoder, result?: GPUBuffer): GpuCalls;
  /** A copy of a tensor on the device, float32 or float16. Throws a TypeError for float64, which WGSL does not have. */
  upload(tensor: Tensor): GpuTensor;
  /**
   * A copy of a tensor in JavaScript's memory, once what it is made of has been computed: a `Float32Array`, or the bits of float16 in a `Uint16Array`.
   *
   * @throws Error (as a rejection) if the GPU could not compute it: no memory, the device lost, the pool disposed.
   */
  read(tensor: GpuTensor): Promise<Tensor<Float32Array> | Tensor<Uint16Array>>;
  /** Gives a tensor's memory back as soon as work already submitted is done with it. It must not be used any more. */
  free(tensor: GpuTensor): void;
  /**
   * Ends the pool, and frees what it keeps between calls: what was encoded must have been submitted. A device that it made itself is destroyed, with all
   * tensors; a device of yours stays, with them.
   */
  dispose(): void;
}

/** Plans that are kept: more than a network has different pooling layers. */
const MOST_PLANS = 64;

/** A plan on the device. */
interface Prepared {
  readonly plan: Plan;
  readonly problem: Problem;
  readonly pipelines: readonly GPUComputePipeline[];
  readonly tables: GPUBuffer;
  readonly blocks: readonly GPUBuffer[];
}

/**
 * The calls of `softpool` on the GPU, by WebGPU: in browsers, and in Node with the npm package `webgpu`.
 *
 * @param options - The device, if you have one.
 * @throws Error (as a rejection) if there is no WebGPU or no GPU, with what to do; TypeError for an invalid option.
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
  if (device === undefined) return openPool(await requestDevice());
  checkDevice('createGpuSoftPool', 'options.device', device);
  return openPool({ device, release: () => {} });
}

/**
 * The same on a device that there is already, at once.
 *
 * @param device - The device; it stays when the pool is disposed.
 * @throws TypeError if it is not one.
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
  return openPool({ device, release: () => {} });
}

function checkDevice(call: string, option: string, device: GPUDevice): void {
  if (typeof device?.createComputePipeline !== 'function') throw typeError(call, option, 'a GPUDevice', device);
}

function openPool({ device, release }: Device): GpuSoftPool {
  const pipelineOf = createPipelines(device);
  const plans = new Map<string, Prepared>();
  const scratch = new Map<BufferName, GPUBuffer>();
  let disposed = false;
  let lost: string | undefined;
  void device.lost.then(({ reason, message }) => {
    lost = `${reason === 'destroyed' ? 'it was destroyed' : 'reason unknown'}${message ? `: ${message}` : ''}`;
  });

  const checkOpen = (call: string): void => {
    if (disposed) throw new Error(`${call}: this pool was disposed: make another with createGpuSoftPool()`);
    if (lost !== undefined) {
      throw new Error(
        `${call}: the GPU device is lost (${lost}), and its tensors with it: make another pool with createGpuSoftPool() and upload again`,
      );
    }
  };

  /** Runs what makes a tensor, and notes what goes wrong in it on the device. */
  const watched = (inputs: readonly GpuTensor[], call: string, make: () => GpuTensor): GpuTensor => {
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    let tensor: GpuTensor | undefined;
    try {
      tensor = make();
      return tensor;
    } finally {
      const errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
      const work = errors.then(
        ([memory, invalid]) => failureBy(call, memory, invalid),
        () => undefined, // the device is lost, which is said by whoever uses it
      );
      if (tensor !== undefined) noteWork(tensor, inputs, work);
    }
  };

  const prepare = (call: string, dtype: GpuDType, shape: readonly number[], options: object, makeProblem: () => Problem): Prepared => {
    const key = isPlain(options) ? JSON.stringify([call, dtype, shape, options]) : undefined;
    const known = key === undefined ? undefined : plans.get(key);
    if (key !== undefined && known !== undefined) {
      plans.delete(key);
      plans.set(key, known); // the last to be forgotten
      return known;
    }
    const problem = makeProblem();
    checkBytes(call, 'the result', problem.geometry.outputShape, dtype);
    const plan = makePlan(call, problem, call.endsWith('Grad'), device.limits);
    const prepared: Prepared = {
      plan,
      problem,
      pipelines: plan.programs.map(pipelineOf),
      tables: filledBuffer(device, plan.tables, USAGE.STORAGE),
      blocks: plan.parts.map(({ block }) => filledBuffer(device, new Uint32Array(block), USAGE.UNIFORM)),
    };
    if (key !== undefined) {
      if (plans.size >= MOST_PLANS) plans.delete(plans.keys().next().value as string); // encoders may still need its buffers
      plans.set(key, prepared);
    }
    return prepared;
  };

  /** A buffer for what passes from one program to the next; all calls share it, since a queue runs them one after another. */
  const scratchBuffer = (name: BufferName, size: number): GPUBuffer => {
    const kept = scratch.get(name);
    if (kept !== undefined && kept.size >= size) return kept;
    const buffer = device.createBuffer({ label: `softpool ${name}`, size: Math.max(size, 2 * (kept?.size ?? 0)), usage: USAGE.STORAGE });
    scratch.set(name, buffer);
    return buffer;
  };

  const bind = ({ plan, tables, blocks }: Prepared, part: number, program: number, tensors: Partial<Record<BufferName, GPUBuffer>>) => {
    const { ranges } = plan.parts[part] as Part;
    return bindingsOf(plan.programs[program] as Plan['programs'][number])
      .map((name, i): GPUBindGroupEntry => {
        const buffer = tensors[name];
        if (buffer !== undefined) return { binding: i + 1, resource: { buffer, ...rangeOf(ranges[name]) } };
        if (name === 'tables') return { binding: i + 1, resource: { buffer: tables } };
        const size = plan.scratch[name] as number;
        return { binding: i + 1, resource: { buffer: scratchBuffer(name, size), size } };
      })
      .concat({ binding: 0, resource: { buffer: blocks[part] as GPUBuffer } });
  };

  const encode = (encoder: GPUCommandEncoder, prepared: Prepared, tensors: Partial<Record<BufferName, GPUBuffer>>): void => {
    const pass = encoder.beginComputePass({ label: 'softpool' });
    prepared.plan.parts.forEach((part, p) => {
      part.workgroups.forEach((workgroups, i) => {
        const pipeline = prepared.pipelines[i] as GPUComputePipeline;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: bind(prepared, p, i, tensors) }));
        pass.dispatchWorkgroups(...workgroups);
      });
    });
    pass.end();
  };

  /** The calls, each ending in `finish`, which is given what to record; to a buffer of their own, or to `given`. */
  const calls = (finish: (record: (encoder: GPUCommandEncoder) => void) => void, given?: GPUBuffer): GpuCalls => {
    const run = (call: string, x: GpuTensor, dy: GpuTensor | undefined, options: object, makeProblem: () => Problem): GpuTensor => {
      checkOpen(call);
      checkGpuTensor(call, 'x', x, device);
      const gradient = call.endsWith('Grad');
      if (gradient) checkGpuTensor(call, 'dy', dy as GpuTensor, device);
      return watched(dy === undefined ? [x] : [x, dy], call, () => {
        const prepared = prepare(call, x.dtype, x.shape, options, makeProblem);
        const { geometry } = prepared.problem;
        if (dy !== undefined) checkGradientInput(call, prepared.problem, dy.dtype, dy.shape);
        const shape = [...(gradient ? geometry.inputShape : geometry.outputShape)];
        const result = given === undefined ? createTensor(device, shape, x.dtype) : { buffer: given, shape, dtype: x.dtype };
        if (given !== undefined) checkGpuTensor(call, 'result', result, device);
        const to = result.buffer;
        const tensors =
          dy === undefined
            ? { x: x.buffer, xQuads: x.buffer, y: to, yQuads: to }
            : { x: x.buffer, xQuads: x.buffer, dy: dy.buffer, dyQuads: dy.buffer, dx: to, dxQuads: to };
        finish((encoder) => {
          if (given !== undefined && gradient) encoder.clearBuffer(given); // as a new one is: inputs in no window are not written
          encode(encoder, prepared, tensors);
        });
        return result;
      });
    };
    const pool =
      (call: string, dims: 1 | 2 | 3) =>
      (x: GpuTensor, options: PoolOptions): GpuTensor =>
        run(call, x, undefined, options, () => poolProblem(call, dims, x.dtype, x.shape, options));
    const poolGrad =
      (call: string, dims: 1 | 2 | 3) =>
      (x: GpuTensor, dy: GpuTensor, options: PoolOptions & GradientOptions): GpuTensor =>
        run(call, x, dy, options, () => poolProblem(call, dims, x.dtype, x.shape, options));
    const adaptive =
      (call: string, dims: 1 | 2 | 3) =>
      (x: GpuTensor, options: AdaptivePoolOptions): GpuTensor =>
        run(call, x, undefined, options, () => adaptiveProblem(call, dims, x.dtype, x.shape, options));
    const adaptiveGrad =
      (call: string, dims: 1 | 2 | 3) =>
      (x: GpuTensor, dy: GpuTensor, options: AdaptivePoolOptions & GradientOptions): GpuTensor =>
        run(call, x, dy, options, () => adaptiveProblem(call, dims, x.dtype, x.shape, options));
    return {
      softPool1d: pool('softPool1d', 1),
      softPool2d: pool('softPool2d', 2),
      softPool3d: pool('softPool3d', 3),
      softPool1dGrad: poolGrad('softPool1dGrad', 1),
      softPool2dGrad: poolGrad('softPool2dGrad', 2),
      softPool3dGrad: poolGrad('softPool3dGrad', 3),
      globalSoftPool: (x, options = {}) =>
        run('globalSoftPool', x, undefined, options, () => globalProblem('globalSoftPool', x.dtype, x.shape, options)),
      globalSoftPoolGrad: (x, dy, options = {}) =>
        run('globalSoftPoolGrad', x, dy, options, () => globalProblem('globalSoftPoolGrad', x.dtype, x.shape, options)),
      adaptiveSoftPool1d: adaptive('adaptiveSoftPool1d', 1),
      adaptiveSoftPool2d: adaptive('adaptiveSoftPool2d', 2),
      adaptiveSoftPool3d: adaptive('adaptiveSoftPool3d', 3),
      adaptiveSoftPool1dGrad: adaptiveGrad('adaptiveSoftPool1dGrad', 1),
      adaptiveSoftPool2dGrad: adaptiveGrad('adaptiveSoftPool2dGrad', 2),
      adaptiveSoftPool3dGrad: adaptiveGrad('adaptiveSoftPool3dGrad', 3),
    };
  };

  return {
    device,
    ...calls((record) => {
      const encoder = device.createCommandEncoder();
      record(encoder);
      device.queue.submit([encoder.finish()]);
    }),
    encodeInto: (encoder, result) => calls((record) => record(encoder), result),
    upload(tensor) {
      checkOpen('upload');
      return watched([], 'upload', () => uploadTensor(device, tensor));
    },
    async read(tensor) {
      checkOpen('read');
      checkGpuTensor('read', 'tensor', tensor, device);
      const failed = await failureOf(tensor);
      if (failed !== undefined) throw failed;
      try {
        return await readTensor(device, tensor);
      } catch (error) {
        checkOpen('read');
        throw error;
      }
    },
    free(tensor) {
      checkGpuTensor('free', 'tensor', tensor, device);
      freeTensor(tensor);
    },
    dispose() {
      disposed = true;
      for (const { tables, blocks } of plans.values()) for (const buffer of [tables, ...blocks]) buffer.destroy();
      for (const buffer of scratch.values()) buffer.destroy();
      plans.clear();
      scratch.clear();
      release();
    },
  };
}

function failureBy(call: string, memory: GPUError | null, invalid: GPUError | null): Error | undefined {
  if (memory !== null) return new Error(`${call}: the GPU has not enough memory: ${memory.message}`);
  return invalid === null ? undefined : new Error(`${call}: the GPU refused the work: ${invalid.message}`);
}

function filledBuffer(device: GPUDevice, data: Uint32Array<ArrayBuffer>, usage: number): GPUBuffer {
  const buffer = device.createBuffer({ size: data.byteLength, usage, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).set(data);
  buffer.unmap();
  return buffer;
}

function rangeOf(range: { readonly offset: number; readonly size: number } | undefined): { offset?: number; size?: number } {
  return range === undefined ? {} : { offset: range.offset, size: range.size };
}
