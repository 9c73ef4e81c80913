// Where the entries of the packages have their sources, so that tests run these and not a build.
import { entriesOf, PACKAGES, ROOT } from './packages.mjs';

/** Aliases for Vite: `@softpool/media/node` → `packages/media/src/node/index.ts`, and so on. */
export const WORKSPACE_SOURCES = PACKAGES.flatMap(({ folder, manifest }) =>
  entriesOf(manifest).map(({ entry, source }) => ({
    find: new RegExp(`^${manifest.name}${entry.slice(1)}$`),
    replacement: `${ROOT}${folder}/${source}`,
  })),
);
