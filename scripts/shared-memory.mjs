// The kernels' modules for a shared memory.
import { endOfSection, sectionOf } from './wasm-sections.mjs';

const IMPORT_SECTION = 2;
const SHARED_WITH_MAXIMUM = 3;

/** All pages that 32-bit addresses reach, 65536, in LEB128. */
const MAXIMUM = [0x80, 0x80, 0x04];

/**
 * The same module, or so much of it, with its one import declared as a shared memory. Nothing else
 * differs, since the kernels hold neither atomic instructions nor data.
 *
 * @param {Uint8Array} bytes
 */
export function withSharedMemory(bytes) {
  const name = (/** @type {string} */ text) => [text.length, ...Buffer.from(text)];
  const content = [1, ...name('env'), ...name('memory'), 2, SHARED_WITH_MAXIMUM, 0, ...MAXIMUM];
  const at = sectionOf(bytes, IMPORT_SECTION);
  return Uint8Array.of(...bytes.subarray(0, at), IMPORT_SECTION, content.length, ...content, ...bytes.subarray(endOfSection(bytes, at)));
}
