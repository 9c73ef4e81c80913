/** Refuses results that would replace each other, or an input. */
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../exit-codes.ts';
import { printable } from '../text.ts';
import type { Input } from './image-files.ts';
import { realPathOf } from './real-path.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/** An input, and the files that are made of it. */
export interface InputWithOutputs {
  readonly input: Input;
  readonly outputs: readonly { readonly path: string }[];
}

/**
 * Throws a UsageError if two results have the same path, or, with `force`, if one would replace the
 * input of another.
 */
export async function checkDistinct(tasks: readonly InputWithOutputs[], force: boolean): Promise<void> {
  const folders = new Map<string, Promise<string>>();
  const realPath = async (path: string): Promise<string> => {
    const folder = dirname(path);
    if (!folders.has(folder)) folders.set(folder, realPathOf(folder));
    return join((await folders.get(folder)) ?? folder, basename(path));
  };
  const inputs = new Map<string, Input>();
  for (const { input } of tasks) inputs.set(await realPath(input.path), input);
  const byOutput = new Map<string, Input>();
  for (const { input, outputs } of tasks) {
    for (const { path } of outputs) {
      const real = path === STANDARD_STREAM ? STANDARD_STREAM : await realPath(path);
      const other = byOutput.get(real);
      if (other === input)
        throw new UsageError(`several formats of ${printable(input.path)} would be written to ${printable(path)}; use {ext} in -o`);
      if (other !== undefined) {
        throw new UsageError(`${printable(other.path)} and ${printable(input.path)} would both be written to ${printable(path)}`);
      }
      byOutput.set(real, input);
      const replaced = inputs.get(real);
      if (force && replaced !== undefined && replaced !== input) {
        throw new UsageError(`${printable(path)} is an input, and the result of ${printable(input.path)} would replace it`);
      }
    }
  }
}
