/**
 * Images pooled on threads, in browsers and in Node. It is an entry of its own because it holds the
 * code of the threads.
 *
 * @module
 */
export { type PoolImageThreadedOptions, poolImageThreaded } from './threads/pool-image-threaded.ts';
