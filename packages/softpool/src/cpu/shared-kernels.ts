/** The kernels for a shared memory. */
import { allBytes } from './all-kernels.ts';
import { compile } from './wasm-module.ts';

let compiled: WebAssembly.Module | undefined;

/** The kernels for a shared memory; undefined where they cannot be compiled. */
export function compileSharedKernels(): WebAssembly.Module | undefined {
  compiled ??= compile(withSharedMemory(allBytes()));
  return compiled;
}

/**
 * The same module with its one import declared as a shared memory. Nothing else differs, since the
 * kernels hold neither atomic instructions nor data. Embedding the module once keeps the package
 * small.
 */
export function withSharedMemory(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const IMPORT_SECTION = 2;
  const name = (text: string): number[] => [text.length, ...Array.from(text, (character) => character.charCodeAt(0))];
  const SHARED_WITH_MAXIMUM = 3;
  const maximum = [0x80, 0x80, 0x04]; // MOST_PAGES, LEB128
  const content = [1, ...name('env'), ...name('memory'), 2, SHARED_WITH_MAXIMUM, 0, ...maximum];
  let at = 8; // after the magic number and the version
  while (plain[at] !== IMPORT_SECTION) at = sectionEnd(plain, at);
  const end = sectionEnd(plain, at);
  return Uint8Array.of(...plain.subarray(0, at), IMPORT_SECTION, content.length, ...content, ...plain.subarray(end));
}

/** The end of the section at `at`: its id is followed by its size in LEB128. */
function sectionEnd(bytes: Uint8Array, at: number): number {
  let size = 0;
  let shift = 0;
  for (let next = at + 1; ; next++) {
    const byte = bytes[next] as number;
    size |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return next + 1 + size;
  }
}
