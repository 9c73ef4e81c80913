/** Keeps a command from writing its result over the files of the model that it reads. */
import { stat } from 'node:fs/promises';
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

/** What all names of a file have in common; `undefined` if there is no such file. */
function identityOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
}
