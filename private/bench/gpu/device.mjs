// The device that is measured on, and what it is.
import { createGpuSoftPool } from 'softpool/webgpu';

/**
 * @typedef {import('softpool/webgpu').GpuSoftPool} GpuSoftPool
 *
 * @typedef {object} AdapterFacts
 * @property {string} name
 * @property {boolean} software - Whether it is a processor that plays a GPU.
 *
 * @typedef {object} Gpu
 * @property {AdapterFacts} facts
 * @property {GPUDevice} device
 * @property {GpuSoftPool} pool
 * @property {boolean} timestamps - Whether it has timestamp queries.
 */

/** Timestamps as the GPU gives them, and not rounded to 0.1 ms as pages are given them. */
const EXACT_TIMESTAMPS = 'timestamp_quantization';

/** WebGPU fills a new buffer with zeros before a kernel sees it: a pass over the memory of each result, which no kernel can avoid. */
const CLEARING = 'lazy_clear_resource_on_first_use';

/** In Node the whole of Dawn goes with the object that it began with. */
const inUse = new Set();

/**
 * Opens the GPU: as a device that leaves new buffers as they are, on which the kernels' own time shows, or as anybody is given it.
 *
 * @param {{ clearing: boolean }} options
 * @returns {Promise<Gpu>}
 * @throws Error without Dawn, or without an adapter; its message says what to install.
 */
export async function openGpu({ clearing }) {
  const without = clearing ? [EXACT_TIMESTAMPS] : [EXACT_TIMESTAMPS, CLEARING];
  const { create } = await importDawn();
  const gpu = create([`disable-dawn-features=${without.join(',')}`]);
  inUse.add(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error(
      'no GPU adapter here: install the Vulkan driver of the GPU (NVIDIA: the driver, with libvulkan1; no GPU: mesa-vulkan-drivers, whose figures mean nothing)',
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const timestamps = adapter.features.has('timestamp-query');
  const device = await adapter.requestDevice({
    requiredFeatures: timestamps ? ['timestamp-query'] : [],
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(`bench:gpu: ${error.message}`);
  });
  return { facts: factsOf(adapter.info), device, pool: await createGpuSoftPool({ device }), timestamps };
}

async function importDawn() {
  try {
    return await import('webgpu');
  } catch (cause) {
    throw new Error('the npm package "webgpu" cannot be loaded: npm ci', { cause });
  }
}

/**
 * @param {GPUAdapterInfo} info
 * @returns {AdapterFacts}
 */
export function factsOf({ vendor, architecture, device, description, isFallbackAdapter }) {
  const name = [device, description, vendor, architecture].filter((part) => part !== '').join(', ');
  return { name, software: isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software/i.test(name) };
}
