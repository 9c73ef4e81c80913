/** Errors about an argument of a library call, in the words of the command line. */
import { argumentMessage, isArgumentError } from 'softpool/internal';
import { MissingPackageError, UsageError } from '../exit-codes.ts';
import { oneLine, printable } from '../text.ts';

/** Flags that are not called like the library's option. */
const FLAGS: Readonly<Record<string, string>> = {
  kernelSize: 'kernel',
  inputShape: 'input-size',
  weights: 'pool-weights',
  classification: 'data', // the only one of softpool experiment gradient's that has a flag
};

/** What went wrong, as one line; an option of a library call is named as the flag. */
export function problem(error: unknown): string {
  return oneLine(isArgumentError(error) ? argumentMessage(error, flagOf(error.option)) : error);
}

/** What `work` returns. An error about an option becomes a UsageError that names the flag. */
export function withFlagNames<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isOptionError(error)) throw new UsageError(problem(error), { cause: error });
    throw error;
  }
}

/**
 * What `work` returns. Its error becomes one line that starts with the file; one about an option is
 * a UsageError.
 */
export async function inFile<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MissingPackageError) throw error;
    const Kind = isOptionError(error) ? UsageError : Error;
    throw new Kind(`${printable(path)}: ${problem(error)}`, { cause: error });
  }
}

/** Whether an error is about an option, which the user gave as a flag. */
function isOptionError(error: unknown): boolean {
  return isArgumentError(error) && error.option.startsWith('options.');
}

/**
 * The flag of an option by its path, as `--kernel` for `options.kernelSize[1]`. Other paths stay as
 * they are.
 */
function flagOf(path: string): string {
  const [root, name] = path.split(/[.[]/);
  if (root !== 'options' || name === undefined) return path;
  return `--${FLAGS[name] ?? kebabCase(name)}`;
}

/** A name such as `learning-rate` for `learningRate`. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
