// SoftPool as one composes it of stock operations on a GPU: Σ x eˣ / Σ eˣ by five kernels with their results in memory, as exp, mul, two average
// pools and div of any library are. It overflows at x ≈ 89. Float32, forward.
import { sizeOf } from '../activations.mjs';

const WORKGROUP = 256;
const ROW = 32768 * WORKGROUP;

/** Elements are [planes, D, H, W, inner]: inner is 1 in channelsFirst, and all channels in channelsLast. One thread an element. */
const SOURCE = /* wgsl */ `
struct Shape { inputSize: vec3<u32>, inner: u32, outputSize: vec3<u32>, stride: u32, kernelSize: vec3<u32>, padding: u32 }

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

fn element(id: vec3<u32>) -> u32 { return id.y * ${ROW}u + id.x; }

@compute @workgroup_size(${WORKGROUP})
fn exponential(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = element(id);
  if (i < arrayLength(&result)) { result[i] = exp(a[i]); }
}

@compute @workgroup_size(${WORKGROUP})
fn multiply(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = element(id);
  if (i < arrayLength(&result)) { result[i] = a[i] * b[i]; }
}

@compute @workgroup_size(${WORKGROUP})
fn divide(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = element(id);
  if (i < arrayLength(&result)) { result[i] = a[i] / b[i]; }
}

@compute @workgroup_size(${WORKGROUP})
fn averagePool(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = element(id);
  if (i >= arrayLength(&result)) { return; }
  let channel = i % shape.inner;
  var rest = i / shape.inner;
  let column = rest % shape.outputSize.z;
  rest /= shape.outputSize.z;
  let row = rest % shape.outputSize.y;
  rest /= shape.outputSize.y;
  let slice = rest % shape.outputSize.x;
  let plane = rest / shape.outputSize.x;
  // A depth of one is not padded.
  let padding = vec3<i32>(select(vec3<u32>(shape.padding), vec3<u32>(0u), shape.kernelSize == vec3<u32>(1u)));
  let corner = vec3<i32>(vec3<u32>(slice, row, column) * shape.stride) - padding;
  let first = vec3<u32>(max(corner, vec3<i32>(0)));
  let last = min(vec3<u32>(corner + vec3<i32>(shape.kernelSize)), shape.inputSize);
  var sum = 0.0;
  for (var z = first.x; z < last.x; z++) {
    for (var y = first.y; y < last.y; y++) {
      for (var x = first.z; x < last.z; x++) {
        sum += a[(((plane * shape.inputSize.x + z) * shape.inputSize.y + y) * shape.inputSize.z + x) * shape.inner + channel];
      }
    }
  }
  result[i] = sum / f32(shape.kernelSize.x * shape.kernelSize.y * shape.kernelSize.z);
}
`;

/** Values of GPUBufferUsage. */
const USAGE = { COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 };

/**
 * The composition on a tensor of the device.
 *
 * @param {GPUDevice} device
 * @param {import('./problems.mjs').Problem} problem - Float32, forward.
 * @param {GPUBuffer} x
 */
export function makeComposition(device, { dims, window, layout, inputShape, outputShape }, x) {
  const first = layout === 'channelsFirst';
  /** @param {readonly number[]} shape */
  const spatial = (shape) => [1, ...(first ? shape.slice(2) : shape.slice(1, -1))].slice(-3);
  const kernelSize = [1, ...Array(dims).fill(window.kernelSize)].slice(-3);
  const inner = first ? 1 : Number(inputShape.at(-1));
  const shape = device.createBuffer({ size: 48, usage: USAGE.UNIFORM | USAGE.COPY_DST });
  const words = [...spatial(inputShape), inner, ...spatial(outputShape), window.stride, ...kernelSize, window.padding];
  device.queue.writeBuffer(shape, 0, new Uint32Array(words));

  /** @param {readonly number[]} shape */
  const intermediate = (shape) => device.createBuffer({ size: 4 * sizeOf(shape), usage: USAGE.STORAGE | USAGE.COPY_SRC });
  const [e, product] = [intermediate(inputShape), intermediate(inputShape)];
  const [below, above, y] = [intermediate(outputShape), intermediate(outputShape), intermediate(outputShape)];
  const module = device.createShaderModule({ code: SOURCE });
  /** @param {string} entryPoint @param {readonly GPUBuffer[]} operands @param {GPUBuffer} result */
  const kernel = (entryPoint, operands, result) => {
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint } });
    const entries = [...operands, result].map((buffer, i) => ({ binding: i === operands.length ? 3 : i + 1, resource: { buffer } }));
    if (entryPoint === 'averagePool') entries.push({ binding: 0, resource: { buffer: shape } });
    const threads = result.size / 4;
    const workgroups = /** @type {const} */ ([Math.ceil(Math.min(threads, ROW) / WORKGROUP), Math.ceil(threads / ROW)]);
    return { pipeline, group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }), workgroups };
  };
  const kernels = [
    kernel('exponential', [x], e),
    kernel('multiply', [e, x], product),
    kernel('averagePool', [e], below),
    kernel('averagePool', [product], above),
    kernel('divide', [above, below], y),
  ];
  return {
    y,
    /** @type {import('./clock.mjs').GpuSubject} */
    subject: {
      record(encoder) {
        const pass = encoder.beginComputePass();
        for (const { pipeline, group, workgroups } of kernels) {
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          pass.dispatchWorkgroups(...workgroups);
        }
        pass.end();
      },
    },
    free() {
      for (const buffer of [shape, e, product, below, above, y]) buffer.destroy();
    },
  };
}
