/** Where the GPU comes from: the caller's device, the browser's, or in Node that of the npm package `webgpu`. */

/** A device, and how to let it go. */
export interface Device {
  readonly device: GPUDevice;
  /** Destroys the device, if it was made here. */
  release(): void;
}

/** In Node the whole of Dawn, devices and all, goes with the object that it began with. */
const inUse = new Set<GPU>();

/** A device of this machine's GPU, with the largest buffers that it allows. */
export async function requestDevice(): Promise<Device> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error(
      'createGpuSoftPool: WebGPU finds no GPU here (no adapter). In Node install a Vulkan, Metal or Direct3D 12 driver; in a browser enable hardware acceleration. createThreadedSoftPool() of "softpool" computes the same on the CPU.',
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
  inUse.add(gpu);
  return {
    device,
    release() {
      device.destroy();
      inUse.delete(gpu);
    },
  };
}

async function findGpu(): Promise<GPU> {
  if (globalThis.navigator?.gpu !== undefined) return navigator.gpu;
  if (globalThis.process?.versions?.node === undefined) {
    throw new Error(
      'createGpuSoftPool: this browser has no WebGPU, or the page is not served by https or from localhost. createThreadedSoftPool() of "softpool" computes the same on the CPU.',
    );
  }
  // No bundler is to look for a package that only Node needs.
  const name = 'webgpu';
  let dawn: { create(options: readonly string[]): GPU };
  try {
    dawn = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (cause) {
    throw new Error('createGpuSoftPool: in Node, WebGPU is the npm package "webgpu": npm install webgpu', { cause });
  }
  return dawn.create([]);
}
