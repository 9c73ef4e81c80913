/** Hydrates the parts of VitePress's theme one after the other: see theme/later.ts. */
import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vitepress';

/**
 * Parts with many elements. The outlines of the page are none of them: they must listen before the
 * content is there.
 */
const PARTS = /\/(?:VPNav|VPSidebar|VPDocFooter)\.vue$/;
const PREFIX = '\0later:';
const LATER = fileURLToPath(new URL('../.vitepress/theme/later.ts', import.meta.url));

/** A plugin of the Vite that VitePress has. */
type Plugin = Extract<NonNullable<NonNullable<UserConfig['vite']>['plugins']>[number], { name: string }>;

/** Puts a wrapper in place of each part, wherever the theme imports it. */
export function hydrateLater(): Plugin {
  return {
    name: 'hydrate-later',
    enforce: 'pre',
    async resolveId(id, importer, options) {
      if (!PARTS.test(id) || importer?.startsWith(PREFIX)) return undefined;
      const resolved = await this.resolve(id, importer, { ...options, skipSelf: true });
      return resolved && PREFIX + resolved.id;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return undefined;
      return `import part from ${JSON.stringify(id.slice(PREFIX.length))};
import { later } from ${JSON.stringify(LATER)};
export default later(part);`;
    },
  };
}
