/** The built command, run as its users run it: in a process of its own, on files of a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What a run left behind. */
export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** The lines of stderr that report a problem. */
  readonly problems: string[];
}

/** How the command is run. */
export interface RunOptions {
  readonly stdin?: Uint8Array;
  /** Run by a user whom permissions stop; the superuser of a container is not. */
  readonly unprivileged?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when a file is reported as done. */
  readonly onDone?: (child: ChildProcess) => void;
}

/** Runs `softpool` with `args` in `folder`. */
export async function runCli(folder: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { stdin, unprivileged = false, env = {}, onDone } = options;
  const nobody = unprivileged && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, ...env }, ...nobody });
  child.stdin.on('error', () => {}); // the command need not read it
  child.stdin.end(stdin);
  if (onDone !== undefined) child.stderr.on('data', (chunk: Buffer) => chunk.includes('→') && onDone(child));
  const end = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...status) => resolve(status));
  });
  const [stdout, errors, [status, signal]] = await Promise.all([buffer(child.stdout), buffer(child.stderr), end]);
  const stderr = errors.toString();
  return { status, signal, stdout, stderr, problems: stderr.split('\n').filter((line) => line.startsWith('softpool: ')) };
}

/** Runs `softpool image`, its arguments written as on a command line, without quotes. */
export function runImage(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['image', ...line.split(' ').filter((word) => word !== '')], options);
}

/** A folder that every user may write to, gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softpool-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o777);
  return folder;
}

/** All files below a folder, hidden ones too, as sorted relative paths; none if there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}
