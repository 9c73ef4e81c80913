/** A new model written as a file, whole or not at all. */
import { oneLine, printable } from '../text.ts';
import { writeAtomic } from '../write-atomic.ts';

/** Writes a model. Rejects with an error whose message is fit to be shown, and leaves nothing behind. */
export async function writeModel(output: string, model: Uint8Array, force: boolean): Promise<void> {
  try {
    await writeAtomic(output, model, { force });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new Error(`cannot write ${printable(output)}: ${isThere ? 'it is already there; give --force to replace it' : oneLine(error)}`, {
      cause: error,
    });
  }
}
