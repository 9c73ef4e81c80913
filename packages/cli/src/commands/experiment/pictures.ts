/** The image files that paths name. */
import { devNull } from 'node:os';
import { findInputs } from '../../shared/files/image-files.ts';
import { printable } from '../../shared/text.ts';

/** The images of files, folders and patterns, by path. Rejects if one of them has none. */
export async function picturesIn(paths: readonly string[]): Promise<string[]> {
  const { inputs, problems } = await findInputs(paths, devNull); // without an output folder to skip
  const [first] = problems;
  if (first !== undefined) throw new Error(`${printable(first.path)}: ${first.reason}; give photographs with --data`);
  return inputs.map(({ path }) => path);
}
