/** A new model written as a file, whole or not at all. */
import { oneLine, printable } from '../../shared/text.ts';
import { writeAtomic } from '../../shared/write-atomic.ts';

/** Writes a model. Rejects with an error whose message is fit to be shown, and leaves nothing behind. */
export async function writeModel(output: string, model: Uint8Array, force: boolean): Promise<void> {
  try {
    await writeAtomic(output, model, { force });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(`cannot write ${printable(output)}: ${WRITE_ERRORS[code] ?? oneLine(error)}`, { cause: error });
  }
}

const WRITE_ERRORS: Partial<Record<string, string>> = {
  EEXIST: 'it is already there; give --force to replace it',
  EISDIR: 'it is a folder; give the path of a file',
  ENOENT: 'its folder does not exist',
  EACCES: 'permission denied',
};
