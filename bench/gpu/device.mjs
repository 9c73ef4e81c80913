// The device that is measured on, and what it is.
import { createGpuSoftPool } from 'softpool/webgpu';

/**
 * @typedef {import('softpool/webgpu').GpuSoftPool} GpuSoftPool
 *
 * @typedef {object} Gpu
 * @property {GPUDevice} device
 * @property {GpuSoftPool} pool
 * @property {boolean} timestamps - Whether it has timestamp queries.
 *
 * @typedef {object} AdapterFacts
 * @property {string} name
 * @property {boolean} software - Whether it is a processor that plays a GPU.
 */

/** Timestamps as the GPU gives them, and not rounded to 0.1 ms as pages are given them. */
const EXACT_TIMESTAMPS = 'timestamp_quantization';

/** WebGPU fills a new buffer with zeros before a kernel sees it: a pass over the memory of each result, which no kernel can avoid. */
const CLEARING = 'lazy_clear_resource_on_first_use';

/** In Node the whole of Dawn goes with the object that it began with. */
const inUse = new Set();

/**
 * Opens the GPU twice: once as anybody is given it, and once as a device that leaves new buffers as they are, on which the kernels' own time shows.
 *
 * @returns {Promise<{ facts: AdapterFacts, asGiven: Gpu, uncleared: Gpu }>}
 * @throws Error without Dawn, or without an adapter; its message says what to install.
 */
export async function openGpu() {
  const { facts, gpu: asGiven } = await open([EXACT_TIMESTAMPS]);
  const { gpu: uncleared } = await open([EXACT_TIMESTAMPS, CLEARING]);
  return { facts, asGiven, uncleared };
}

/** @param {readonly string[]} without - Features of Dawn that are turned off. */
async function open(without) {
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
  return { facts: factsOf(adapter.info), gpu: { device, pool: await createGpuSoftPool({ device }), timestamps } };
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
function factsOf({ vendor, architecture, device, description, isFallbackAdapter }) {
  const name = [device, description, vendor, architecture].filter((part) => part !== '').join(', ');
  return { name, software: isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software/i.test(name) };
}
