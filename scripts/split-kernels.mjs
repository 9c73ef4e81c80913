// Makes modules of kernels small. The compiler keeps every exported function, and so a call of it,
// as it is. Without the exports that nobody calls, the optimizer joins functions, which makes the
// kernels smaller and a little faster. Then a module is split, so that a page which uses some of
// its exports carries no others, and a page that uses all carries nothing twice.
import binaryen from 'assemblyscript/binaryen';
import { isWholeText } from './bytes-as-text.mjs';
import { withSharedMemory } from './shared-memory.mjs';
import { readLeb, sectionOf } from './wasm-sections.mjs';

const { MutableGlobals, BulkMemory, BulkMemoryOpt, SignExt, NontrappingFPToInt, SIMD128 } = binaryen.Features;

/** What the compiler uses of WebAssembly, besides its first version. */
const FEATURES = MutableGlobals | BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt | SIMD128;

/**
 * Optimizes a compiled module that needs only `exports`. Functions in `apart`, which are exported
 * too, are not joined with others.
 *
 * @param {Uint8Array} compiled
 * @param {readonly string[]} exports
 * @param {readonly string[]} apart
 */
export function optimizeKernels(compiled, exports, apart) {
  return withExports(compiled, [...exports, ...apart], (module) => {
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    module.optimize();
    return module.emitBinary();
  });
}

/**
 * Returns the module `all` with the functions of the `first` exports in front of all others. It
 * starts with `head`, and the code of the others starts at `code`. The bytes between the two are
 * also, behind `firstHead`, the module of the first exports alone. With `sharedHead` instead of
 * `head` the module is one for a shared memory. Exports that are not in `exports` are removed.
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
  const start = startOfCode(all);
  const startAlone = startOfCode(alone);
  let more = 0; // so much of the code goes with the heads, so that their texts are whole
  const headsOf = () => {
    const head = all.subarray(0, start + more);
    return { head, firstHead: alone.subarray(0, startAlone + more), sharedHead: withSharedMemory(head) };
  };
  while (!Object.values(headsOf()).every(isWholeText)) more++;
  const heads = headsOf();
  const code = start + alone.length - startAlone;
  if (Buffer.compare(all.subarray(start, code), alone.subarray(startAlone)) !== 0) {
    throw new Error('The kernels of the forward pass have other code without those of the gradient.');
  }
  return { all, code, ...heads };
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
  module.setFeatures(FEATURES);
  const given = WebAssembly.Module.exports(new WebAssembly.Module(Uint8Array.from(bytes)));
  for (const { name } of given) if (!exports.includes(name)) module.removeExport(name);
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
  const [, content] = readLeb(bytes, sectionOf(bytes, CODE_SECTION) + 1);
  return readLeb(bytes, content)[1]; // after the number of functions
}
