/** The GPU that is measured on, and its clock. */
import { createGpuSoftPool, type GpuSoftPool } from 'softpool/webgpu';
import { create, globals } from 'webgpu';

export interface Gpu {
  readonly name: string;
  /** Whether a processor plays the GPU. */
  readonly isSoftware: boolean;
  readonly pool: GpuSoftPool;
  /** Milliseconds that the GPU takes for what is recorded. */
  readonly time: (record: (encoder: GPUCommandEncoder) => void) => Promise<number>;
}

/** Opens the GPU as users get it, but for timestamps, which Dawn rounds to 0.1 ms for pages. */
export async function openGpu(): Promise<Gpu> {
  Object.assign(globalThis, globals);
  const gpu = create(['disable-dawn-features=timestamp_quantization']);
  Object.assign(globalThis, { gpu }); // Dawn ends with the object that created it
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error("bench:gpu: no GPU; install its driver with the Vulkan part and Vulkan's loader, libvulkan1");
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
  const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'], requiredLimits });
  device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(`bench:gpu: ${error.message}`);
  });
  const { vendor, architecture, device: model, description, isFallbackAdapter } = adapter.info;
  const name = [model, description, vendor, architecture].filter((part) => part !== '').join(', ');
  const isSoftware = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software/i.test(name);
  return { name, isSoftware, pool: await createGpuSoftPool({ device }), time: clockOf(device) };
}

/** The GPU's timestamps, in two passes without work, before and after. */
function clockOf(device: GPUDevice): Gpu['time'] {
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  const staging = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
  return async (record) => {
    const encoder = device.createCommandEncoder();
    encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0 } }).end();
    record(encoder);
    encoder.beginComputePass({ timestampWrites: { querySet, endOfPassWriteIndex: 1 } }).end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const [first = 0n, last = 0n] = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    if (last <= first) throw new Error(`bench:gpu: the device's timestamps do not rise: ${first}, ${last}`);
    return Number(last - first) / 1e6;
  };
}

/** Work that can be repeated within one submission. */
export interface GpuSubject {
  readonly record: (encoder: GPUCommandEncoder) => void;
  /** Calls per submission. Default: as many as a sample takes, at most 500. */
  readonly mostCalls?: number;
  /** Frees what a submission left. */
  readonly settle?: () => Promise<void>;
}

/** Milliseconds of work that does not count, while programs are compiled and clocks rise. */
const WARM_UP = 50;

/** A sampler: submits calls for so many milliseconds together, and returns those per call. */
export async function samplerOf({ time }: Gpu, { record, mostCalls = 500, settle }: GpuSubject, milliseconds: number) {
  const submit = async (calls: number) => {
    const taken = await time((encoder) => {
      for (let i = 0; i < calls; i++) record(encoder);
    });
    await settle?.();
    return taken;
  };
  const start = performance.now();
  do await submit(1);
  while (performance.now() - start < WARM_UP);
  const once = Math.max(1e-3, Math.min(await submit(1), await submit(1), await submit(1)));
  const calls = Math.ceil(Math.min(milliseconds / once, mostCalls));
  return async () => {
    let [taken, submissions] = [0, 0];
    for (; taken < milliseconds; submissions++) taken += await submit(calls);
    return taken / (submissions * calls);
  };
}
