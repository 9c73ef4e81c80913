// Installs a packed package as its users do, alone, and measures the result.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { PACKAGES } from './packages.mjs';

/**
 * Installs one package into a new project: our packages from tarballs, others from the registry.
 *
 * @param {string} name - The package.
 * @param {ReadonlyMap<string, string>} tarballs - The tarball of each package of this repository.
 * @param {string} folder - The project to create.
 * @param {readonly string[]} others - More packages to install.
 */
export function installAlone(name, tarballs, folder, ...others) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const ours = [...withDependencies(name)].map((each) => /** @type {string} */ (tarballs.get(each)));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...ours, ...others], { cwd: folder });
}

/**
 * Measures what a project has installed: megabytes (10⁶ bytes) and the number of packages.
 *
 * @param {string} folder
 */
export function installedSize(folder) {
  const modules = join(folder, 'node_modules');
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' });
  const bytes = files.reduce((sum, file) => sum + fileSize(join(modules, file)), 0);
  const packages = files.filter((file) => /(?:^|[\\/]node_modules[\\/])(?:@[^\\/]+[\\/])?[^\\/@]+[\\/]package\.json$/.test(file));
  return { megabytes: bytes / 1e6, packages: packages.length };
}

/** @param {string} path */
function fileSize(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() ? info.size : 0;
}

/**
 * A package of this repository, and the others that it depends on.
 *
 * @param {string} name
 * @returns {Set<string>}
 */
function withDependencies(name) {
  const found = PACKAGES.find(({ manifest }) => manifest.name === name);
  if (found === undefined) return new Set();
  const dependencies = Object.keys(found.manifest.dependencies ?? {});
  return new Set([name, ...dependencies.flatMap((dependency) => [...withDependencies(dependency)])]);
}
