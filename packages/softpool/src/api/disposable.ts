/// <reference lib="esnext.disposable" preserve="true" />
/** Objects that `using` disposes. */

/** An object with `dispose()`. `using` calls it too, at the end of the block. */
export interface WithDispose extends Disposable {
  dispose(): void;
}

/** Adds `Symbol.dispose`, where the engine has it. */
export function disposable<T extends { dispose(): void }>(object: T): T & Disposable {
  return Symbol.dispose === undefined ? (object as T & Disposable) : Object.assign(object, { [Symbol.dispose]: () => object.dispose() });
}
