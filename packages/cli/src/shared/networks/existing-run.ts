/** The error about a folder that already holds a run, in the words of the command line. */
import { printable } from '../text.ts';

/** What `work` returns. Its error about an existing run or experiment names the flags. */
export async function withResumeFlags<T>(work: () => Promise<T>): Promise<T> {
  const { ExistingRunError } = await import('@softpool/training/node');
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ExistingRunError)) throw error;
    throw new Error(`${printable(error.folder)} already has ${error.existing}; use --resume to continue it, or --force to replace it`);
  }
}
