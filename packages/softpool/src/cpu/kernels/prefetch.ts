/** Bytes of a cache line. */
const LINE: usize = 64;

/**
 * Reads a value of each cache line of `bytes` bytes, so that they come from the memory together.
 * Kernels that compute much for each line would wait for each in turn, since a processor looks
 * ahead by a few hundred instructions only.
 */
export function prefetch(from: usize, bytes: usize): void {
  // Counts from 0: an address beyond the memory's last would be 0 again.
  for (let at: usize = 0; at < bytes; at += LINE) load<i32>(from + at);
}
