/** Errors about an argument of a library call, in the words of the command line. */
import type { VideoError } from '@softpool/media/node';
import { argumentMessage, isArgumentError } from 'softpool/internal';
import { MissingPackageError, UsageError } from '../exit-codes.ts';
import { oneLine, printable } from '../text.ts';

/** Flags that are not called like the library's option. */
const FLAGS: Readonly<Record<string, string>> = {
  kernelSize: 'kernel',
  inputShape: 'input-size',
  weights: 'pool-weights',
  frameRate: 'input-fps',
  classification: 'data', // the only one of softpool experiment gradient's that has a flag
};

/** What went wrong, as one line; an option of a library call is named as the flag. */
export function problem(error: unknown): string {
  if (isArgumentError(error)) return oneLine(argumentMessage(error, flagOf(error.option)));
  if (!namesOptions(error)) return oneLine(error);
  return oneLine(error.messageWith((option, value) => `--${flagNamed(option)}${value === undefined ? '' : ` ${value}`}`));
}

/** Whether an error can name options in another way: a `VideoError`, which is not loaded here. */
function namesOptions(error: unknown): error is Pick<VideoError, 'messageWith'> {
  return error instanceof Error && 'messageWith' in error;
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
  return `--${flagNamed(name)}`;
}

function flagNamed(option: string): string {
  return FLAGS[option] ?? kebabCase(option);
}

/** A name such as `learning-rate` for `learningRate`. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
