/** Follows the names of weight files in a model, which must not lead out of its folder. */
import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** Where a name leads. */
export interface Followed {
  /** The file without links. */
  readonly file: string;
  /** Whether it is in the folder of the model. */
  readonly isInside: boolean;
}

/**
 * Follows a name that is relative to the folder of a model; `undefined` if there is no such file.
 */
export async function followed(model: string, name: string): Promise<Followed | undefined> {
  const folder = await realpath(dirname(model));
  const file = await realpath(join(folder, name)).catch(() => undefined);
  return file === undefined ? undefined : { file, isInside: file.startsWith(folder === sep ? sep : folder + sep) };
}
