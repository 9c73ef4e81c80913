// The packages that are published: everything in packages/.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Manifest The fields of a package.json that this repository uses.
 * @property {string} name
 * @property {string} version
 * @property {string} [description]
 * @property {readonly string[]} [keywords]
 * @property {boolean | readonly string[]} [sideEffects]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string | { types: string, default: string }>} [exports]
 * @property {readonly string[]} [files]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional: boolean }>} [peerDependenciesMeta]
 */

/** Each package: its folder from the root (`packages/media`) and its package.json. */
export const PACKAGES = readdirSync(`${ROOT}packages`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ folder: `packages/${name}`, manifest: readManifest(`packages/${name}`) }));

/**
 * @param {string} folder From the root.
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8'));
}

/**
 * The code entries of a package with their sources, such as `./node` and `src/node/index.ts`.
 *
 * @param {Manifest} manifest
 * @returns {{ entry: string, source: string }[]}
 */
export function entriesOf({ exports = {} }) {
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [{ entry, source: sourceOf(target.default) }],
  );
}

/**
 * The source of a file: `./dist/node/index.js` → `src/node/index.ts`. A file that is not built, as
 * in `./bin`, is its own source.
 *
 * @param {string} built
 */
export function sourceOf(built) {
  return built.replace(/^\.\//, '').replace(/^dist\/(.*)\.js$/, 'src/$1.ts');
}
