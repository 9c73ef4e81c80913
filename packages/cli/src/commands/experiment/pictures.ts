/** The image files of paths and patterns. */
import { findInputs } from '../../shared/files/image-files.ts';
import { printable } from '../../shared/text.ts';

/** Paths of the images in files, folders and patterns. Rejects if one of them has none. */
export async function picturesIn(paths: readonly string[]): Promise<string[]> {
  const { inputs, problems } = await findInputs(paths, undefined);
  const [first] = problems;
  if (first !== undefined) throw new Error(`${printable(first.path)}: ${first.reason}; give photographs with --data`);
  return inputs.map(({ path }) => path);
}
