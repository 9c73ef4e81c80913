/**
 * The specification in a host's memory: tensors lie there side by side, and a call may write only
 * to its result.
 */
import type { Backend } from '@softpool/specification/backend';
import { jobBackend, type RunJob } from '@softpool/specification/job-backend';
import { specify } from '@softpool/specification/specify';
import type { GlobalPoolOptions } from './api/options.ts';
import type { Tensor } from './api/tensor.ts';
import type { PoolGeometryOptions } from './geometry/pool-geometry.ts';
import { createMemorySoftPool, type HostMemory } from './memory.ts';
import { runDefinition } from './reference/run.ts';

const CANARY = 0x55;
const GAP = 8;

specify({
  name: "tensors in a host's memory",
  open: () => inMemory(),
  isBrief: true, // the kernels are those of the other calls
  cannot: {
    Float64Array: 'its tensors are float32',
    Float16Array: 'its tensors are float32',
    Uint16Array: 'its tensors are float32',
  },
});

function inMemory(): Backend {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  let end = 1024;
  const host: HostMemory = {
    memory,
    allocate(bytes) {
      const address = end;
      end += Math.ceil(bytes / 8) * 8;
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65536));
      return address;
    },
    free() {},
  };
  const kernels = createMemorySoftPool(host);

  const run: RunJob = (job, options) => {
    const { x, problem } = job;
    // for tests that are not about one element type
    if (!(x.data instanceof Float32Array)) return runDefinition(job);
    end = 1024;
    const { spatialDims } = problem.geometry;
    const isGlobal = !('kernelSize' in options) && !('outputSize' in options);
    const { keepDims: _, ...rest } = options as GlobalPoolOptions;
    const prepared = kernels.prepare(x.shape, { ...rest, ...(isGlobal && { outputSize: 1 }), spatialDims } as PoolGeometryOptions);
    const from = put(x);
    const gradient = job.kind === 'gradient' ? put(job.dy) : undefined;
    const shape = job.kind === 'forward' ? problem.geometry.outputShape : x.shape;
    const bytes = 4 * shape.reduce((size, length) => size * length, 1);
    const room = host.allocate(bytes + 2 * GAP);
    new Uint8Array(memory.buffer, room, bytes + 2 * GAP).fill(CANARY);
    if (gradient === undefined) prepared.pool(from, room + GAP);
    else prepared.poolGrad(from, gradient, room + GAP);
    const around = new Uint8Array(memory.buffer, room, bytes + 2 * GAP);
    if (around.some((byte, i) => (i < GAP || i >= bytes + GAP) && byte !== CANARY)) throw new Error('written beyond the result');
    prepared.dispose();
    return { data: new Float32Array(memory.buffer, room + GAP, bytes / 4).slice(), shape: [...shape] };
  };
  const put = ({ data }: Tensor): number => {
    const address = host.allocate(data.byteLength);
    new Float32Array(memory.buffer, address, data.length).set(data);
    return address;
  };

  return jobBackend(run);
}
