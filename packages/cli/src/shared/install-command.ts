/** What to run to install packages that this command lacks. */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The command that installs packages where this one finds them: `--global` if it was itself
 * installed so, since it does not see the packages of the folder that it runs in. A global
 * `node_modules` has no package.json beside it.
 */
export function installCommand(packages: readonly string[], here = fileURLToPath(import.meta.url)): string {
  const [root, ...inside] = here.split(`${sep}node_modules${sep}`);
  const isGlobal = inside.length > 0 && !existsSync(join(root ?? '', 'package.json'));
  return ['npm install', ...(isGlobal ? ['--global'] : []), ...packages].join(' ');
}
