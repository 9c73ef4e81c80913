/**
 * Types of the platform, where the compiler has them: from the library `dom`, or from a package
 * such as `@types/node` or `@webgpu/types`. Elsewhere any object will do, so that our declarations
 * compile without these.
 */

/** The instances of a global class. */
export type GlobalClass<Name extends string> = typeof globalThis extends { readonly [Key in Name]: { prototype: infer Instance } }
  ? Instance
  : object;

/** Tells a call to stop. */
export type Signal = GlobalClass<'AbortSignal'>;

/** A WebAssembly memory. */
export type WasmMemory = typeof globalThis extends { readonly WebAssembly: { readonly Memory: { prototype: infer Instance } } }
  ? Instance
  : object;
