/** The specification in a host's memory: tensors are put there side by side, pooled where they lie, and nothing around a result may be written to. */
import { adaptiveJob, globalJob, type Job, poolJob } from './calls.ts';
import { createMemorySoftPool, type HostMemory } from './memory.ts';
import { runDefinition } from './run-definition.ts';
import type { Backend, Dims } from './specification/backend.ts';
import { specify } from './specification/specify.ts';
import type { Tensor } from './tensor.ts';

const CANARY = 0x55;
const GAP = 8;

specify({
  name: "tensors in a host's memory",
  open: () => inMemory(),
  runs: 12, // the kernels are those of softpool's other calls
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

  const run = (job: Job, dims: Dims, options: object): Tensor => {
    const { x, dy, problem } = job;
    if (!(x.data instanceof Float32Array)) return runDefinition(job); // asked for by tests that are not about one element type
    end = 1024;
    const { keepDims, outputSize, ...rest } = options as { keepDims?: boolean; outputSize?: number };
    const isGlobal = outputSize === undefined && !('kernelSize' in options);
    const prepared = kernels.prepare(x.shape, {
      ...rest,
      spatialDims: dims,
      ...(isGlobal ? { outputSize: 1 } : outputSize !== undefined && { outputSize }),
    } as Parameters<typeof kernels.prepare>[1]);
    const [from, gradient] = [put(x), dy && put(dy)];
    const shape = dy === undefined ? problem.geometry.outputShape : x.shape;
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

  const dimsOf = (call: string): Dims => Number(/\dd/.exec(call)?.[0][0]) as Dims;
  const pool = (call: string) => (x: Tensor, options: never) => run(poolJob(call, dimsOf(call), x, options), dimsOf(call), options);
  const poolGrad = (call: string) => (x: Tensor, dy: Tensor, options: never) =>
    run(poolJob(call, dimsOf(call), x, options, dy), dimsOf(call), options);
  const adaptive = (call: string) => (x: Tensor, options: never) => run(adaptiveJob(call, dimsOf(call), x, options), dimsOf(call), options);
  const adaptiveGrad = (call: string) => (x: Tensor, dy: Tensor, options: never) =>
    run(adaptiveJob(call, dimsOf(call), x, options, dy), dimsOf(call), options);
  const global = (job: Job, options: object): Tensor => run(job, job.problem.geometry.spatialDims, options);
  return {
    softPool1d: pool('softPool1d'),
    softPool2d: pool('softPool2d'),
    softPool3d: pool('softPool3d'),
    softPool1dGrad: poolGrad('softPool1dGrad'),
    softPool2dGrad: poolGrad('softPool2dGrad'),
    softPool3dGrad: poolGrad('softPool3dGrad'),
    adaptiveSoftPool1d: adaptive('adaptiveSoftPool1d'),
    adaptiveSoftPool2d: adaptive('adaptiveSoftPool2d'),
    adaptiveSoftPool3d: adaptive('adaptiveSoftPool3d'),
    adaptiveSoftPool1dGrad: adaptiveGrad('adaptiveSoftPool1dGrad'),
    adaptiveSoftPool2dGrad: adaptiveGrad('adaptiveSoftPool2dGrad'),
    adaptiveSoftPool3dGrad: adaptiveGrad('adaptiveSoftPool3dGrad'),
    globalSoftPool: (x: Tensor, options = {}) => global(globalJob('globalSoftPool', x, options), options),
    globalSoftPoolGrad: (x: Tensor, dy: Tensor, options = {}) => global(globalJob('globalSoftPoolGrad', x, options, dy), options),
  } as unknown as Backend;
}
