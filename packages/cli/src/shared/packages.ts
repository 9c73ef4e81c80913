/** Packages that only some commands need, and that are therefore not installed with this one. */
import { MissingPackageError } from './exit-codes.ts';

/**
 * Throws unless all packages are installed. npm installs their own dependencies and required peers
 * with them.
 */
export function requirePackages(...names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackageError(missing);
}

/**
 * Throws unless packages, and TensorFlow.js with a backend, are installed. TensorFlow.js is named
 * too, because a global install puts peers that it is not asked for inside each package, where
 * other packages do not find them. What webgpu needs is only said where it starts.
 */
export function requireTensorFlow(backend: 'wasm' | 'webgpu' | 'cpu', ...names: readonly string[]): void {
  const backends = backend === 'webgpu' ? [] : [`@tensorflow/tfjs-backend-${backend}`];
  requirePackages(...names, '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', ...backends);
}

/** Whether a package is installed where this one can import it. */
export function isInstalled(name: string): boolean {
  return locate(name) !== undefined;
}

/**
 * The URL of a package's entry, or of its package.json if it has no entry; `undefined` if it is not
 * installed.
 */
export function locate(name: string): string | undefined {
  return resolved(name) ?? resolved(`${name}/package.json`);
}

function resolved(specifier: string): string | undefined {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}
