/** The image files that paths name. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../shared/text.ts';

const IMAGE_NAME = /\.(?:jpe?g|png|webp|avif|tiff?)$/i;

/** Files as they are, and of a folder the image files in it, by name. Rejects if there is none. */
export async function picturesIn(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    try {
      if ((await stat(path)).isDirectory()) {
        const names = (await readdir(path)).filter((name) => IMAGE_NAME.test(name) && !name.startsWith('.')).sort();
        found.push(...names.map((name) => join(path, name)));
      } else found.push(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Error(
        `${printable(path)}: ${code === 'ENOENT' ? 'no such file or folder; say where photographs are: --data folder' : message}`,
        { cause: error },
      );
    }
  }
  if (found.length === 0) throw new Error(`${paths.map(printable).join(', ')}: there are no images in it`);
  return found;
}
