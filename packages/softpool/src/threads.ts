/**
 * `softpool/threads`: the calls of `softpool` on worker threads with one shared memory, as
 * promises.
 *
 * @module
 */
export { createThreadedSoftPool, type ThreadedSoftPool, type ThreadedSoftPoolOptions } from './cpu/threads/threaded-soft-pool.ts';
