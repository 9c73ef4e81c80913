/**
 * The specification on worker threads: on tensors in JavaScript's memory, and on tensors in the
 * shared memory.
 */
import type { Backend } from '@softpool/specification/backend';
import { specify } from '@softpool/specification/specify';
import { dtypeOf, type Tensor } from '../../api/tensor.ts';
import { createThreadedSoftPool, type ThreadedSoftPool } from './threaded-soft-pool.ts';

const pools: ThreadedSoftPool[] = [];

specify({ name: 'two worker threads', open: openPool, close: disposePools });
specify({
  name: 'two worker threads, on tensors in the shared memory',
  open: async () => onPoolMemory(await openPool()),
  close: disposePools,
  isBrief: true, // the kernels and threads are those above
  cannot: {
    Float16Array: 'allocate returns float16 as bits, in a Uint16Array',
  },
});

async function openPool(): Promise<ThreadedSoftPool> {
  const pool = await createThreadedSoftPool({ threads: 2 });
  pools.push(pool);
  return pool;
}

function disposePools(): void {
  for (const pool of pools.splice(0)) pool.dispose();
}

/** The calls on tensors that are copied to the shared memory first. */
function onPoolMemory(pool: ThreadedSoftPool): Backend {
  const moved = async (tensors: readonly Tensor[], call: (...there: Tensor[]) => Promise<Tensor>): Promise<Tensor> => {
    const there: Tensor[] = [];
    try {
      for (const tensor of tensors) {
        const { data, shape } = tensor;
        const copy = pool.allocate([data.length], dtypeOf('the specification', 'x', tensor));
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
