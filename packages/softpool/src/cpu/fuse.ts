/**
 * Kernels with fused multiply-add, which rounds once where a product and a sum round twice. It is
 * faster, but engines and processors differ in which results they round in that way.
 */

/**
 * The same module with `f32x4.relaxed_madd` wherever the build has found a product that is added to
 * a local variable (scripts/fused-places.mjs). Each place has f32x4.mul, local.get and f32x4.add in
 * 8 bytes. `distances` go from the last place to the first: the bytes from each to the next, or
 * from the last to the end.
 */
export function fuse(bytes: Uint8Array<ArrayBuffer>, distances: readonly number[]): Uint8Array<ArrayBuffer> {
  const fused = bytes.slice();
  let at = bytes.length;
  for (const distance of distances) {
    at -= distance;
    // local.get, the fused instruction, and three nop
    fused.set([0x20, bytes[at + 4] as number, 0xfd, 0x85, 0x02, 1, 1, 1], at);
  }
  return fused;
}
