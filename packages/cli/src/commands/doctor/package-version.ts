/** The versions of packages. */
import { readFile } from 'node:fs/promises';
import { locate } from '../../shared/packages.ts';

/** The version of an installed package; `undefined` if it is not installed. */
export async function versionOf(name: string): Promise<string | undefined> {
  if (name === '@softpool/cli') return await versionIn(new URL('../../../package.json', import.meta.url), name);
  const location = locate(name);
  if (location === undefined) return undefined;
  let folder = new URL('./', location);
  // The entry can be some folders below that of the package.
  for (let depth = 0; depth < 6; depth++) {
    const version = await versionIn(new URL('package.json', folder), name);
    if (version !== undefined) return version;
    folder = new URL('../', folder);
  }
  return 'unknown version';
}

async function versionIn(packageJson: URL, name: string): Promise<string | undefined> {
  try {
    const { name: found, version } = JSON.parse(await readFile(packageJson, 'utf8')) as { name?: string; version?: string };
    return found === name ? version : undefined;
  } catch {
    return undefined;
  }
}
