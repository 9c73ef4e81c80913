// Maps the entries of the packages to their sources, so that tests run these instead of the build
// output.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Aliases for Vite: `@softpool/media/node` → `packages/media/src/node/index.ts`, and so on. */
export const WORKSPACE_SOURCES = readdirSync(packages).flatMap((folder) => {
  /** @type {{ name: string, exports?: Record<string, { default?: string }> }} */
  const { name, exports = {} } = JSON.parse(readFileSync(`${packages}${folder}/package.json`, 'utf8'));
  return Object.entries(exports).flatMap(([entry, { default: built }]) => {
    const source = built?.replace('./dist/', `${packages}${folder}/src/`).replace(/\.js$/, '.ts');
    return source === undefined ? [] : [{ find: new RegExp(`^${name}${entry.slice(1)}$`), replacement: source }];
  });
});
