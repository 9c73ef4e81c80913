// Bundles programs of this folder, which are TypeScript, for every Node that the packages support.
import { rolldown } from 'rolldown';
import { WORKSPACE_SOURCES } from '../../scripts/workspace-sources.mjs';

/** Private workspaces have sources alone, so their code always becomes part of the bundle. */
const PRIVATE = /^@softpool\/(testing|specification)\//;

/** Packages stay imports, those of this repository as they were built. */
export const INSTALLED = { external: (/** @type {string} */ id) => /^[^./]/.test(id) && !PRIVATE.test(id) };

/**
 * Everything but WebGPU's binary becomes part of the bundle, which runs without `node_modules`.
 *
 * @param {Record<string, string>} [alias] - Files in place of packages, by the packages' names.
 */
export function standalone(alias = {}) {
  /** @param {string} id */
  const resolveId = (id) => alias[id] ?? WORKSPACE_SOURCES.find(({ find }) => find.test(id))?.replacement;
  return { external: ['webgpu'], plugins: [{ name: 'workspace-sources', resolveId }] };
}

/**
 * Writes one file for a program.
 *
 * @param {string} input
 * @param {string} file
 * @param {import('rolldown').InputOptions} options - {@link INSTALLED} or {@link standalone}.
 */
export async function bundle(input, file, options) {
  const build = await rolldown({ input, platform: 'node', ...options });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
}
