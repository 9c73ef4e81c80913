// Finds the places in a compiled module where a product is added to a local variable. Where it is
// wanted, the package puts one fused instruction of the same length there (cpu/fuse.ts of
// softpool).
import binaryen from 'assemblyscript/binaryen';

/** f32x4.mul, local.get, the local's index in one byte, f32x4.add; −1 is any such index. */
const PLAIN = [0xfd, 0xe6, 0x01, 0x20, -1, 0xfd, 0xe4, 0x01];

/** local.get, −1 for its index, f32x4.relaxed_madd, and three nop. */
const FUSED = [0x20, -1, 0xfd, 0x85, 0x02, 0x01, 0x01, 0x01];

/**
 * The distance in bytes of each place from the one behind it, from the last on, whose distance is
 * from the end. Throws unless the module with all of
 * them fused has so many products and sums less: no place is within another instruction.
 *
 * @param {Uint8Array} bytes
 */
export function fusedPlaces(bytes) {
  const fused = Uint8Array.from(bytes);
  /** @type {number[]} */
  const places = [];
  for (let at = 0; at + PLAIN.length <= bytes.length; at++) {
    const local = /** @type {number} */ (bytes[at + PLAIN.indexOf(-1)]);
    if (local > 127 || PLAIN.some((byte, i) => byte >= 0 && bytes[at + i] !== byte)) continue;
    places.push(at);
    fused.set(
      FUSED.map((byte) => (byte < 0 ? local : byte)),
      at,
    );
  }
  const [before, after] = [countInstructions(bytes), countInstructions(fused)];
  const { length } = places;
  if (after.madd !== length || after.mul !== before.mul - length || after.add !== before.add - length) {
    throw new Error(`of ${length} places to fuse, not all are instructions`);
  }
  return places.map((place, i) => (places[i + 1] ?? bytes.length) - place).reverse();
}

/** @param {Uint8Array} bytes */
function countInstructions(bytes) {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  const count = (/** @type {RegExp} */ name) => text.match(name)?.length ?? 0;
  return { mul: count(/f32x4\.mul/g), add: count(/f32x4\.add/g), madd: count(/f32x4\.relaxed_madd/g) };
}
