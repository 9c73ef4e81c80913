/** The files of a build. */
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The files below a folder, from it, with slashes. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
