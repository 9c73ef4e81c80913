/** Which files in the output folder a shard may replace: those that it wrote itself. */
import { readingError } from '../files/errors.ts';
import { digestOf } from './digest.ts';
import type { EarlierOutput, Ledger, LedgerLine } from './ledger.ts';
import { troubleOf } from './trouble.ts';

/** All files that were written for an input, as its line says. */
export function everWritten(line: LedgerLine | undefined): EarlierOutput[] {
  return [...(line?.outputs ?? []), ...(line?.earlier ?? [])].map(({ name, sha256 }) => ({ name, sha256 }));
}

/** The files of a shard, by its ledger. */
export interface OwnFiles {
  /**
   * Whether the file at `path` with this name may be replaced by an output of `key`: it is one, or
   * it is a file of an earlier run that nobody has changed since.
   */
  has(key: string, name: string, path: string): Promise<boolean>;
  /** The line of an input that is done, or that has no outputs now. What it had is `earlier`. */
  lineOf(line: LedgerLine): LedgerLine;
  /** Gives a name to an input. Returns the line of the one that had it, if there is one. */
  claim(name: string, key: string): LedgerLine | undefined;
}

/** Reads the ledger at each call, since it changes. */
export function ownFiles(ledger: Ledger): OwnFiles {
  const keys = new Map<string, string>(); // of the earlier files, by name
  for (const { key, earlier = [] } of ledger.values()) for (const { name } of earlier) keys.set(name, key);
  return {
    async has(key, name, path) {
      if (ledger.get(key)?.outputs?.some((output) => output.name === name)) return true;
      const file = ledger.get(keys.get(name) ?? '')?.earlier?.find((each) => each.name === name);
      return file !== undefined && file.sha256 === (await digestIfReadable(path));
    },
    lineOf(line) {
      const now = new Set(line.outputs?.map(({ name }) => name));
      const earlier = everWritten(ledger.get(line.key)).filter(({ name }) => !now.has(name));
      for (const { name } of earlier) keys.set(name, line.key);
      return earlier.length === 0 ? line : { ...line, earlier };
    },
    claim(name, key) {
      const other = ledger.get(keys.get(name) ?? '');
      keys.delete(name);
      if (other === undefined || other.key === key) return undefined;
      return { ...other, earlier: (other.earlier ?? []).filter((each) => each.name !== name) };
    },
  };
}

/** The digest of a file; `undefined` if it cannot be read, unless another try may read it. */
async function digestIfReadable(path: string): Promise<string | undefined> {
  try {
    return (await digestOf(path)).sha256;
  } catch (error) {
    const trouble = troubleOf(readingError(path, error));
    if (trouble !== undefined) throw trouble;
    return undefined;
  }
}
