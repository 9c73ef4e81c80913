/** The measure of all kernels: a copy on the same device, 16 bytes per thread. */
import type { GpuSubject } from './device.ts';

const WORKGROUP = 256;
const ROW = 32768 * WORKGROUP;

const SOURCE = /* wgsl */ `
@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copied: array<vec4<u32>>;

@compute @workgroup_size(${WORKGROUP})
fn copy(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * ${ROW}u + id.x;
  if (i < arrayLength(&words)) { copied[i] = words[i]; }
}
`;

/** Copies of up to `mostBytes`, half of them read and half written. */
export function openCopy(device: GPUDevice, mostBytes: number) {
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code: SOURCE }) } });
  const sizeFor = (bytes: number) => Math.ceil(bytes / 32) * 16;
  const buffers = [0, 1].map(() => device.createBuffer({ size: sizeFor(mostBytes), usage: GPUBufferUsage.STORAGE }));
  const moving = (bytes: number): GpuSubject => {
    const size = sizeFor(bytes);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer, size } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return {
      record(encoder) {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(Math.ceil(Math.min(size / 16, ROW) / WORKGROUP), Math.ceil(size / 16 / ROW));
        pass.end();
      },
    };
  };
  return { moving, free: () => buffers.forEach((buffer) => void buffer.destroy()) };
}
