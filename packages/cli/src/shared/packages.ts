/** Packages that only some commands need, and that are therefore not installed with this one. */
import { MissingPackageError } from './exit-codes.ts';

/** Throws unless all packages are installed. npm installs their own dependencies and required peers with them. */
export function requirePackages(...names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackageError(missing);
}

/** Whether a package can be imported from here. */
export function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
