/** Keeps a command from writing its result over the files that it reads. */
import { stat } from 'node:fs/promises';
import { UsageError } from '../exit-codes.ts';
import { printable } from '../text.ts';

/** A file to write. */
interface Output {
  readonly path: string;
  /** The file of which it is a copy, which it may replace. */
  readonly source?: string | undefined;
}

/**
 * Rejects if a file to write is one of a model's files, also by a link: even `--force` must not
 * destroy what the model needs.
 */
export async function refuseOwnFiles(model: string, outputs: readonly Output[], files: readonly string[]): Promise<void> {
  const own = new Map<string, string>();
  for (const file of files) own.set((await identityOf(file)) ?? '', file);
  for (const { path, source } of outputs) {
    const found = own.get((await identityOf(path)) ?? 'none');
    if (found === undefined || found === source) continue;
    throw new Error(`${printable(model)}: ${printable(path)} is a file of this model; choose another --output`);
  }
}

/** Rejects if a file to write is one of the command's inputs, also by a link and with `--force`. */
export async function refuseInputs(outputs: readonly string[], inputs: readonly string[]): Promise<void> {
  const own = await Promise.all(inputs.map(identityOf));
  for (const path of outputs) {
    const identity = await identityOf(path);
    if (identity === undefined || !own.includes(identity)) continue;
    throw new UsageError(`${printable(path)} is an input; choose another file to write`);
  }
}

/** Identifies a file by what all its names share; `undefined` if it does not exist. */
function identityOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
}
