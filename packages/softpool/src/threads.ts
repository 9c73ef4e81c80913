/**
 * `softpool/threads`: the calls of `softpool` on worker threads with one shared memory, as
 * promises.
 *
 * ```ts
 * const threads = await createThreadedSoftPool({ threads: 2 });
 * const x = { data: Float32Array.of(0, 1, 2, 3), shape: [1, 2, 2] };
 * (await threads.softPool2d(x, { kernelSize: 2 })).data; // ≈ [2.493]
 * threads.dispose();
 * ```
 *
 * @module
 */
export { createThreadedSoftPool, type ThreadedSoftPool, type ThreadedSoftPoolOptions } from './cpu/threads/threaded-soft-pool.ts';
