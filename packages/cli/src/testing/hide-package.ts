/** Runs the command as if a package were not installed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The environment in which `softpool` cannot import a package. `folder` gets a file for that. */
export async function withoutPackage(folder: string, name: string): Promise<Readonly<Record<string, string>>> {
  // Where Node would look for it from the root of the disk: there is none.
  const hidden = `export const resolve = (specifier, context, next) =>
    next(specifier, specifier.startsWith(${JSON.stringify(name)}) ? { ...context, parentURL: 'file:///nowhere.mjs' } : context);`;
  const hooks = `data:text/javascript,${encodeURIComponent(hidden)}`;
  await writeFile(join(folder, 'hide.mjs'), `import { register } from 'node:module';\nregister(${JSON.stringify(hooks)});\n`);
  return { NODE_OPTIONS: `--import=${join(folder, 'hide.mjs')}` };
}
