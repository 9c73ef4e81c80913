/**
 * Runs the built command as its users do, in a folder of its own. Runs without options share
 * processes; in `npm run test:deep` each has a process of its own.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { type Outcome, runInSharedProcess } from './shared-process.ts';

/** Root, without its right to read and write what permissions forbid. */
const WITHOUT_PRIVILEGE = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built command, as words of a command line. */
export const COMMAND: readonly string[] = [process.execPath, fileURLToPath(new URL('../../bin/softpool.js', import.meta.url))];

/** The result of a run. */
export interface Result {
  /** As a shell shows it: 128 and its number if a signal ended the command. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** The lines of stderr that report a problem. */
  readonly problems: string[];
}

/** Options of a run. */
export interface RunOptions {
  /**
   * Standard input. `'open'` sends nothing and does not end, so that a command that reads it waits.
   */
  readonly stdin?: Uint8Array | 'open';
  /** Run without the rights of root, so that permissions apply. */
  readonly unprivileged?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcessWithoutNullStreams) => void;
  /** Called when a file is reported as done. */
  readonly onDone?: (child: ChildProcessWithoutNullStreams) => void;
}

/** Runs `softpool` with `args` in `folder`. */
export async function runCli(folder: string, args: readonly string[], options?: RunOptions): Promise<Result> {
  const isShared = options === undefined && process.env.SOFTPOOL_OWN_PROCESS !== '1';
  const outcome = isShared ? await runInSharedProcess(MAIN, folder, args) : await runInOwnProcess(folder, args, options);
  const { code, signal, stdout } = outcome;
  const stderr = outcome.stderr.toString();
  const status = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
  return { status, stdout, stderr, problems: stderr.split('\n').filter((line) => line.startsWith('softpool: ')) };
}

async function runInOwnProcess(folder: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { stdin, unprivileged = false, env = {}, onStart, onDone } = options;
  const isStopped = unprivileged && process.getuid?.() === 0;
  const [command = '', ...rest] = [...(isStopped ? WITHOUT_PRIVILEGE : []), ...COMMAND, ...args];
  const child = spawn(command, rest, { cwd: folder, env: { ...process.env, ...env } });
  child.stdin.on('error', () => {}); // the command need not read it
  if (stdin !== 'open') child.stdin.end(stdin);
  onStart?.(child);
  if (onDone !== undefined) child.stderr.on('data', (chunk: Buffer) => chunk.includes(' ms)') && onDone(child));
  const end = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...status) => resolve(status));
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([buffer(child.stdout), buffer(child.stderr), end]);
  return { stdout, stderr, code, signal };
}

/** Runs `softpool image`, its arguments written as on a command line, without quotes. */
export function runImage(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['image', ...line.split(' ').filter((word) => word !== '')], options);
}

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A folder that the tests of a file share, which only read it. The first that asks for it fills it;
 * it is removed after the last.
 */
export function sharedFolder(fill: (folder: string) => Promise<unknown>): () => Promise<string> {
  let made: Promise<string> | undefined;
  const make = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'softpool-cli-'));
    await fill(folder);
    return folder;
  };
  afterAll(async () => {
    if (made !== undefined) await rm(await made, { recursive: true, force: true });
  });
  return () => {
    made ??= make();
    return made;
  };
}

/** All files below a folder, hidden ones included, as sorted relative paths. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}
