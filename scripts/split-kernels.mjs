// Splits a compiled module of kernels, so that a page which uses some of its exports carries no
// others, and a page that uses all carries nothing twice.
import binaryen from 'assemblyscript/binaryen';

/**
 * Returns the module `all` with the functions of the `first` exports in front of all others. It
 * starts with `head`, and the code of the others starts at `code`. The bytes between the two are
 * also, behind `firstHead`, the module of the first exports alone. Exports that are not in
 * `exports` are removed: the sources have them only so that the optimizer inlines no such function.
 *
 * @param {Uint8Array} compiled
 * @param {readonly string[]} exports
 * @param {readonly string[]} first
 */
export function splitKernels(compiled, exports, first) {
  const used = withExports(compiled, first, (module) => {
    module.runPasses(['remove-unused-module-elements']);
    return new Set(functionsOf(module).map(({ name }) => name));
  });
  const all = withExports(compiled, exports, (module) => {
    for (const { name, params, results, vars, body } of functionsOf(module)) {
      if (used.has(name)) continue;
      module.removeFunction(name);
      module.addFunction(name, params, results, vars, body); // behind the others
    }
    return module.emitBinary();
  });
  const alone = withExports(all, first, (module) => {
    for (const { name } of functionsOf(module).slice(used.size)) module.removeFunction(name);
    return module.emitBinary();
  });
  const [head, firstHead] = [all, alone].map((bytes) => bytes.subarray(0, startOfCode(bytes)));
  const code = head.length + alone.length - firstHead.length;
  if (Buffer.compare(all.subarray(head.length, code), alone.subarray(firstHead.length)) !== 0) {
    throw new Error('The kernels of the forward pass have other code without those of the gradient.');
  }
  return { all, head, code, firstHead };
}

/**
 * What `work` returns for the module with these of its exports.
 *
 * @template T
 * @param {Uint8Array} bytes
 * @param {readonly string[]} exports
 * @param {(module: binaryen.Module) => T} work
 */
function withExports(bytes, exports, work) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  for (const { name } of WebAssembly.Module.exports(new WebAssembly.Module(bytes))) if (!exports.includes(name)) module.removeExport(name);
  const result = work(module);
  module.dispose();
  return result;
}

/** @param {binaryen.Module} module */
function functionsOf(module) {
  return Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
}

/**
 * Where the code of a module's first function starts.
 *
 * @param {Uint8Array} bytes
 */
function startOfCode(bytes) {
  const CODE_SECTION = 10;
  let at = 8; // after the magic number and the version
  for (;;) {
    const [size, content] = readLeb(bytes, at + 1);
    if (bytes[at] === CODE_SECTION) return readLeb(bytes, content)[1]; // after the number of functions
    at = content + size;
  }
}

/**
 * A number in LEB128, and where it ends.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}
