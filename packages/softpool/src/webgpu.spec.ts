/** The specification on the GPU: tensors are uploaded, pooled on the device, and read back. */
import type { Backend } from '@softpool/specification/backend';
import { specify } from '@softpool/specification/specify';
import type { Tensor } from './api/tensor.ts';
import { createGpuSoftPool, type GpuSoftPool, type GpuTensor } from './webgpu.ts';

const pools: GpuSoftPool[] = [];

specify({
  name: 'the GPU',
  open: async () => {
    const pool = await createGpuSoftPool();
    pools.push(pool);
    return onGpu(pool);
  },
  close: () => {
    for (const pool of pools.splice(0)) pool.dispose();
  },
  isBrief: true,
  runs: 'document' in globalThis ? 4 : 6, // a GPU in software; Node runs more on it
  cannot: {
    Float64Array: 'WGSL lacks 64-bit numbers',
    'tiny gradients': 'a GPU may flush numbers below 2^-126 to 0',
    'canceling gradients': 'sums are in float32, and may overflow before they cancel',
    ...('document' in globalThis && {
      Uint16Array: 'tested in Node; a browser uses its own Float16Array',
      'every size': 'tested in Node on the same driver',
      'many windows': 'tested in Node on the same driver',
      'large tensors': 'tested in Node on the same driver',
    }),
  },
});

/** The calls on tensors in JavaScript's memory. */
function onGpu(pool: GpuSoftPool): Backend {
  const there = async (tensors: readonly Tensor[], call: (...there: GpuTensor[]) => GpuTensor): Promise<Tensor> => {
    const uploaded = tensors.map((tensor) => pool.upload(tensor));
    try {
      const result = call(...uploaded);
      const y = await pool.read(result);
      pool.free(result);
      return asStored(y, tensors[0] as Tensor);
    } finally {
      for (const tensor of uploaded) pool.free(tensor);
    }
  };
  const calls = Object.entries(pool).filter(([name]) => /softPool/i.test(name));
  return Object.fromEntries(
    calls.map(([name, call]) => [
      name,
      name.endsWith('Grad')
        ? (x: Tensor, dy: Tensor, options: object) => there([x, dy], (...[x, dy]) => call(x, dy, options))
        : (x: Tensor, options: object) => there([x], (x) => call(x, options)),
    ]),
  ) as unknown as Backend;
}

/**
 * Float16 is read as bits; converts the result to the engine's own Float16Array if the input was
 * one.
 */
function asStored({ data, shape, dtype }: Tensor, { data: like }: Tensor): Tensor {
  if (dtype !== 'float16' || like instanceof Uint16Array) return dtype === undefined ? { data, shape } : { data, shape, dtype };
  const Constructor = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => typeof like;
  return { data: new Constructor(data.buffer, data.byteOffset, data.length), shape };
}
