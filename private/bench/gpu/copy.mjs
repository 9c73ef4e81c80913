// The measure of all kernels: a copy on the same device that reads and writes as many bytes.

const WORKGROUP = 256;
const ROW = 32768 * WORKGROUP;

/** One thread copies 16 bytes. */
const SOURCE = /* wgsl */ `
@group(0) @binding(0) var<storage, read> from_: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> to_: array<vec4<u32>>;

@compute @workgroup_size(${WORKGROUP})
fn copy(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * ${ROW}u + id.x;
  if (at < arrayLength(&from_)) { to_[at] = from_[at]; }
}
`;

/** Value of GPUBufferUsage.STORAGE. */
const STORAGE = 128;

/**
 * A copy that moves so many bytes: half of them read, half of them written.
 *
 * @param {GPUDevice} device
 * @param {number} mostBytes - The most that it will be asked to move.
 */
export function makeCopy(device, mostBytes) {
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code: SOURCE }) } });
  const [from, to] = ['from', 'to'].map((label) => device.createBuffer({ label, size: sizeToCopy(mostBytes), usage: STORAGE }));
  if (from === undefined || to === undefined) throw new Error('unreachable');
  return {
    /**
     * @param {number} bytes
     * @returns {import('./clock.mjs').GpuSubject}
     */
    moving(bytes) {
      const size = sizeToCopy(bytes);
      const group = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [from, to].map((buffer, binding) => ({ binding, resource: { buffer, size } })),
      });
      const threads = size / 16;
      const workgroups = /** @type {const} */ ([Math.ceil(Math.min(threads, ROW) / WORKGROUP), Math.ceil(threads / ROW)]);
      return {
        record(encoder) {
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          pass.dispatchWorkgroups(...workgroups);
          pass.end();
        },
      };
    },
    free() {
      from.destroy();
      to.destroy();
    },
  };
}

/** @param {number} bytes */
function sizeToCopy(bytes) {
  return Math.ceil(bytes / 32) * 16;
}
