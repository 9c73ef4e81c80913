/** The inputs of a job in shards: files, or archives. */
import { existsSync } from 'node:fs';
import { basename, resolve, sep } from 'node:path';
import { expand } from 'brace-expansion';
import { isDynamicPattern } from 'tinyglobby';
import { UsageError } from '../exit-codes.ts';
import { listedInput } from '../files/file-list.ts';
import { findByPattern, findInputs, folderOf, pathBelow, type Searched } from '../files/image-files.ts';
import { pathBelowOutput } from '../files/output-path.ts';
import { plural, printable } from '../text.ts';
import { isArchive } from './is-job.ts';

/** A file, and its key. */
export interface KeyedInput {
  readonly path: string;
  /** Its path in the output folder, as the system writes it. */
  readonly relativePath: string;
  /** The same, with `/` between folders. */
  readonly key: string;
}

/** A tar archive: a shard. */
export interface Archive {
  readonly path: string;
  /** Its path in the output folder without `.tar`, with `/` between folders. */
  readonly name: string;
}

/** What the sources of a job are. */
export type JobSources =
  | {
      readonly kind: 'files';
      readonly inputs: readonly KeyedInput[];
      /** Why the inputs are not all known, if a folder cannot be read. */
      readonly problem: string | undefined;
    }
  | { readonly kind: 'archives'; readonly archives: readonly Archive[] };

/**
 * Finds the inputs of a job.
 *
 * @param listed - The paths of `--files`.
 * @param output - The output folder.
 * @throws UsageError if archives and files are mixed, or two inputs have one key.
 */
export async function findSources(
  sources: readonly string[],
  listed: readonly string[],
  output: string,
  searched: Searched,
): Promise<JobSources> {
  const all = [...sources, ...listed];
  const archive = all.find(isArchive);
  if (archive === undefined) return await findFiles(sources, listed, output, searched);
  const other = all.find((source) => !isArchive(source));
  if (other === undefined) return { kind: 'archives', archives: await findArchives(sources, listed, output) };
  throw new UsageError(`${printable(archive)} is an archive and ${printable(other)} is not; run them as two jobs`);
}

async function findFiles(sources: readonly string[], listed: readonly string[], output: string, searched: Searched): Promise<JobSources> {
  const { inputs, problems } = await findInputs(sources, output, searched);
  const byKey = new Map<string, KeyedInput>();
  for (const input of [...inputs, ...listed.map(listedInput)]) {
    const key = pathBelowOutput(input.relativePath, sep);
    addOnce(byKey, key, { ...input, key });
  }
  const [problem] = problems;
  return {
    kind: 'files',
    inputs: [...byKey.values()],
    problem: problem === undefined ? undefined : `${printable(problem.path)}: ${problem.reason}`,
  };
}

/**
 * The most bytes of a shard's name. File systems allow 255, of which the temporary file of its lock
 * takes 52 more.
 */
const LONGEST_NAME = 200;

/**
 * The archives of all sources, by name. Braces are expanded whether the archives exist or not:
 * which are missing must not change what the others are.
 */
async function findArchives(sources: readonly string[], listed: readonly string[], output: string): Promise<Archive[]> {
  const byName = new Map<string, Archive>();
  const add = (path: string, relativePath: string): void => {
    const name = pathBelowOutput(relativePath, sep).replace(/\.tar$/i, '');
    if (Buffer.byteLength(basename(name)) > LONGEST_NAME) {
      throw new UsageError(
        `${printable(path)}: the name is too long; at most ${LONGEST_NAME} bytes before .tar leave space for those of records`,
      );
    }
    addOnce(byName, name, { path, name });
  };
  for (const source of sources) {
    const folder = folderOf(source);
    for (const path of source.includes('{') ? expanded(source) : [source]) {
      if (existsSync(path) || !isDynamicPattern(path)) add(path, source === path ? basename(path) : pathBelow(folder, path));
      else for (const match of await matches(path, output)) add(match, pathBelow(folder, match));
    }
  }
  for (const path of listed) add(path, path);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The most archives that braces can stand for. */
const MOST_ARCHIVES = 1_000_000;

/** Expands braces. The package stops at 100,000 results or 4,000,000 characters without a word. */
function expanded(source: string): string[] {
  const unlimited = Number.POSITIVE_INFINITY;
  const paths = expand(source, { max: MOST_ARCHIVES + 1, maxLength: unlimited, maxSteps: unlimited });
  if (paths.length <= MOST_ARCHIVES) return paths;
  throw new UsageError(`${printable(source)} stands for more than ${plural(MOST_ARCHIVES, 'archive')}; run several jobs`);
}

async function matches(pattern: string, output: string): Promise<string[]> {
  const found = await findByPattern(pattern, output);
  if (found.length === 0) throw new UsageError(`${printable(pattern)}: no file matches this pattern`);
  return found;
}

/** Adds an input, unless the same file is there already. */
function addOnce<T extends { readonly path: string }>(inputs: Map<string, T>, key: string, input: T): void {
  const other = inputs.get(key);
  if (other !== undefined && resolve(other.path) !== resolve(input.path)) {
    throw new UsageError(`${printable(other.path)} and ${printable(input.path)} would both be ${printable(key)} in the output folder`);
  }
  inputs.set(key, input);
}
