/**
 * `softpool/webgpu`: the calls of `softpool` on the GPU with WebGPU, in browsers and in Node (with
 * the npm package `webgpu`).
 *
 * @module
 */
export { createGpuSoftPool, type GpuCalls, type GpuSoftPool, type GpuSoftPoolOptions, gpuSoftPoolOn } from './gpu/gpu-soft-pool.ts';
export type { GpuDType, GpuTensor } from './gpu/gpu-tensor.ts';
