/** Finds a GPU: the browser's, or in Node that of the npm package `webgpu`. */

/** A device, and how to release it. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  /** Destroys the device, if it was made here. */
  release(): void;
}

/** In Node, Dawn and all its devices are collected with the object that `create` returned. */
const inUse = new Set<GPU>();

/** A new device with the largest buffers that the GPU allows. */
export async function requestDevice(): Promise<OpenedDevice> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error(
      'createGpuSoftPool: WebGPU found no GPU. In Node, install a Vulkan, Metal or Direct3D 12 driver; in a browser, enable hardware acceleration. createThreadedSoftPool() of "softpool/threads" computes the same on the CPU.',
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
      'createGpuSoftPool: this browser lacks WebGPU, or the page was not loaded over https or from localhost. createThreadedSoftPool() of "softpool/threads" computes the same on the CPU.',
    );
  }
  // A variable hides from bundlers a package that only Node needs.
  const name = 'webgpu';
  let dawn: { create(options: readonly string[]): GPU };
  try {
    dawn = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (cause) {
    if (!/NOT_FOUND/.test((cause as { readonly code: string }).code)) throw cause;
    throw new Error('createGpuSoftPool: Node needs the npm package "webgpu" for WebGPU: npm install webgpu', { cause });
  }
  return dawn.create([]);
}
