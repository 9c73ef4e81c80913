/** Packages that only some commands need, and that are therefore not installed with this one. */
import { MissingPackageError } from './exit-codes.ts';

/**
 * Throws unless all packages are installed.
 *
 * @param user - What needs them, such as `softpool train`.
 * @param names - The packages to install; npm adds their own dependencies and required peers.
 */
export function requirePackages(user: string, names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  throw new MissingPackageError(`${user} needs ${listed(missing)}: ${installCommand(missing)}`);
}

/** The command that installs packages. */
export function installCommand(names: readonly string[]): string {
  return `npm install ${names.join(' ')}`;
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

function listed(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
