/** The specification on every backend that runs on the CPU. Add a backend here. */
import * as softpool from './index.ts';
import { createSoftPool, type SoftPool, type Tensor } from './index.ts';
import * as reference from './reference.ts';
import type { Backend } from './specification/backend.ts';
import { type Subject, specify } from './specification/specify.ts';

const pools: SoftPool[] = [];

const backends: readonly Subject[] = [
  { name: 'the calls of softpool', open: () => softpool },
  {
    name: 'the calls of softpool/reference',
    open: () => reference,
    cannot: { 'large tensors': 'the definition takes minutes, and has no blocks to get wrong' },
  },
  { name: 'a pool of two threads', open: openPool, close: disposePools },
  {
    name: 'a pool of two threads, on tensors in its memory',
    open: async () => onPoolMemory(await openPool()),
    close: disposePools,
    cannot: { Float16Array: 'a pool allocates float16 as bits, in a Uint16Array' },
  },
];

for (const backend of backends) specify(backend);

async function openPool(): Promise<SoftPool> {
  const pool = await createSoftPool({ threads: 2 });
  pools.push(pool);
  return pool;
}

function disposePools(): void {
  for (const pool of pools.splice(0)) pool.dispose();
}

/** The pool's calls on tensors that are brought into its memory first. */
function onPoolMemory(pool: SoftPool): Backend {
  const moved = async (tensors: readonly Tensor[], call: (...there: Tensor[]) => Promise<Tensor>): Promise<Tensor> => {
    const there: Tensor[] = [];
    try {
      for (const { data, shape } of tensors) {
        const dtype = data instanceof Float64Array ? 'float64' : data instanceof Float32Array ? 'float32' : 'float16';
        const copy = pool.allocate([data.length], dtype);
        copy.data.set(data);
        there.push({ ...copy, shape });
      }
      const result = await call(...there);
      const { data } = result;
      if (data.buffer !== there[0]?.data.buffer) throw new Error('the result is not in the memory of the pool');
      if (there.some((tensor) => overlap(tensor, result))) throw new Error('the result lies on an input');
      const onHeap = { ...result, data: data.slice() };
      pool.free(result);
      const { dtype: _, ...plain } = onHeap;
      return tensors[0]?.dtype === undefined ? plain : onHeap;
    } finally {
      for (const tensor of there) pool.free(tensor);
    }
  };
  const calls = Object.entries(pool).filter(([name]) => /softPool/i.test(name));
  return Object.fromEntries(
    calls.map(([name, call]) => [
      name,
      name.endsWith('Grad')
        ? (x: Tensor, dy: Tensor, options: object) => moved([x, dy], (...[x, dy]) => call(x, dy, options))
        : (x: Tensor, options: object) => moved([x], (x) => call(x, options)),
    ]),
  ) as unknown as Backend;
}

function overlap({ data: a }: Tensor, { data: b }: Tensor): boolean {
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
